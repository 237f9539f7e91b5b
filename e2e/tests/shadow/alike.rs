//! Two servers with the same world answer alike, through a token's whole life.

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::stage::{APP, PASSWORD, Shadow, WORLD, server};

#[test]
fn a_token_s_life_is_the_same_at_both() {
    let (old, new) = (server(WORLD), server(WORLD));
    // A user's name for clients is made of its row, which is each server's own.
    let shadow = Shadow::before(&old, &new, &["--strict", "--ignore", "sub"]);
    let token = shadow.issued();
    assert_eq!(shadow.introspect(&token)["active"], true);
    shadow.revoke(&token);
    assert_eq!(shadow.introspect(&token), json!({"active": false}));

    let form = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", PASSWORD),
        ("scope", "orders:read offline_access"),
    ];
    let first = shadow.token(&form);
    let refresh = first.member("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    let second = shadow.token(&form);
    assert_eq!(second.status, 200, "{}", second.text());
    assert_eq!(shadow.introspect(&second.member("access_token"))["username"], "ann");
    // Used up at both: the second use ends all that came of it, at both.
    let again = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(shadow.token(&again).status, 400);
    assert_eq!(shadow.introspect(&second.member("access_token"))["active"], false);

    let wrong =
        Request::post("/oauth2/introspect").basic("gateway", "wrong").form(&[("token", "x")]);
    assert_eq!(shadow.ask(&wrong).status, 401);
    assert_eq!(shadow.introspect("no-token-at-all"), json!({"active": false}));
    assert_eq!(shadow.ask(&Request::get("/.well-known/openid-configuration")).status, 200);

    let ended = shadow.end();
    assert!(ended.status.success(), "{}", ended.said);
    let counts = ["compared", "equal", "different", "dropped", "unknown_to_new", "new_failed"];
    let counts = counts.map(|name| ended.count(name));
    assert_eq!(counts, [12, 12, 0, 0, 0, 0], "{}", ended.report);
}

#[test]
fn clients_get_the_old_server_s_answers_whatever_they_ask() {
    let (old, new) = (server(WORLD), server("[[tenant]]\nid = \"other\"\n"));
    let shadow = Shadow::before(&old, &new, &[]);
    let direct = old.exchange(&Request::get("/oauth2/jwks"));
    let through = shadow.ask(&Request::get("/oauth2/jwks"));
    assert_eq!((through.status, through.body), (direct.status, direct.body));
    let page = "/oauth2/authorize?client_id=app&response_type=code&scope=openid\
                &redirect_uri=http://127.0.0.1:8765/callback\
                &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let page = shadow.ask(&Request::get(page));
    assert!(page.status == 303 || page.status == 302, "{}", page.status);
    assert!(page.header("location").is_some() && !page.header_all("set-cookie").is_empty());
    let token = shadow.issued();
    let form = [("token", token.as_str())];
    let direct = Request::post("/oauth2/introspect").basic(APP.0, APP.1).form(&form);
    assert_eq!(old.exchange(&direct).json()["active"], true, "the old server issued it");
    assert_eq!(shadow.ask(&Request::get("/nothing/here")).status, 404);
}

#[test]
fn what_a_proxy_must_not_do_it_does_not() {
    let (old, new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &[]);
    let path = "/oauth2/jwks";
    let length = shadow.ask(&Request::get(path)).body.len().to_string();
    let head = shadow.ask(&Request::new("HEAD", path));
    assert_eq!((head.header("content-length"), head.body.len()), (Some(length.as_str()), 0));
    assert_eq!(shadow.ask(&Request::new("CONNECT", "example.com:443")).status, 400);
    let twice = Request::get(path).header("Host", "a.example").header("Host", "b.example");
    assert_eq!(shadow.ask(&twice).status, 400);
    let large = Request::post("/oauth2/introspect").body(vec![b'x'; 9 * 1024 * 1024]);
    assert_eq!(shadow.ask(&large).status, 413);
    // Where a path leads is the operator's choice, whatever a client writes.
    for target in ["http://evil.example/oauth2/jwks", "//evil.example/oauth2/jwks"] {
        let answer = shadow.ask(&Request::get(target));
        assert!(answer.status == 200 || answer.status == 404, "{target}: {}", answer.status);
    }
    assert_eq!(shadow.end().count("old_failed"), 0);
}
