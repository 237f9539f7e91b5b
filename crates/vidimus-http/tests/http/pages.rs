//! Page endpoints, what they load, and what scripts of other origins get: over real sockets.

use std::sync::atomic::Ordering;

use vidimus_core::limits::{BODY_BYTES_MAX, URL_BYTES_MAX};
use vidimus_dialect::STANDARD;

use crate::server::{
    Server,
    raw::{self, FORM, Reply},
};

/// Every page endpoint as the standard dialect has it, with and without a flow.
fn pages() -> Vec<String> {
    let routes = STANDARD.routes.iter().filter(|route| route.endpoint.is_page());
    let paths: Vec<String> = routes.map(|route| route.path.replace("{flow}", "vfl_x")).collect();
    assert!(paths.len() >= 9, "{paths:?}");
    paths
}

fn has_page_headers(reply: &Reply) {
    let policy = reply.header("content-security-policy").unwrap_or_default();
    let directives: Vec<&str> = policy.split("; ").collect();
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(directives.contains(&directive), "{directive}: {reply:?}");
    }
    assert!(directives.iter().any(|one| one.starts_with("form-action ")), "{reply:?}");
    for word in ["unsafe-inline", "unsafe-eval", "*"] {
        assert!(!policy.contains(word), "{policy}");
    }
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{reply:?}");
    }
    let permissions = reply.header("permissions-policy").unwrap_or_default();
    assert!(permissions.contains("camera=()"), "{reply:?}");
}

fn is_error_page(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    has_page_headers(reply);
    let (_, rest) =
        reply.body.split_once(r#"id="error-code""#).unwrap_or_else(|| panic!("{reply:?}"));
    assert!(rest.split('<').next().unwrap().ends_with(&format!(">{code}")), "{reply:?}");
}

fn shares_nothing(reply: &Reply) {
    let shared = reply.headers.iter().find(|(name, _)| name.starts_with("access-control"));
    assert_eq!(shared, None, "{reply:?}");
}

#[tokio::test]
async fn sec_196_sec_198_sec_026_every_error_of_a_page_is_a_page() {
    let server = Server::start().await;
    let store = &server.app.engine.store;
    for path in pages() {
        let post = async |body: &str| {
            raw::send(server.address, "POST", &path, &[("Content-Type", FORM)], body).await
        };
        let put = raw::send(server.address, "PUT", &path, &[], "").await;
        is_error_page(&put, 405, "invalid_request");
        assert!(put.header("allow").is_some(), "{put:?}");
        for prefix in ["/t/nobody", "/nobody", "/t/silent"] {
            let reply = server.get(&format!("{prefix}{path}")).await;
            // People have accounts whatever their tenant's clients speak.
            if prefix == "/t/silent" && path.starts_with("/account") {
                assert_ne!(reply.status, 404, "{reply:?}");
            } else {
                is_error_page(&reply, 404, "not_found");
            }
        }
        let long = format!("{path}?{}", "x".repeat(URL_BYTES_MAX));
        is_error_page(&server.get(&long).await, 414, "invalid_request");
        store.unplugged.store(true, Ordering::SeqCst);
        let away = server.get(&path).await;
        store.unplugged.store(false, Ordering::SeqCst);
        is_error_page(&away, 503, "temporarily_unavailable");
        assert_eq!(away.header("retry-after"), Some("1"));
        assert!(!away.body.contains("plug"), "{away:?}");
        store.mined.store(true, Ordering::SeqCst);
        is_error_page(&server.get(&path).await, 500, "server_error");
        if path != "/oauth2/check_session" {
            is_error_page(&post(&"x".repeat(BODY_BYTES_MAX + 1)).await, 413, "invalid_request");
            is_error_page(&post("a=%zz").await, 400, "invalid_request");
            is_error_page(&server.get(&format!("{path}?a=1&a=2")).await, 400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn sec_011_no_parameter_stands_twice_wherever() {
    let server = Server::start().await;
    let typed = [("Content-Type", FORM)];
    let names = ["client_id", "redirect_uri", "scope", "state", "response_type"];
    for name in names.into_iter().chain(["code_challenge", "nonce", "request_uri"]) {
        for (method, query, body) in [
            ("GET", format!("?{name}=1&{name}=2"), String::new()),
            ("POST", String::new(), format!("{name}=1&{name}=2")),
            ("POST", format!("?{name}=1"), format!("{name}=2")),
        ] {
            let path = format!("/oauth2/authorize{query}");
            let reply = raw::send(server.address, method, &path, &typed, &body).await;
            is_error_page(&reply, 400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn sec_194_a_form_of_another_site_is_refused_before_anything_is_looked_at() {
    let server = Server::start().await;
    for path in pages() {
        let headers = [("Content-Type", FORM), ("Sec-Fetch-Site", "cross-site")];
        let reply = raw::send(server.address, "POST", &path, &headers, "action=allow").await;
        match path.as_str() {
            "/oauth2/check_session" => is_error_page(&reply, 405, "invalid_request"),
            // Clients may begin there from where they are.
            "/oauth2/authorize" | "/oauth2/logout" => assert_ne!(reply.status, 403, "{reply:?}"),
            _ => is_error_page(&reply, 403, "access_denied"),
        }
    }
}

#[tokio::test]
async fn sec_014_pages_share_nothing_with_scripts() {
    let server = Server::start().await;
    let origin = ("Origin", "https://spa.example");
    let asks = [origin, ("Access-Control-Request-Method", "POST")];
    let others = ["/admin/v1/clients", "/livez", "/oauth2/introspect", "/oauth2/logo/svc"];
    for path in pages().into_iter().chain(others.map(str::to_owned)) {
        shares_nothing(&raw::get(server.address, &path, &[origin]).await);
        let preflight = raw::send(server.address, "OPTIONS", &path, &asks, "").await;
        assert!(preflight.status >= 400, "{preflight:?}");
        shares_nothing(&preflight);
    }
}

#[tokio::test]
async fn sec_014_scripts_get_what_looks_at_no_cookie() {
    let server = Server::start().await;
    let origin = ("Origin", "https://spa.example");
    let null = ("Origin", "null");
    for (path, methods) in [
        ("/oauth2/token", "POST"),
        ("/oauth2/revoke", "POST"),
        ("/oauth2/register", "POST"),
        ("/oauth2/par", "POST"),
        ("/oauth2/register/svc", "GET, PUT, DELETE"),
        ("/oauth2/device_authorization", "POST"),
        ("/oauth2/userinfo", "GET, POST"),
        ("/oauth2/jwks", "GET, HEAD"),
        ("/t/foo.com/.well-known/openid-configuration", "GET, HEAD"),
        ("/.well-known/oauth-authorization-server/t/foo.com", "GET, HEAD"),
        ("/.well-known/oauth-protected-resource", "GET, HEAD"),
    ] {
        let method = ("Access-Control-Request-Method", "POST");
        let asks = [origin, method, ("Access-Control-Request-Headers", "mcp-protocol-version")];
        let preflight = raw::send(server.address, "OPTIONS", path, &asks, "").await;
        assert_eq!((preflight.status, preflight.body.as_str()), (204, ""), "{preflight:?}");
        assert_eq!(preflight.header("access-control-allow-methods"), Some(methods));
        let allowed = preflight.header("access-control-allow-headers").unwrap();
        assert!(allowed.starts_with("Authorization, ") && allowed.ends_with(", *"), "{allowed}");
        let answer = raw::get(server.address, path, &[origin]).await;
        for reply in [&preflight, &answer] {
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{reply:?}");
            assert_eq!(reply.header("access-control-allow-credentials"), None);
            assert_eq!(reply.header("vary"), Some("Origin"));
        }
        shares_nothing(&raw::get(server.address, path, &[null]).await);
        let refused = raw::send(server.address, "OPTIONS", path, &[null, method], "").await;
        assert_eq!(refused.status, 405, "{refused:?}");
        shares_nothing(&refused);
    }
    let token = [origin, ("Content-Type", FORM), ("Authorization", server.client.as_str())];
    let form = "grant_type=client_credentials";
    let reply = raw::send(server.address, "POST", "/oauth2/token", &token, form).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some("*")));
}

#[tokio::test]
async fn the_session_frame_alone_may_be_framed() {
    let server = Server::start().await;
    for prefix in ["", "/t/foo.com"] {
        let reply = server.get(&format!("{prefix}/oauth2/check_session")).await;
        assert_eq!((reply.status, reply.header("x-frame-options")), (200, None), "{reply:?}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(!policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(reply.body.contains("__Host-vidimus-state-"), "{}", reply.body);
    }
}

#[tokio::test]
async fn what_pages_load_never_changes_under_its_name() {
    let server = Server::start().await;
    let assets = vidimus_console::assets();
    assert!(!assets.is_empty());
    let accent = "/assets/accent-336699.css";
    let paths = assets.iter().map(|asset| asset.path.as_str()).chain([accent]);
    for path in paths {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        let cache = reply.header("cache-control");
        assert_eq!(cache, Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let head = raw::send(server.address, "HEAD", path, &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        let post = raw::send(server.address, "POST", path, &[], "").await;
        assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
    for path in ["/assets/", "/assets/none.css", "/assets/accent-red.css", "/t/foo.com/assets/x"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn sec_199_a_logo_is_a_picture_and_runs_nothing() {
    let server = Server::start().await;
    for path in ["/oauth2/logo/shown", "/t/people/oauth2/logo"] {
        let logo = server.get(path).await;
        assert_eq!((logo.status, logo.header("content-type")), (200, Some("image/png")), "{path}");
        assert_eq!(logo.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        assert_eq!(logo.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(logo.header("cache-control"), Some("private, max-age=3600"));
    }
    for nobody in ["", "/svc", "/nobody", "/%00"] {
        let reply = server.get(&format!("/oauth2/logo{nobody}")).await;
        assert_eq!(reply.status, 404, "{reply:?}");
    }
}

#[tokio::test]
async fn an_error_looks_like_its_tenant() {
    let server = Server::start().await;
    for (path, name) in [
        ("/t/people/oauth2/authorize?a=1&a=2", "People &#38; Co"),
        ("/people/oauth2/authorize/vfl_x", "People &#38; Co"),
        ("/t/nobody/oauth2/authorize", "Vidimus"),
    ] {
        let reply = server.get(path).await;
        let (title, _) = reply.body.split_once("</title>").unwrap();
        assert!(title.ends_with(&format!(" · {name}")), "{path}: {title}");
    }
    let german = [("Accept-Language", "de-AT, en;q=0.5")];
    let reply = raw::get(server.address, "/oauth2/authorize?a=1&a=2", &german).await;
    assert!(reply.body.contains(r#"<html lang="de">"#), "{reply:?}");
}
