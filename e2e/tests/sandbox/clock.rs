//! The clock that everything obeys: lives of tokens and codes, and assertions that somebody else signed.

use std::fs;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::server::Server;
use vidimus_e2e::visitor::Visitor;

use crate::stage::{API, APP, own, sandbox};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WSO2: (&str, &str) = ("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga");
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn moved(server: &Server, order: Value) -> i64 {
    let answer = sandbox(server, "POST", "clock", Some(order));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["now"].as_i64().expect("a moment")
}

fn now(server: &Server) -> i64 {
    moved(server, json!({"advance_seconds": 0}))
}

fn token(server: &Server, form: &[(&str, &str)]) -> Response {
    server.exchange(&Request::post("/oauth2/token").form(form))
}

fn introspected(server: &Server, token: &str) -> Value {
    let request = Request::post("/oauth2/introspect").basic(API.0, API.1);
    server.exchange(&request.form(&[("token", token)])).json()
}

fn access_token(server: &Server) -> String {
    let form = [("grant_type", "client_credentials"), ("resource", "https://orders.example")];
    let request = Request::post("/oauth2/token").basic(APP.0, APP.1).form(&form);
    server.exchange(&request).member("access_token")
}

/// Of the sandbox's connected app, good for three minutes from `at`.
fn assertion(server: &Server, at: i64) -> String {
    let path = server.directory().join("dev/connected-app.key");
    let pem = fs::read_to_string(path).expect("the key");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).expect("PEM");
    let pair = RsaKeyPair::from_pkcs8(&der).expect("an RSA key");
    let claims = json!({"iss": "demo-connected-app", "sub": "test@test.com",
                        "aud": "https://login.salesforce.com", "exp": at + 170});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .expect("signed");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn asserted(server: &Server, assertion: &str) -> Response {
    let form = [("grant_type", JWT_BEARER), ("assertion", assertion)];
    server.exchange(&Request::post("/t/salesforce/services/oauth2/token").form(&form))
}

#[test]
fn tokens_live_by_the_sandboxs_clock() {
    let server = own();
    let first = access_token(&server);
    let said = introspected(&server, &first);
    assert_eq!(said["active"], true);
    let start = now(&server);
    assert!((said["iat"].as_i64().expect("iat") - start).abs() < 30);
    moved(&server, json!({"advance_seconds": HOUR + 1}));
    assert_eq!(introspected(&server, &first)["active"], false);
    let second = access_token(&server);
    let said = introspected(&server, &second);
    assert!((said["iat"].as_i64().expect("iat") - now(&server)).abs() < 30, "{said}");
    // Back again: the second is from the future, and the first is good once more.
    let back = moved(&server, json!({"offset_seconds": 0}));
    assert!((back - start).abs() < 60);
    assert_eq!(introspected(&server, &first)["active"], true);
    let then = moved(&server, json!({"now": start + 400 * DAY}));
    assert!((then - start - 400 * DAY).abs() < 5);
    assert_eq!(introspected(&server, &first)["active"], false);
    assert_eq!(introspected(&server, &access_token(&server))["active"], true);
}

#[test]
fn assertions_are_judged_by_the_sandboxs_clock() {
    let server = own();
    let start = now(&server);
    let fresh = assertion(&server, start);
    let later = moved(&server, json!({"advance_seconds": 2 * HOUR}));
    let late = asserted(&server, &fresh);
    assert_eq!((late.status, late.member("error")), (400, "invalid_grant".to_owned()));
    let good = asserted(&server, &assertion(&server, later));
    assert_eq!(good.status, 200, "{}", good.text());
    assert_eq!(asserted(&server, &assertion(&server, later)).status, 200);
    // Signed in two hours, as the server sees it now.
    moved(&server, json!({"offset_seconds": 0}));
    let log = sandbox(&server, "GET", "requests?endpoint=token&reason=assertion_expired", None);
    assert_eq!(log.json()["requests"].as_array().map(Vec::len), Some(1), "{}", log.text());
    assert_eq!(asserted(&server, &fresh).status, 200, "it is fresh again");
}

#[test]
fn refresh_tokens_and_device_codes_end_by_the_sandboxs_clock() {
    let server = own();
    let asked = |form: &[(&str, &str)]| {
        let request = Request::post("/t/foo.com/oauth2/token").basic(WSO2.0, WSO2.1);
        server.exchange(&request.form(form))
    };
    let refreshed =
        |token: &str| asked(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    let form = [("grant_type", "password"), ("username", "admin@foo.com"), ("password", "admin")];
    let refresh = refreshed(&asked(&form).member("refresh_token")).member("refresh_token");
    let device = Request::post("/oauth2/device_authorization").form(&[("client_id", "app")]);
    let device = server.exchange(&device).member("device_code");
    let polls = || {
        token(
            &server,
            &[
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("client_id", "app"),
                ("device_code", &device),
            ],
        )
        .member("error")
    };
    assert_eq!(polls(), "authorization_pending");
    moved(&server, json!({"advance_seconds": 60 * DAY}));
    assert_eq!(polls(), "expired_token");
    let late = refreshed(&refresh);
    // In the words of the product, which has no other code for it.
    let expired = "Refresh token is expired.";
    assert_eq!((late.status, late.member("error_description")), (400, expired.to_owned()));
    let token = json!({"redirect_uris": ["https://app.example/cb"]});
    let registration =
        Request::post("/oauth2/register").bearer("demo-registration-token").json(&token);
    assert_eq!(server.exchange(&registration).status, 201);
    moved(&server, json!({"advance_seconds": 366 * DAY}));
    assert_eq!(server.exchange(&registration).status, 401, "it was good for a year");
}

#[test]
fn codes_and_sessions_end_by_the_sandboxs_clock() {
    let server = own();
    let query = form(&[
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:8765/callback"),
        ("scope", "openid"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let target = format!("/oauth2/authorize?{query}");
    let mut visitor = Visitor::default();
    let page = visitor.visit(&server, &target);
    let fields = [("username", "alice@example.com"), ("password", "alice"), ("action", "login")];
    let mut shown = visitor.submit(&server, &page, &fields);
    if shown.sent_to().is_none() {
        shown = visitor.submit(&server, &shown, &[("action", "allow")]);
    }
    let code = |back: &str| {
        let (_, code) = back.split_once("code=").unwrap_or_else(|| panic!("sent to {back}"));
        code.split('&').next().unwrap_or(code).to_owned()
    };
    let redeemed = |code: &str| {
        token(
            &server,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "app"),
                ("redirect_uri", "http://127.0.0.1:8765/callback"),
                ("code", code),
                ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            ],
        )
    };
    let first = code(&shown.sent_to().expect("a code"));
    moved(&server, json!({"advance_seconds": 600}));
    assert_eq!(redeemed(&first).member("error"), "invalid_grant", "ten minutes are too late");
    let again = visitor.visit(&server, &target).sent_to().expect("still signed in");
    assert_eq!(redeemed(&code(&again)).status, 200);
    moved(&server, json!({"advance_seconds": 60 * DAY}));
    let later = visitor.visit(&server, &target);
    assert_eq!(later.sent_to(), None, "the session is over");
    assert!(later.answer.text().contains("password"), "{}", later.answer.text());
}

#[test]
fn the_clock_says_what_it_cannot_do() {
    let server = crate::stage::shared();
    for order in [
        json!({}),
        json!({"advance_seconds": "1"}),
        json!({"advance_seconds": 1, "now": 1}),
        json!({"advance": 1}),
        json!({"advance_seconds": i64::MAX}),
        json!({"now": i64::MIN}),
    ] {
        let answer = sandbox(server, "POST", "clock", Some(order));
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    let answer = sandbox(server, "GET", "clock", None);
    assert_eq!(answer.json()["offset_seconds"], 0);
}
