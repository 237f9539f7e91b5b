//! What most plans have in common, one function for each of the suite's tests. Each has a client and a
//! browser of its own.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::http::Request;

use crate::browser::Browser;
use crate::client::{Asked, Client, Given, Variant};
use crate::key::{challenge, part, seconds_now, unsigned};
use crate::stage::{Stage, media_type};

pub type Module = fn(&'static Stage, Variant);

/// Of every plan and response type.
pub const COMMON: [Module; 15] = [
    server,
    scopes,
    display,
    prompt_none_not_logged_in,
    prompt_none_logged_in,
    max_age_10000,
    ignored_parameters,
    login_hint,
    acr_values,
    nonce,
    registered_redirect_uri,
    response_type_missing,
    unsigned_request_object,
    request_object_with_redirect_uri,
    claims_essential,
];

/// Of every plan too; they take their time, so once for each.
pub const TIMED: [Module; 2] = [prompt_login, max_age_1];

/// Where there is a code, or another way to an access token.
pub const WITH_CODE: [Module; 3] = [client_secret_post, code_reuse, pkce];

/// And a little more, since times are told in whole ones.
const SECOND: Duration = Duration::from_millis(1050);

/// What the suite's people are asked for: the claims of each scope.
const SCOPES: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "given_name",
            "middle_name",
            "family_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

pub fn run(stage: &'static Stage, variant: Variant, modules: &[Module]) {
    for module in modules {
        module(stage, variant);
    }
}

fn once(
    stage: &'static Stage,
    variant: Variant,
    test: &'static str,
    more: &[(&str, &str)],
) -> (Client<'static>, Given) {
    let client = Client::of(stage, variant);
    let given = client.complete(&mut Browser::new(stage, test), more);
    (client, given)
}

pub fn server(stage: &'static Stage, variant: Variant) {
    let (client, _) = once(stage, variant, "oidcc-server", &[]);
    client.unregister();
}

pub fn client_secret_post(stage: &'static Stage, variant: Variant) {
    let variant = Variant { method: "client_secret_post", ..variant };
    once(stage, variant, "oidcc-server-client-secret-post", &[]);
}

fn scopes(stage: &'static Stage, variant: Variant) {
    let all = SCOPES.map(|(scope, _)| scope).join(" ");
    let asked = [format!("openid {all}"), format!("{all} openid")].into_iter();
    let asked = asked.chain(SCOPES.iter().map(|(scope, _)| format!("openid {scope}")));
    let client = Client::of(stage, variant);
    let mut browser = Browser::new(stage, "oidcc-scope-all");
    for scope in asked {
        let given = client.complete(&mut browser, &[("scope", &scope)]);
        let told = if given.access_token.is_some() {
            client.userinfo(&given)
        } else {
            part(&given.id_tokens[0], 1)
        };
        let wanted = SCOPES.iter().filter(|(name, _)| scope.split(' ').any(|s| s == *name));
        for claim in wanted.flat_map(|(_, claims)| *claims) {
            assert!(has_its_form(claim, &told[claim]), "{claim} in {told}");
        }
    }
}

fn has_its_form(claim: &str, value: &Value) -> bool {
    match claim {
        "email_verified" | "phone_number_verified" => value.is_boolean(),
        "updated_at" => value.is_number(),
        "address" => value["formatted"].is_string() && value["country"].is_string(),
        _ => value.as_str().is_some_and(|text| !text.is_empty()),
    }
}

fn display(stage: &'static Stage, variant: Variant) {
    for (test, display) in [("oidcc-display-page", "page"), ("oidcc-display-popup", "popup")] {
        once(stage, variant, test, &[("display", display)]);
    }
}

/// Signs in twice, the second time with more, and gives back both `auth_time`s.
fn twice(
    stage: &'static Stage,
    variant: Variant,
    test: &'static str,
    second: &[(&str, &str)],
    pause: Duration,
) -> (i64, i64, usize) {
    let client = Client::of(stage, variant);
    let mut browser = Browser::new(stage, test);
    let auth_time = |given: &Given| {
        let claims = given.id_tokens.iter().map(|token| part(token, 1));
        let mut times = claims.map(|claims| claims["auth_time"].as_i64().expect("a time"));
        times.next().expect("an ID token")
    };
    let first = client.complete(&mut browser, &[]);
    sleep(pause);
    let before = browser.pictures.len();
    let again = client.complete(&mut browser, second);
    let subject = |given: &Given| part(&given.id_tokens[0], 1)["sub"].clone();
    assert_eq!(subject(&first), subject(&again));
    (auth_time(&first), auth_time(&again), browser.pictures.len() - before)
}

fn prompt_login(stage: &'static Stage, variant: Variant) {
    let test = "oidcc-prompt-login";
    let more = [("prompt", "login")];
    let (first, second, pages) = twice(stage, variant, test, &more, SECOND);
    assert!(second > first && pages == 1, "{first} {second} {pages}");
}

fn max_age_1(stage: &'static Stage, variant: Variant) {
    let more = [("max_age", "1")];
    let (first, second, pages) = twice(stage, variant, "oidcc-max-age-1", &more, 2 * SECOND);
    assert!(second > first && pages == 1, "{first} {second} {pages}");
    assert!(seconds_now() - second < 60);
}

fn max_age_10000(stage: &'static Stage, variant: Variant) {
    let test = "oidcc-max-age-10000";
    let more = [("max_age", "10000")];
    let (first, second, _) = twice(stage, variant, test, &more, Duration::ZERO);
    assert_eq!(first, second);
}

fn prompt_none_not_logged_in(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let state = "aB3~_-.x".repeat(16);
    let asked = client.ask(&[("prompt", "none"), ("state", &state)]);
    let mut browser = Browser::new(stage, "oidcc-prompt-none-not-logged-in");
    let landed = browser.visit(&client.url(&asked));
    assert_eq!(client.refused(&asked, &landed), "login_required");
}

/// And again with the hint that the first ID token is.
fn prompt_none_logged_in(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let mut browser = Browser::new(stage, "oidcc-id-token-hint");
    let first = client.complete(&mut browser, &[]);
    let hint = first.id_tokens.last().expect("an ID token");
    for more in [&[("prompt", "none")][..], &[("prompt", "none"), ("id_token_hint", hint)]] {
        let again = client.complete(&mut browser, more);
        let claims = part(&again.id_tokens[0], 1);
        for name in ["sub", "auth_time"] {
            assert_eq!(claims[name], part(hint, 1)[name]);
        }
    }
}

/// Unknown ones, and locales that nobody speaks here.
fn ignored_parameters(stage: &'static Stage, variant: Variant) {
    let more = [("extra", "foobar"), ("ui_locales", "se"), ("claims_locales", "se")];
    once(stage, variant, "oidcc-ensure-request-with-unknown-parameter-succeeds", &more);
}

/// A name that is nobody's stands in the field, until it is written over.
fn login_hint(stage: &'static Stage, variant: Variant) {
    once(stage, variant, "oidcc-login-hint", &[("login_hint", "buffy@op.example")]);
}

fn acr_values(stage: &'static Stage, variant: Variant) {
    let listed = stage.metadata()["acr_values_supported"].clone();
    let listed: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let test = "oidcc-ensure-request-with-acr-values-succeeds";
    let (_, given) = once(stage, variant, test, &[("acr_values", &listed.join(" "))]);
    for id_token in given.id_tokens {
        let acr = part(&id_token, 1)["acr"].clone();
        assert!(listed.iter().any(|known| acr == *known), "{acr}");
    }
}

/// Only what comes with an ID token through the browser needs one.
fn nonce(stage: &'static Stage, variant: Variant) {
    if !variant.has("id_token") {
        once(
            stage,
            variant,
            "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
            &[("nonce", "")],
        );
        return;
    }
    let client = Client::of(stage, variant);
    let asked = client.ask(&[("nonce", "")]);
    let mut browser = Browser::new(stage, "oidcc-ensure-request-without-nonce-fails");
    let landed = browser.visit(&client.url(&asked));
    assert_eq!(client.refused(&asked, &landed), "invalid_request");
}

fn registered_redirect_uri(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let other = format!("{}/callback/other", stage.site.base);
    let asked = client.ask(&[("redirect_uri", &other)]);
    let mut browser = Browser::new(stage, "oidcc-ensure-registered-redirect-uri");
    let page = browser.look(&client.url(&asked));
    assert_eq!(page.text("error-code").as_deref(), Some("invalid_request"));
}

/// Nobody knows yet how the client wants its answers, so they come in the query.
fn response_type_missing(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let asked = client.ask(&[("response_type", ""), ("response_mode", "")]);
    let mut browser = Browser::new(stage, "oidcc-response-type-missing");
    let landed = browser.visit(&client.url(&asked));
    let code = Client {
        variant: Variant { response_type: "code", is_form_post: false, ..variant },
        ..client
    };
    assert_eq!(code.refused(&asked, &landed), "invalid_request");
}

/// The request with everything in a document, and beside it what OAuth 2.0 wants there.
fn in_document(client: &Client<'_>, beside: &[(&str, &str)]) -> (Asked, String) {
    let asked = client.ask(&[]);
    let claims = asked.parameters.iter().map(|(name, value)| (name.clone(), json!(value)));
    let document = unsigned(&Value::Object(claims.collect()));
    let mut outer = asked.clone();
    let kept = ["client_id", "response_type", "scope", "redirect_uri"];
    outer.parameters.retain(|(name, _)| kept.contains(&name.as_str()));
    for (name, value) in beside.iter().chain(&[("request", document.as_str())]) {
        outer.parameters.retain(|(known, _)| known != name);
        outer.parameters.push(((*name).to_owned(), (*value).to_owned()));
    }
    let url = client.url(&outer);
    (asked, url)
}

fn unsigned_request_object(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let (asked, url) = in_document(&client, &[]);
    let test = "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported";
    let landed = Browser::new(stage, test).visit(&url);
    client.redeemed(&asked, client.taken(&asked, &landed));
}

fn request_object_with_redirect_uri(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let other = format!("{}/invalid", stage.site.base);
    let (asked, url) = in_document(&client, &[("redirect_uri", &other)]);
    let test = "oidcc-ensure-request-object-with-redirect-uri";
    let landed = Browser::new(stage, test).visit(&url);
    client.redeemed(&asked, client.taken(&asked, &landed));
}

/// From UserInfo, where there is a way to it, and then not in the ID token.
fn claims_essential(stage: &'static Stage, variant: Variant) {
    let only_id_token = variant.response_type == "id_token";
    let target = if only_id_token { "id_token" } else { "userinfo" };
    let claims = json!({target: {"name": {"essential": true}}}).to_string();
    let (client, given) = once(stage, variant, "oidcc-claims-essential", &[("claims", &claims)]);
    for id_token in &given.id_tokens {
        assert_eq!(part(id_token, 1).get("name").is_some(), only_id_token);
    }
    assert!(only_id_token || client.userinfo(&given)["name"].is_string());
}

/// By header and body of a POST too.
pub fn userinfo(stage: &'static Stage, variant: Variant) {
    let (client, given) = once(stage, variant, "oidcc-userinfo-post-body", &[]);
    let token = given.access_token.as_deref().expect("a token");
    let post = Request::post("/oauth2/userinfo");
    let subject = client.userinfo(&given)["sub"].clone();
    for request in [post.clone().bearer(token), post.form(&[("access_token", token)])] {
        let answer = stage.exchange(&request);
        assert_eq!((answer.status, media_type(&answer)), (200, "application/json".to_owned()));
        assert_eq!(answer.json()["sub"], subject);
    }
}

/// A code is good once, and what it gave ends with the second try.
fn code_reuse(stage: &'static Stage, variant: Variant) {
    let (client, given) = once(stage, variant, "oidcc-codereuse", &[]);
    let answer = client.redeem(given.code.as_deref().expect("a code"), &[]);
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_grant"));
    let token = given.access_token.expect("a token");
    assert_eq!(client.ask_userinfo(&token).status, 401);
}

/// With offline access and consent; and another client's is refused.
pub fn refresh_token(stage: &'static Stage, variant: Variant) {
    let mut clients = [Client::of(stage, variant), Client::second(stage, variant)];
    if !variant.is_static {
        let grants = json!(["authorization_code", "implicit", "refresh_token"]);
        let more = match variant.response_type {
            "code" => json!({"grant_types": ["authorization_code", "refresh_token"]}),
            _ => json!({"grant_types": grants}),
        };
        clients = [(); 2].map(|()| Client::register(stage, variant, &more));
    }
    let scope = [("scope", "openid offline_access"), ("prompt", "consent")];
    let mut browser = Browser::new(stage, "oidcc-refresh-token");
    let tokens = clients.each_ref().map(|client| {
        let asked = client.ask(&scope);
        let landed = browser.visit(&client.url(&asked));
        let given = client.redeemed(&asked, client.taken(&asked, &landed));
        let first = given.refresh_token.clone().expect("a refresh token");
        sleep(SECOND);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first.as_str()),
            ("scope", "openid offline_access"),
        ];
        let answer = client.token_request(&refresh);
        // Core §12.2: the nonce was for the first.
        let asked = Asked { nonce: None, ..asked };
        let before = part(given.id_tokens.last().expect("an ID token"), 1);
        let given = client.tokens(&asked, given, &answer);
        let claims = part(given.id_tokens.last().expect("an ID token"), 1);
        for name in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(claims[name], before[name], "{name}");
        }
        assert!(claims["iat"].as_i64() > before["iat"].as_i64());
        client.userinfo(&given);
        given.refresh_token.unwrap_or(first)
    });
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens[1].as_str())];
    let answer = clients[0].token_request(&refresh);
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_grant"));
}

fn pkce(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = challenge(verifier);
    let asked = client.ask(&[("code_challenge", &challenge), ("code_challenge_method", "S256")]);
    let test = "oidcc-ensure-request-with-valid-pkce-succeeds";
    let landed = Browser::new(stage, test).visit(&client.url(&asked));
    let given = client.taken(&asked, &landed);
    let code = given.code.clone().expect("a code");
    let answer = client.redeem(&code, &[("code_verifier", verifier)]);
    client.tokens(&asked, given, &answer);
}

/// The request as a form, from a page of the client's.
pub fn post_request(stage: &'static Stage, variant: Variant) {
    let client = Client::of(stage, variant);
    let asked = client.ask(&[]);
    let mut browser = Browser::new(stage, "oidcc-ensure-post-request-succeeds");
    let landed = browser.post(&client.url(&asked));
    client.redeemed(&asked, client.taken(&asked, &landed));
}

/// Not signed, where the client wants it so.
pub fn id_token_unsigned(stage: &'static Stage, variant: Variant) {
    let client = Client::register(stage, variant, &json!({"id_token_signed_response_alg": "none"}));
    client.complete(&mut Browser::new(stage, "oidcc-idtoken-unsigned"), &[]);
}

/// Behind an address that the client registered, with a digest that changes with the document.
pub fn request_uri(stage: &'static Stage, variant: Variant, alg: Option<&str>) {
    let name = crate::key::unique("requestobject");
    let uri = format!("{}/{name}.jwt", stage.site.base);
    let more = json!({"request_uris": [uri], "request_object_signing_alg": alg});
    let client = Client::register(stage, variant, &more);
    let asked = client.ask(&[]);
    let claims = asked.parameters.iter().map(|(name, value)| (name.clone(), json!(value)));
    let mut claims = Value::Object(claims.collect());
    let document = match alg {
        None => unsigned(&claims),
        Some(_) => {
            claims["iss"] = json!(client.id);
            claims["aud"] = json!(stage.issuer);
            client.key.sign(&claims)
        }
    };
    stage.site.serve(&format!("{name}.jwt"), "application/oauth-authz-req+jwt", &document);
    let mut outer = asked.clone();
    let kept = ["client_id", "response_type", "scope"];
    outer.parameters.retain(|(name, _)| kept.contains(&name.as_str()));
    outer.parameters.push(("request_uri".to_owned(), format!("{uri}#{}", challenge(&document))));
    let landed = Browser::new(stage, "oidcc-request-uri-unsigned").visit(&client.url(&outer));
    client.redeemed(&asked, client.taken(&asked, &landed));
}
