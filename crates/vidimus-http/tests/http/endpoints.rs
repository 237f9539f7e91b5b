//! The protocol's endpoints over real sockets: answers, methods, content types, limits, headers.

use std::sync::atomic::Ordering;

use crate::server::{
    PUBLIC_URL, Server,
    raw::{self, FORM, Reply},
};

const GRANT: &str = "grant_type=client_credentials";

fn has_security_headers(reply: &Reply) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{reply:?}");
    }
    assert_eq!(reply.header("x-request-id").map(str::len), Some(16), "{reply:?}");
    assert_eq!(reply.header("server"), None);
}

fn is_private(reply: &Reply) {
    has_security_headers(reply);
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply:?}");
    assert_eq!(reply.header("pragma"), Some("no-cache"), "{reply:?}");
}

#[tokio::test]
async fn a_token_is_issued_introspected_and_revoked() {
    let server = Server::start().await;
    let issued = server.post("/oauth2/token", &server.client, GRANT).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    is_private(&issued);
    let token = issued.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(issued.json()["token_type"], "Bearer");

    let form = format!("token={token}");
    let active = server.post("/oauth2/introspect", &server.asker, &form).await;
    assert_eq!(active.json()["active"], true, "{active:?}");
    assert_eq!(active.json()["iss"], PUBLIC_URL);
    is_private(&active);

    let revoked = server.post("/oauth2/revoke", &server.client, &form).await;
    assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
    assert_eq!(revoked.header("content-type"), None);
    is_private(&revoked);

    let inactive = server.post("/oauth2/introspect", &server.asker, &form).await;
    assert_eq!(inactive.body, r#"{"active":false}"#);
    assert_eq!(inactive.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn every_inactive_answer_is_the_same() {
    let server = Server::start().await;
    let token = server.token(&server.client).await;
    server.post("/oauth2/revoke", &server.client, &format!("token={token}")).await;
    let names = |reply: &Reply| {
        let names = reply.headers.iter().map(|(name, _)| name.clone());
        (names.collect::<Vec<_>>(), reply.status, reply.body.clone())
    };
    let revoked = server.post("/oauth2/introspect", &server.asker, &format!("token={token}")).await;
    for other in ["token=x", "token=vat_x", "token=a.b.c&token_type_hint=refresh_token"] {
        let reply = server.post("/oauth2/introspect", &server.asker, other).await;
        assert_eq!(names(&reply), names(&revoked));
    }
    assert_eq!(revoked.body, r#"{"active":false}"#);
}

#[tokio::test]
async fn a_signed_answer_is_given_where_it_is_asked_for() {
    let server = Server::start().await;
    let headers = [
        ("Authorization", server.asker.as_str()),
        ("Content-Type", FORM),
        ("Accept", "application/token-introspection+jwt"),
    ];
    let reply = raw::send(server.address, "POST", "/oauth2/introspect", &headers, "token=x").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/token-introspection+jwt"));
    assert_eq!(reply.body.split('.').count(), 3);
    is_private(&reply);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = Server::start().await;
    for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            let reply = raw::send(server.address, method, path, &[], "").await;
            assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{method}");
            is_private(&reply);
        }
    }
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/livez"] {
        let reply = raw::send(server.address, "POST", path, &[("Content-Type", FORM)], "").await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
}

#[tokio::test]
async fn malformed_requests_are_400() {
    let server = Server::start().await;
    let token = server.token(&server.client).await;
    let form = format!("token={token}");
    let query = format!("/oauth2/introspect?{form}");
    let basic = ("Authorization", server.asker.as_str());
    let typed = ("Content-Type", FORM);
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: &[Case<'_>] = &[
        (&query, &[basic, typed], &form),
        (&query, &[basic, typed], ""),
        ("/oauth2/introspect", &[basic], &form),
        ("/oauth2/introspect", &[basic, ("Content-Type", "application/json")], "{}"),
        ("/oauth2/introspect", &[basic, ("Content-Type", "text/plain")], &form),
        ("/oauth2/introspect", &[basic, typed, ("Content-Encoding", "gzip")], &form),
        ("/oauth2/introspect", &[basic, basic, typed], &form),
        ("/oauth2/introspect", &[basic, typed, typed], &form),
        ("/oauth2/introspect", &[basic, typed], ""),
        ("/oauth2/introspect", &[basic, typed], "token=%zz"),
        ("/oauth2/introspect", &[basic, typed], "token=%00"),
        ("/oauth2/introspect", &[basic, typed], "token=a&token=b"),
        ("/oauth2/introspect", &[basic, typed], "token=a&client_id=rs&client_secret=x"),
    ];
    for (path, headers, body) in cases {
        let reply = raw::send(server.address, "POST", path, headers, body).await;
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_request"), "{reply:?}");
        is_private(&reply);
    }
    let charset = [basic, ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")];
    let reply = raw::send(server.address, "POST", "/oauth2/introspect", &charset, &form).await;
    assert_eq!(reply.json()["active"], true);
}

#[tokio::test]
async fn failed_authentication_is_401_with_a_challenge() {
    let server = Server::start().await;
    for authorization in ["Basic eDp5", "Basic !", "Digest x", ""] {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
            let reply = server.post(path, authorization, &format!("token=x&{GRANT}")).await;
            let outcome = (reply.status, reply.error());
            assert_eq!(outcome, (401, "invalid_client".to_owned()), "{authorization} {path}");
            assert!(reply.header("www-authenticate").unwrap().starts_with("Basic realm="));
            is_private(&reply);
        }
    }
    let reply = server.post("/oauth2/introspect", "Bearer nonsense", "token=x").await;
    assert_eq!(reply.status, 401);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
    let bearer = format!("Bearer {}", server.token(&server.client).await);
    let reply = server.post("/oauth2/introspect", &bearer, "token=x").await;
    assert_eq!((reply.status, reply.error().as_str()), (403, "insufficient_scope"));
}

#[tokio::test]
async fn too_much_is_refused() {
    let server = Server::start().await;
    let big = format!("token={}", "a".repeat(70_000));
    let headers = [("Authorization", server.asker.as_str()), ("Content-Type", FORM)];
    let reply = raw::send(server.address, "POST", "/oauth2/introspect", &headers, &big).await;
    assert_eq!(reply.status, 413, "{reply:?}");
    is_private(&reply);

    let chunk = "a".repeat(0x2000);
    let chunks = format!("2000\r\n{chunk}\r\n").repeat(9);
    let chunked = format!(
        "POST /oauth2/introspect HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunks}0\r\n\r\n"
    );
    assert_eq!(raw::exchange(server.address, &chunked).await.status, 413);

    let long = format!("/oauth2/jwks?{}", "a".repeat(9000));
    let reply = server.get(&long).await;
    assert_eq!(reply.status, 414);
    is_private(&reply);
    let value = "a".repeat(17_000);
    let reply = raw::get(server.address, "/oauth2/jwks", &[("X", &value)]).await;
    assert_eq!(reply.status, 431);
    is_private(&reply);
    let many: Vec<(&str, &str)> = (0..70).map(|_| ("X-Many", "1")).collect();
    assert_eq!(raw::get(server.address, "/oauth2/jwks", &many).await.status, 431);
    let floods: Vec<(&str, &str)> = (0..5000).map(|_| ("X-Many", "1")).collect();
    assert_eq!(raw::get(server.address, "/oauth2/jwks", &floods).await.status, 431);
}

#[tokio::test]
async fn what_is_public_may_be_cached() {
    let server = Server::start().await;
    let paths = ["/oauth2/jwks", "/.well-known/openid-configuration", "/t/foo.com/oauth2/jwks"];
    for path in paths {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("cache-control"), Some("public, max-age=900"));
        assert_eq!(reply.header("pragma"), None);
        has_security_headers(&reply);
    }
    let head = raw::send(server.address, "HEAD", "/oauth2/jwks", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn tenants_are_found_by_path_alias_and_host() {
    let server = Server::start().await;
    let issuer = |reply: &Reply| reply.json()["issuer"].as_str().map(str::to_owned);
    let foo = Some("https://login.example/t/foo.com".to_owned());
    let root = Some("https://login.example".to_owned());
    for path in [
        "/t/foo.com/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/t/foo.com",
        "/.well-known/openid-configuration/t/foo.com",
        "/customers/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/customers",
    ] {
        assert_eq!(issuer(&server.get(path).await), foo, "{path}");
    }
    for path in [
        "/.well-known/oauth-protected-resource/t/foo.com",
        "/t/foo.com/.well-known/oauth-protected-resource",
    ] {
        let resource = server.get(path).await.json();
        assert_eq!(resource["resource"].as_str().map(str::to_owned), foo, "{path}");
    }
    let well_known = "/.well-known/openid-configuration";
    for (host, expected) in [
        ("foo.example", &foo),
        ("FOO.example:8443", &foo),
        ("unknown.example", &root),
        ("127.0.0.1:1", &root),
        ("LOGIN.example:8080", &root),
    ] {
        let headers = [("Host", host), ("X-Forwarded-Host", "evil.example")];
        let reply = raw::get(server.address, well_known, &headers).await;
        assert_eq!(issuer(&reply), *expected, "{host}");
    }
    for path in [
        "/t/nobody/oauth2/jwks",
        "/nobody/oauth2/jwks",
        "/t/silent/oauth2/jwks",
        "/nothing",
        "/__sandbox/requests",
    ] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.error().as_str()), (404, "not_found"), "{path}");
        is_private(&reply);
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_503() {
    let server = Server::start().await;
    let token = server.token(&server.client).await;
    server.app.engine.store.unplugged.store(true, Ordering::SeqCst);
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let reply = server.post(path, &server.client, &format!("token={token}")).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
        assert_eq!(reply.error(), "temporarily_unavailable");
        assert!(!reply.body.contains("plug"));
        is_private(&reply);
    }
    server.app.engine.store.unplugged.store(false, Ordering::SeqCst);
    let reply = server.post("/oauth2/introspect", &server.asker, &format!("token={token}")).await;
    assert_eq!(reply.json()["active"], true);
}

#[tokio::test]
async fn a_panic_ends_one_request() {
    let server = Server::start().await;
    server.app.engine.store.mined.store(true, Ordering::SeqCst);
    let reply = server.post("/oauth2/introspect", &server.asker, "token=x").await;
    assert_eq!((reply.status, reply.error().as_str()), (500, "server_error"));
    is_private(&reply);
    let reply = server.post("/oauth2/introspect", &server.asker, "token=x").await;
    assert_eq!(reply.status, 200);
    assert!(server.app.metrics.render().contains(r#"vidimus_faults_total{kind="panic"} 1"#));
}

#[tokio::test]
async fn a_request_has_one_host_and_one_end() {
    let server = Server::start().await;
    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        let request = format!("GET /livez HTTP/1.1\r\n{hosts}\r\n");
        assert_eq!(raw::exchange(server.address, &request).await.status, 400, "{hosts}");
    }
    let smuggled = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n\
         Content-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    );
    let reply = raw::exchange(server.address, &smuggled).await;
    assert_eq!((reply.status, reply.header("connection")), (400, Some("close")));
    assert!(!reply.body.contains("alive"), "{reply:?}");
}
