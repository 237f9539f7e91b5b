//! What an authorization request may say, and how (SEC-011, SEC-015, SEC-020 … SEC-025): each parameter
//! once, nothing fetched, only what is signed where something is.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::visitor::Visitor;

use crate::keys::{SigningKey, message, part, random_text, seconds_now};
use crate::people::{API, Ask, CB, House, answered, assert_page, house, returned};
use crate::sink::{Manners, Sink};
use crate::world::{World, on_each_store};

fn asked(visitor: &mut Visitor, world: &World, request: Request) -> Response {
    answered(visitor, world, request).answer
}

#[test]
fn sec_011_no_parameter_comes_twice_in_query_or_body_or_both() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let urn = "urn:ietf:params:oauth:request_uri:x";
        for (name, first, second) in [
            ("client_id", "web", "spa"),
            ("redirect_uri", CB, "https://evil.example/cb"),
            ("scope", "openid", "openid read"),
            ("state", "one", "two"),
            ("response_type", "code", "token"),
            ("code_challenge", "a", "b"),
            ("nonce", "one", "two"),
            ("request_uri", urn, "urn:ietf:params:oauth:request_uri:y"),
            ("state", "same", "same"),
            ("prompt", "none", ""),
        ] {
            let once = house.ask("web").with(name, first);
            let twice = once.clone().and(name, second);
            let split = Request::post(&once.target()).form(&[(name, second)]);
            for (place, request) in
                [("query", twice.get()), ("body", twice.posted()), ("both", split)]
            {
                let answer = asked(&mut visitor, world, request);
                let what = format!("{name} twice, in {place}");
                assert_page(&answer, 400, "invalid_request", &what);
            }
        }
    });
}

const LEGACY: [&str; 6] =
    ["token", "id_token", "id_token token", "code token", "code id_token", "code id_token token"];

/// The client that would be given anything, at a tenant of these policies.
fn greedy(world: &World, policy: &Value) -> House {
    let house = house(world, json!({}));
    let path = house.tenant.admin("");
    let both = json!({"allow_legacy_response_types": true, "allow_password_grant": true});
    world.change("PATCH", &path, &json!({"policy": both}));
    let grants = json!(["authorization_code", "implicit", "refresh_token", "password"]);
    let types = [&["code"], &LEGACY[..]].concat();
    let patch = json!({"grant_types": grants, "response_types": types});
    world.change("PATCH", &house.tenant.admin_client("web"), &patch);
    world.change("PATCH", &path, &json!({"policy": policy}));
    house
}

fn password_grant(world: &World, house: &House, client: &str) -> Response {
    let form =
        [("grant_type", "password"), ("username", "alice"), ("password", house.password.as_str())];
    world.exchange(&house.by(client, "/oauth2/token", &form))
}

#[test]
fn sec_015_nothing_is_given_at_the_front_or_for_a_password_unless_the_tenant_says_so() {
    on_each_store(|world| {
        let knobs = ["allow_get_revocation", "reuse_live_token", "pin_client_auth_method"];
        let more = ["reachable_at_root", "allow_unsigned_id_tokens", "allow_request_uris"];
        let knobs = [knobs, more].concat();
        // None, each, all.
        let sets = (0..=knobs.len() + 1).map(|which| match which {
            0 => Vec::new(),
            all if all > knobs.len() => knobs.clone(),
            one => vec![knobs[one - 1]],
        });
        let house = greedy(world, &json!({}));
        let mut visitor = house.signed_in(world, "alice");
        for set in sets {
            let mut policy =
                json!({"allow_legacy_response_types": false, "allow_password_grant": false});
            for knob in &set {
                policy[*knob] = json!(true);
            }
            world.change("PATCH", &house.tenant.admin(""), &json!({"policy": policy}));
            for legacy in LEGACY {
                let ask = house.ask("web").with("response_type", legacy).with("nonce", "n");
                let told = returned(&mut visitor, world, &ask);
                assert_eq!(told.get("error"), Some("unsupported_response_type"), "{set:?}");
                for name in ["access_token", "id_token", "code"] {
                    assert_eq!(told.get(name), None, "{set:?}, {legacy}");
                }
            }
            let answer = password_grant(world, &house, "web");
            let (status, error) = (answer.status, answer.member("error"));
            assert_eq!((status, error.as_str()), (400, "unsupported_grant_type"), "{set:?}");
            let path = house.tenant.at("/.well-known/openid-configuration");
            let metadata = world.exchange(&Request::get(&path)).json();
            assert_eq!(metadata["response_types_supported"], json!(["code"]), "{set:?}");
            assert!(!metadata["grant_types_supported"].to_string().contains("password"));
            assert!(!metadata["grant_types_supported"].to_string().contains("implicit"));
        }
    });
}

/// And then only to the clients that are registered for it.
#[test]
fn sec_015_where_the_tenant_says_so_the_client_must_too() {
    on_each_store(|world| {
        let policy = json!({"allow_legacy_response_types": true, "allow_password_grant": true});
        let house = greedy(world, &policy);
        let mut visitor = house.signed_in(world, "alice");
        for legacy in LEGACY {
            let ask =
                |client: &str| house.ask(client).with("response_type", legacy).with("nonce", "n");
            let told = returned(&mut visitor, world, &ask("post"));
            assert_eq!(told.get("error"), Some("unauthorized_client"), "{legacy}");
            let told = returned(&mut visitor, world, &ask("web"));
            for word in legacy.split(' ') {
                let name = if word == "token" { "access_token" } else { word };
                assert!(told.get(name).is_some(), "{legacy}: no {name}");
            }
            // Tokens never travel in a query.
            let told =
                answered(&mut visitor, world, ask("web").with("response_mode", "query").get());
            let location = told.sent_to().expect("an error for the client");
            assert!(location.starts_with(&format!("{CB}#error=invalid_request")), "{location}");
        }
        assert_eq!(password_grant(world, &house, "post").member("error"), "unauthorized_client");
        assert_eq!(password_grant(world, &house, "web").status, 200);
    });
}

#[test]
fn sec_020_no_address_in_a_request_is_gone_to() {
    on_each_store(|world| {
        let sink = Sink::start(Manners::Answers(b"x"));
        for policy in [json!({}), json!({"allow_request_uris": true})] {
            let house = house(world, policy);
            let mut visitor = house.signed_in(world, "alice");
            for place in [
                format!("http://127.0.0.1:{}/x", sink.port),
                format!("https://127.0.0.1:{}/x", sink.port),
                format!("http://localhost:{}/x", sink.port),
                format!("http://[::1]:{}/x", sink.port),
                "http://169.254.169.254/latest/meta-data/".to_owned(),
                format!("{}/oauth2/jwks", house.tenant.issuer),
                format!("http://{}{}", world.server.address(), house.tenant.at("/oauth2/jwks")),
                "urn:ietf:params:oauth:request_uri:nothing".to_owned(),
                "file:///etc/passwd".to_owned(),
            ] {
                let ask = house.ask("web").with("request_uri", &place);
                for request in [ask.get(), ask.posted()] {
                    let answer = asked(&mut visitor, world, request);
                    assert!(matches!(answer.status, 400), "{place}: {}", answer.status);
                    let code = crate::people::error_code(&answer).expect("a page");
                    let known = ["invalid_request_uri", "request_uri_not_supported"];
                    assert!(known.contains(&code.as_str()), "{place}: {code}");
                }
            }
        }
        assert_eq!(sink.connections(), 0);
    });
}

/// A request object that says all that the request beside it does.
fn object(house: &House, changes: &Value) -> Value {
    let now = seconds_now();
    let mut claims =
        json!({"iss": "pkj", "aud": house.tenant.issuer, "exp": now + 300, "iat": now});
    for (name, value) in house.ask("pkj").pairs() {
        claims[name] = json!(value);
    }
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    claims
}

fn signed(house: &House, changes: &Value) -> String {
    house.key.sign(&json!({"alg": "ES256", "kid": "k"}), &object(house, changes))
}

#[test]
fn sec_021_what_stands_beside_a_signed_request_does_not_count() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let text = signed(&house, &json!({"state": "signed", "scope": "openid"}));
        let ask = house
            .ask("pkj")
            .with("request", &text)
            .with("state", "beside")
            .with("scope", "openid read write")
            .with("redirect_uri", "https://evil.example/cb")
            .with("prompt", "consent");
        let told = returned(&mut visitor, world, &ask);
        assert_eq!((told.uri.as_str(), told.get("state")), (CB, Some("signed")));
        let answer = world.exchange(&house.redeem("pkj", &told.require("code"), &[]));
        assert_eq!(answer.json()["scope"], "openid", "{}", answer.text());
    });
}

#[test]
fn sec_021_a_request_object_is_the_clients_for_us_and_for_now() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let now = seconds_now();
        let mut ask =
            |text: &str| asked(&mut visitor, world, house.ask("pkj").with("request", text).get());
        for good in [
            json!({}),
            json!({"iat": now + 8, "nbf": now + 8}),
            json!({"exp": now + 3_500}),
            json!({"aud": [house.tenant.issuer, "https://other.example"]}),
        ] {
            let answer = ask(&signed(&house, &good));
            assert_eq!(answer.status, 303, "{good}: {}", answer.text());
        }
        for bad in [
            json!({"aud": "https://other.example"}),
            json!({"aud": []}),
            json!({"exp": now + 3_700}),
            json!({"exp": now - 1}),
            json!({"nbf": now + 70}),
            json!({"iat": now + 70}),
            json!({"iss": "web"}),
            json!({"client_id": "web"}),
            json!({"exp": "soon"}),
        ] {
            let answer = ask(&signed(&house, &bad));
            assert_page(&answer, 400, "invalid_request_object", &bad.to_string());
        }
        let claims = object(&house, &json!({}));
        let none = format!("{}.", message(&json!({"alg": "none"}), &claims));
        let stranger = SigningKey::es256("k").sign(&json!({"alg": "ES256", "kid": "k"}), &claims);
        let good = signed(&house, &json!({}));
        let cut = good.rsplit_once('.').expect("a JWS").0.to_owned();
        for bad in
            [none, stranger, cut, format!("{good}x"), "x".to_owned(), good.replace('.', "..")]
        {
            assert_page(&ask(&bad), 400, "invalid_request_object", &bad);
        }
    });
}

/// Where a client has said that all its requests are signed, they are, and end.
#[test]
fn sec_021_a_client_that_signs_its_requests_signs_all_of_them() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let patch = json!({"require_signed_request_object": true});
        world.change("PATCH", &house.tenant.admin_client("pkj"), &patch);
        let bare = house.ask("pkj");
        let answer = asked(&mut visitor, world, bare.get());
        assert_page(&answer, 400, "invalid_request_object", "unsigned");
        for missing in ["exp", "aud"] {
            let text = signed(&house, &json!({missing: null}));
            let answer = asked(&mut visitor, world, bare.clone().with("request", &text).get());
            assert_page(&answer, 400, "invalid_request_object", missing);
        }
        let text = signed(&house, &json!({}));
        let answer = asked(&mut visitor, world, bare.with("request", &text).get());
        assert_eq!(answer.status, 303, "{}", answer.text());
    });
}

#[test]
fn sec_022_state_and_nonce_come_back_byte_for_byte() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let every: String = (0x20_u8..=0x7E).map(char::from).collect();
        let lengths = [1, 512, 2_000].map(|length| every.repeat(22)[..length].to_owned());
        for text in [vec![every.clone(), "ü€ 日本".to_owned()], lengths.to_vec()].concat() {
            for mode in ["query", "fragment", "form_post"] {
                let ask = house.ask("web").with("response_mode", mode);
                let ask = ask.with("state", &text).with("nonce", &text);
                let told = returned(&mut visitor, world, &ask);
                assert_eq!(told.get("state"), Some(text.as_str()), "{mode}");
                let answer = world.exchange(&house.redeem("web", &told.require("code"), &[]));
                let claims = part(&answer.member("id_token"), 1);
                assert_eq!(claims["nonce"], json!(text), "{mode}");
                // A refusal brings it back as well.
                let told = returned(&mut visitor, world, &ask.with("scope", "unheard-of"));
                assert_eq!(told.get("error"), Some("invalid_scope"));
                assert_eq!(told.get("state"), Some(text.as_str()), "{mode}");
            }
        }
        for length in [2_001, 8_193] {
            for name in ["state", "nonce"] {
                let ask = house.ask("web").with(name, &"x".repeat(length));
                let page = asked(&mut visitor, world, ask.posted());
                assert_page(&page, 400, "invalid_request", &format!("{name} of {length} bytes"));
                let answer = asked(&mut visitor, world, ask.get());
                assert!(matches!(answer.status, 400 | 414), "{length}: {}", answer.status);
                assert_eq!(answer.header_all("location"), Vec::<&str>::new());
            }
        }
    });
}

#[test]
fn sec_024_a_malformed_scope_is_refused_in_no_time() {
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 5 });
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let many = (0..10_000).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        let same = ["read"; 10_000].join(" ");
        for scope in [
            "read  write",
            " read",
            "read ",
            "re\"ad",
            "re\\ad",
            "re\u{1}ad",
            "re\tad",
            "re\nad",
            "lesen-ü",
            "unheard-of",
            &many,
            &same,
        ] {
            let ask = house.ask("web").with("scope", scope);
            let quickest = (0..5).map(|_| {
                let start = Instant::now();
                let shown = answered(&mut visitor, world, ask.posted());
                let took = start.elapsed();
                let told = shown.returned().expect("an answer for the client");
                assert_eq!(told.get("error"), Some("invalid_scope"), "{scope:.20}");
                assert_eq!(told.get("code"), None);
                took
            });
            let quickest = quickest.min().expect("five");
            assert!(quickest <= limit, "{scope:.20}: {quickest:?}");
        }
        // A scope among others that nobody knows is left out (OpenID Connect Core §3.1.2.1).
        let ask = house.ask("web").with("scope", "read unheard-of");
        let code = returned(&mut visitor, world, &ask).require("code");
        let answer = world.exchange(&house.redeem("web", &code, &[]));
        assert_eq!(answer.json()["scope"], "read", "{}", answer.text());
    });
}

#[test]
fn sec_025_a_resource_is_one_that_is_registered() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        for resource in [
            "https://nobody.example",
            "/relative",
            "api",
            "https://api.example#fragment",
            "https://api.example/",
            "https://API.example",
            "javascript:alert(1)",
        ] {
            let ask = house.ask("web").with("resource", resource);
            let told = returned(&mut visitor, world, &ask);
            assert_eq!(told.get("error"), Some("invalid_target"), "{resource}");
            let both = ask.and("resource", API);
            assert_eq!(returned(&mut visitor, world, &both).get("error"), Some("invalid_target"));
        }
        let ask = house.ask("web").with("resource", API);
        let code = returned(&mut visitor, world, &ask).require("code");
        let other = [("resource", "https://nobody.example")];
        let answer = world.exchange(&house.redeem("web", &code, &other));
        assert_eq!(answer.member("error"), "invalid_target", "{}", answer.text());
        let token = world.exchange(&house.redeem("web", &code, &[])).member("access_token");
        let told = world.introspect(&house.tenant, &house.auditor, &token);
        assert_eq!(told.json()["aud"], json!(API));
    });
}

/// What is asked by GET and by POST is one request, and neither may be a script's.
#[test]
fn sec_011_a_request_is_read_from_query_and_body_alike() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut visitor = house.signed_in(world, "alice");
        let ask: Ask = house.ask("web").with("state", &random_text());
        let (query, body) = (ask.target(), ask.posted());
        let split = Request::post(&format!("{}?{}", ask.path(), form(&ask.pairs()[..3])));
        for request in [Request::get(&query), body, split.form(&ask.pairs()[3..])] {
            let told = answered(&mut visitor, world, request).returned().expect("an answer");
            assert!(told.get("code").is_some() && told.get("state").is_some(), "{told:?}");
        }
        let json = Request::post(ask.path()).json(&json!({"client_id": "web"}));
        assert_eq!(asked(&mut visitor, world, json).status, 400);
    });
}
