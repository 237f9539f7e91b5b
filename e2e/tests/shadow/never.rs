//! What is good once is sent to one server only, and no secret is written anywhere.

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::stage::{APP, GATEWAY, PASSWORD, Shadow, WORLD, arrived, introspection, server};

#[test]
fn what_is_good_once_never_reaches_the_new_server() {
    let (old, new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &[]);
    let before = arrived(&new).len();
    let token = |form: &[(&str, &str)]| shadow.token(form).status;
    assert_eq!(token(&[("grant_type", "authorization_code"), ("code", "a-code-of-the-old")]), 400);
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    assert!(token(&[("grant_type", device), ("device_code", "a-code")]) >= 400);
    assert_eq!(token(&[("grant_type", "refresh_token"), ("refresh_token", "of-the-old")]), 400);
    let second_factor = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", PASSWORD),
        ("totp", "123456"),
    ];
    token(&second_factor);
    let credentials = [("grant_type", "client_credentials")];
    let proof = Request::post("/oauth2/token").basic(APP.0, APP.1).header("DPoP", "eyJ");
    shadow.ask(&proof.form(&credentials));
    let registration = Request::post("/oauth2/register")
        .bearer("demo-registration-token")
        .json(&json!({"client_name": "App", "redirect_uris": ["https://app.example/cb"]}));
    assert_eq!(shadow.ask(&registration).status, 201);
    let device = Request::post("/oauth2/device_authorization").form(&[("client_id", "app")]);
    assert_eq!(shadow.ask(&device).status, 200);
    shadow.ask(&Request::get("/oauth2/userinfo").bearer("vat_of_the_old_server"));
    shadow.ask(&Request::get("/oauth2/authorize?client_id=app"));
    let ended = shadow.end();
    assert_eq!(arrived(&new).len(), before, "{:?}", arrived(&new));
    assert_eq!((ended.count("compared"), ended.count("dropped")), (0, 0));
    let reasons = ended.report["not_asked"].as_object().expect("reasons");
    assert_eq!(reasons["one_time_credential"], 2, "{reasons:?}");
    assert_eq!(reasons["one_time_password"], 1);
    assert_eq!(reasons["dpop_proof"], 1);
    assert_eq!(reasons["not_paired"], 2, "a refresh token and a bearer that nobody knows");
}

#[test]
fn what_is_asked_again_is_asked_once() {
    let (old, new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &[]);
    let token = shadow.issued();
    shadow.introspect(&token);
    shadow.end();
    for server in [&old, &new] {
        let all = arrived(server);
        let paths: Vec<&str> = all.iter().filter_map(|request| request["path"].as_str()).collect();
        assert_eq!(paths, ["/oauth2/token", "/oauth2/introspect"]);
    }
}

#[test]
fn no_secret_is_written_anywhere() {
    // Everything differs, so that everything is told.
    let changed = WORLD.replace(PASSWORD, "another-password").replace(GATEWAY.1, "another-secret");
    let (old, new) = (server(WORLD), server(&changed));
    let shadow = Shadow::before(&old, &new, &[]);
    let mut secrets = vec![APP.1.to_owned(), GATEWAY.1.to_owned(), PASSWORD.to_owned()];
    let form = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", PASSWORD),
        ("scope", "orders:read offline_access openid"),
    ];
    let answer = shadow.token(&form);
    for member in ["access_token", "refresh_token"] {
        secrets.push(answer.member(member));
    }
    let token = shadow.issued();
    secrets.push(token.clone());
    shadow.introspect(&token);
    // In the query, where it does not belong, and as a name.
    shadow.ask(&Request::post(&format!("/oauth2/introspect?token={token}&{token}=1")));
    let basic = introspection(&token).headers[0].1.clone();
    secrets.push(basic.trim_start_matches("Basic ").to_owned());
    let ended = shadow.end();
    assert!(ended.count("different") >= 2, "{}", ended.report);
    for secret in secrets {
        assert!(!ended.said.contains(&secret), "{secret} in {}", ended.said);
    }
    assert!(!ended.said.contains("\"ann\""), "nor a person");
    let marks = ended.said.matches('#').count();
    assert!(marks > 2, "by its mark an example is known again: {}", ended.report);
}
