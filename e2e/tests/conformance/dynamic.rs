//! The plans Dynamic and third-party-initiated login.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;

use crate::browser::Browser;
use crate::client::{Client, Variant, metadata, registration};
use crate::key::{SigningKey, part, unique};
use crate::modules::{id_token_unsigned, request_uri, server};
use crate::stage::{Stage, media_type};

const BY_KEY: Variant = Variant { method: "private_key_jwt", ..Variant::dynamic("code") };
/// What lies between two looks at a client's key set, and a little more.
const LOOK_AGAIN: Duration = Duration::from_millis(10_200);

#[test]
fn clients_that_register_themselves() {
    let stage = Stage::shared();
    server(stage, BY_KEY);
    id_token_unsigned(stage, BY_KEY);
    let rs256 = json!({"userinfo_signed_response_alg": "RS256"});
    let client = Client::register(stage, BY_KEY, &rs256);
    client.complete(&mut Browser::new(stage, "oidcc-userinfo-rs256"), &[]);
    request_uri(stage, BY_KEY, None);
    request_uri(stage, BY_KEY, Some("RS256"));
}

#[test]
fn redirect_uris_and_their_queries() {
    let stage = Stage::shared();
    let with_query = format!("{}/callback?foo=bar", stage.site.base);
    let more = json!({"redirect_uris": [with_query]});
    let client = Client::register(stage, BY_KEY, &more);
    let asked = client.ask(&[]);
    let landed = Browser::new(stage, "oidcc-redirect-uri-query-ok").visit(&client.url(&asked));
    assert!(landed.query().contains(&("foo".to_owned(), "bar".to_owned())), "{landed:?}");
    client.redeemed(&asked, client.taken(&asked, &landed));

    let plain = Client::of(stage, BY_KEY);
    let base = &stage.site.base;
    for (test, client, uri) in [
        ("oidcc-redirect-uri-query-mismatch", &client, format!("{base}/callback?bar=foo")),
        ("oidcc-redirect-uri-query-added", &plain, format!("{base}/callback?foo=bar")),
        ("oidcc-ensure-redirect-uri-in-authorization-request", &plain, String::new()),
    ] {
        let asked = client.ask(&[("redirect_uri", &uri)]);
        let page = Browser::new(stage, test).look(&client.url(&asked));
        assert_eq!(page.text("error-code").as_deref(), Some("invalid_request"), "{test}");
    }
    let more = json!({"redirect_uris": [format!("{base}/callback#foobar")]});
    let answer = registration(stage, &metadata(stage, BY_KEY, &SigningKey::new(), &more));
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_redirect_uri"));
}

/// What a client says of itself is on a page before its people decide.
#[test]
fn logo_and_links() {
    let stage = Stage::shared();
    for (member, test) in [
        ("logo_uri", "oidcc-registration-logo-uri"),
        ("policy_uri", "oidcc-registration-policy-uri"),
        ("tos_uri", "oidcc-registration-tos-uri"),
    ] {
        let uri = format!("https://openid.example/{member}");
        let client = Client::register(stage, BY_KEY, &json!({member: uri}));
        let page = Browser::new(stage, test).look(&client.url(&client.ask(&[])));
        let shown = match member {
            "logo_uri" => format!("/oauth2/logo/{}", client.id),
            _ => format!("href=\"{uri}\""),
        };
        assert!(page.html.contains(&shown), "{}", page.html);
    }
}

/// The document has one address in all tests of a suite's alias.
#[test]
fn sectors() {
    let stage = Stage::shared();
    let callback = json!([format!("{}/callback", stage.site.base)]);
    let serve = |uris: &Value| {
        stage.site.serve("redirect_uris.json", "application/json", &uris.to_string())
    };
    let more = json!({"subject_type": "pairwise", "sector_identifier_uri": serve(&callback)});
    let client = Client::register(stage, BY_KEY, &more);
    client.complete(&mut Browser::new(stage, "oidcc-registration-sector-uri"), &[]);
    sleep(Duration::from_millis(1100));
    serve(&json!(["https://bad.example/callback"]));
    let answer = registration(stage, &metadata(stage, BY_KEY, &SigningKey::new(), &more));
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_client_metadata"));
}

#[test]
fn keys_that_change_behind_their_address() {
    let stage = Stage::shared();
    let name = unique("jwks");
    let serve = |key: &SigningKey| {
        let set = json!({"keys": [key.public()]}).to_string();
        stage.site.serve(&name, "application/json", &set)
    };
    let grants = json!(["authorization_code", "refresh_token"]);
    let uri = serve(&SigningKey::new());
    let more = json!({"jwks": null, "jwks_uri": uri, "grant_types": grants});
    let mut client = Client::register(stage, BY_KEY, &more);
    serve(&client.key);
    let scope = [("scope", "openid offline_access"), ("prompt", "consent")];
    let mut browser = Browser::new(stage, "oidcc-refresh-token-rp-key-rotation");
    let given = client.complete(&mut browser, &scope);
    client.key = SigningKey::new();
    serve(&client.key);
    sleep(LOOK_AGAIN);
    let token = given.refresh_token.clone().expect("a refresh token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let answer = client.token_request(&refresh);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn assertions_for_the_issuer() {
    let stage = Stage::shared();
    let client = Client::of(stage, BY_KEY);
    let asked = client.ask(&[]);
    let test = "oidcc-ensure-client-assertion-with-iss-aud-succeeds";
    let landed = Browser::new(stage, test).visit(&client.url(&asked));
    let given = client.taken(&asked, &landed);
    let answer = client.token_request_for(
        &stage.issuer,
        &[
            ("grant_type", "authorization_code"),
            ("code", given.code.as_deref().expect("a code")),
            ("redirect_uri", &client.redirect_uri),
        ],
    );
    client.tokens(&asked, given, &answer);
}

/// `vidimus key rotate`, while the server runs.
#[test]
fn the_server_s_keys_change() {
    let stage = Stage::start();
    let kids = |keys: Value| {
        let keys = keys["keys"].as_array().expect("a list").clone();
        keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect::<Vec<_>>()
    };
    let before = kids(stage.keys());
    let rotated = Command::new(binary::path())
        .args(["key", "rotate"])
        .env("VIDIMUS_URL", &stage.issuer)
        .env("SSL_CERT_FILE", stage.authority())
        .current_dir(stage.server().directory())
        .output()
        .expect("it runs");
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    let after = kids(stage.keys());
    assert!(before.iter().all(|kid| after.contains(kid)), "{before:?} {after:?}");
    assert_eq!(after.len(), before.len() + 1);
}

#[test]
fn sign_ins_begun_elsewhere() {
    let stage = Stage::shared();
    let uri = format!("{}/initiate_login", stage.site.base);
    let client = Client::register(stage, BY_KEY, &json!({"initiate_login_uri": uri}));
    let configuration = client.registered["registration_client_uri"].as_str().expect("a URI");
    let token = client.registered["registration_access_token"].as_str().expect("a token");
    let request = Request::get(&stage.at(configuration)).bearer(token);
    let answer = stage.exchange(&request.header("Accept", "application/json"));
    assert_eq!((answer.status, media_type(&answer)), (200, "application/json".to_owned()));
    assert_eq!(answer.member("initiate_login_uri"), uri);
    let plain = uri.replacen("https:", "http:", 1);
    let more = json!({"initiate_login_uri": plain});
    let answer = registration(stage, &metadata(stage, BY_KEY, &SigningKey::new(), &more));
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_client_metadata"));
}

/// The names of people in one sector are no other's.
#[test]
fn pairwise_names_are_the_sector_s() {
    let stage = Stage::shared();
    let more = json!({"subject_type": "pairwise"});
    let clients = [Client::register(stage, BY_KEY, &more), Client::of(stage, BY_KEY)];
    let subjects = clients.map(|client| {
        let given = client.complete(&mut Browser::new(stage, "oidcc-server"), &[]);
        part(&given.id_tokens[0], 1)["sub"].clone()
    });
    assert_ne!(subjects[0], subjects[1]);
}
