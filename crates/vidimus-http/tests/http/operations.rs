//! `/livez`, `/readyz`, `/metrics`, the admin API's door, the sandbox's list.

use std::sync::{Arc, atomic::Ordering};

use crate::server::{Server, raw};
use vidimus_http::{
    request_log::{Filter, RequestLog},
    sandbox::Sandbox,
    serve::{Door, Limits},
};

#[tokio::test]
async fn health_has_no_details() {
    let server = Server::start().await;
    let alive = server.get("/livez").await;
    assert_eq!((alive.status, alive.body.as_str()), (200, r#"{"status":"alive"}"#));
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, r#"{"status":"ready"}"#));
    server.app.status.drain();
    assert_eq!(server.get("/readyz").await.status, 503);
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn without_a_store_it_is_alive_and_not_ready() {
    let server = Server::start().await;
    server.app.engine.store.unplugged.store(true, Ordering::SeqCst);
    assert_eq!(server.get("/readyz").await.status, 503);
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_an_administrator() {
    let server = Server::start().await;
    let token = server.token(&server.client).await;
    server.post("/oauth2/introspect", &server.asker, &format!("token={token}")).await;
    server.post("/oauth2/introspect", &server.asker, "token=x").await;
    server.post("/oauth2/introspect", "Basic eDp5", "token=x").await;
    let text = server.get("/metrics").await.body;
    for line in [
        r#"vidimus_introspections_total{result="active",reason=""} 1"#,
        r#"vidimus_introspections_total{result="inactive",reason="malformed"} 1"#,
        r#"vidimus_tokens_issued_total{grant="client_credentials"} 1"#,
        r#"vidimus_client_authentication_failures_total{endpoint="introspect"} 1"#,
        r#"vidimus_http_requests_total{endpoint="introspect",status="200"} 2"#,
        r#"vidimus_http_requests_total{endpoint="introspect",status="401"} 1"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains(&token));
    let proxied = [("X-Forwarded-For", "203.0.113.1")];
    assert_eq!(raw::get(server.address, "/metrics", &proxied).await.status, 401);
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let with_token = [("X-Forwarded-For", "203.0.113.1"), ("Authorization", bearer.as_str())];
    assert_eq!(raw::get(server.address, "/metrics", &with_token).await.status, 200);
    let ops = Server::with(Limits::default(), Door::Operations, None, |app| app).await;
    assert_eq!(raw::get(ops.address, "/metrics", &proxied).await.status, 200);
}

#[tokio::test]
async fn the_door_of_operations_leads_nowhere_else() {
    let ops = Server::with(Limits::default(), Door::Operations, None, |app| app).await;
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(ops.get(path).await.status, 200, "{path}");
    }
    for path in ["/oauth2/jwks", "/oauth2/token", "/admin/v1/status", "/t/foo.com/oauth2/jwks"] {
        assert_eq!(ops.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_admin_api_asks_for_its_token_first() {
    let server = Server::start().await;
    let paths = ["/admin/v1/tenants", "/admin/v1/status", "/admin/v1/nothing", "/admin/v1/apply"];
    for path in paths {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_token"), "{path}");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"));
        let bearer = format!("Bearer {}", server.token(&server.client).await);
        let reply = raw::get(server.address, path, &[("Authorization", &bearer)]).await;
        assert_eq!((reply.status, reply.error().as_str()), (403, "insufficient_scope"), "{path}");
    }
}

#[tokio::test]
async fn a_change_may_be_called_a_merge_patch() {
    let server = Server::start().await;
    let clients = "/admin/v1/tenants/foo.com/clients";
    assert_eq!(server.administer("POST", clients, r#"{"client_id":"c"}"#).await.status, 201);
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let path = format!("{clients}/c");
    for (method, path, content_type, status) in [
        ("PATCH", path.as_str(), "application/merge-patch+json", 200),
        ("PATCH", &path, "application/merge-patch+json; charset=utf-8", 200),
        ("PATCH", &path, "application/json-patch+json", 415),
        ("POST", clients, "application/merge-patch+json", 415),
    ] {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", content_type)];
        let body = r#"{"renew_secret":true}"#;
        let reply = raw::send(server.address, method, path, &headers, body).await;
        assert_eq!(reply.status, status, "{method} {content_type} {reply:?}");
        if status == 200 {
            assert!(reply.json()["client_secret"].is_string());
        }
    }
}

#[tokio::test]
async fn objects_are_created_shown_listed_and_deleted() {
    let server = Server::start().await;
    let clients = "/admin/v1/tenants/foo.com/clients";
    let body = r#"{"client_id":"a@b","grant_types":["client_credentials"],"scope":"x"}"#;
    let made = server.administer("POST", clients, body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.json()["client_secret"].is_string());
    assert_eq!(server.administer("POST", clients, body).await.status, 409);
    let one = format!("{clients}/a%40b");
    let shown = server.administer("GET", &one, "").await;
    assert_eq!((shown.status, &shown.json()["client_id"]), (200, &"a@b".into()));
    assert!(shown.json().get("client_secret").is_none());
    let list = server.administer("GET", &format!("{clients}?limit=10"), "").await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1, "{list:?}");
    assert!(list.json()["next"].is_null());
    assert_eq!(server.administer("PATCH", &one, r#"{"disabled":true}"#).await.status, 200);
    assert_eq!(server.administer("DELETE", &one, "").await.status, 200);
    assert_eq!(server.administer("GET", &one, "").await.status, 404);
    let tenants = server.administer("GET", "/admin/v1/tenants?limit=1", "").await.json();
    assert_eq!(tenants["items"][0]["id"], "default");
    assert!(tenants["next"].is_string());
    let made = server.administer("POST", "/admin/v1/tenants", r#"{"id":"new"}"#).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(server.get("/t/new/oauth2/jwks").await.status, 200);
}

#[tokio::test]
async fn tokens_are_minted_explained_and_revoked() {
    let server = Server::start().await;
    let at = |what: &str| format!("/admin/v1/tenants/default/tokens{what}");
    let minted = server.administer("POST", &at(""), r#"{"client_id":"svc","scope":"a"}"#).await;
    assert_eq!(minted.status, 200, "{minted:?}");
    let token = format!(r#"{{"token":{}}}"#, minted.json()["access_token"]);
    let shown = server.administer("POST", &at("/introspect"), &token).await;
    assert_eq!(shown.json()["active"], true);
    assert_eq!(server.administer("POST", &at("/revoke"), &token).await.status, 200);
    let explained = server.administer("POST", &at("/explain"), &token).await.json();
    assert_eq!((&explained["active"], &explained["reason"]), (&false.into(), &"revoked".into()));
    let keys = server.administer("POST", "/admin/v1/tenants/default/keys/rotate", "{}").await;
    assert_eq!(keys.status, 200, "{keys:?}");
    let status = server.administer("GET", "/admin/v1/status", "").await.json();
    assert_eq!((&status["version"], &status["store"]), (&"0.0.0".into(), &"memory".into()));
}

#[tokio::test]
async fn admin_bodies_are_json_within_bounds() {
    let server = Server::start().await;
    let clients = "/admin/v1/tenants/default/clients";
    let deep = format!("{{\"x\":{}", "[".repeat(10_000));
    for body in ["", "{", "[1", deep.as_str()] {
        let reply = server.administer("POST", clients, body).await;
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_request"));
    }
    let reply = server.administer("POST", clients, r#"{"client_id":"x","scop":"y"}"#).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["pointer"], "/scop", "{reply:?}");
    let large = format!(r#"{{"client_id":"{}"}}"#, "a".repeat(300_000));
    assert_eq!(server.administer("POST", clients, &large).await.status, 413);
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let text = [("Authorization", bearer.as_str()), ("Content-Type", "text/plain")];
    assert_eq!(raw::send(server.address, "POST", clients, &text, "{}").await.status, 415);
    let world = r#"{"world":{"tenant":[{"id":"default"}]},"dry_run":true}"#;
    let reply = server.administer("POST", "/admin/v1/apply", world).await;
    assert_eq!((reply.status, &reply.json()["applied"]), (200, &false.into()), "{reply:?}");
}

#[tokio::test]
async fn the_sandbox_lists_requests_and_none_of_its_own() {
    let requests = Arc::new(RequestLog::of_everything());
    let list = Arc::clone(&requests);
    let routes = axum::Router::new().route(
        "/__sandbox/requests",
        axum::routing::get(move || {
            let list = list.list(&Filter::default());
            async move { serde_json::to_string(&list).unwrap() }
        }),
    );
    let sandbox = Sandbox { routes, requests, faults: Arc::default(), upstream: None };
    let server =
        Server::with(Limits::default(), Door::Main, None, |app| app.with_sandbox(sandbox)).await;
    server.post("/oauth2/introspect", &server.asker, "token=x").await;
    let path = "/t/foo.com/oauth2/introspect?token=s3cr3t";
    server.post(path, &server.asker, "token=x").await;
    let reply = server.get("/__sandbox/requests").await;
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let seen = reply.json();
    assert_eq!(seen.as_array().unwrap().len(), 2, "{seen}");
    assert_eq!((&seen[0]["reason"], &seen[0]["status"]), (&"malformed".into(), &200.into()));
    assert_eq!((&seen[1]["tenant"], &seen[1]["status"]), (&"foo.com".into(), &400.into()));
    assert!(!seen.to_string().contains("s3cr3t"));
    assert_eq!(server.get("/__sandbox/other").await.status, 404);
}
