//! What fails below a dialect's own paths is told in its words, wherever it fails.

use std::sync::atomic::Ordering;

use serde_json::Value;
use vidimus_core::{
    error::{ErrorCode, Fault, OAuthError},
    limits::{BODY_BYTES_MAX, URL_BYTES_MAX},
};
use vidimus_dialect::{Asked, DIALECTS, Dialect, Endpoint};

use crate::server::{
    PUBLIC_URL, Server,
    raw::{self, FORM, Reply},
};

/// Dialects that own paths, each with a route below one that takes a POST.
fn owners() -> impl Iterator<Item = (&'static Dialect, &'static str)> {
    DIALECTS.into_iter().filter_map(|dialect| {
        let takes_post = |endpoint| matches!(endpoint, Endpoint::Introspect | Endpoint::Register);
        let mut routes = dialect.routes.iter().filter(|route| takes_post(route.endpoint));
        let owned = |path: &str| dialect.owns.iter().any(|own| path.starts_with(own));
        routes.find(|route| owned(route.path)).map(|route| (dialect, route.path))
    })
}

fn asked<'a>(request_id: &'a &str) -> Asked<'a> {
    Asked {
        endpoint: Endpoint::Metadata,
        path: "",
        tenant: None,
        issuer: PUBLIC_URL,
        public_url: PUBLIC_URL,
        prefix: "",
        request_id,
        accept: "",
        form: None,
        captured: &[],
    }
}

fn names(body: &Value) -> Vec<&str> {
    body.as_object().unwrap().keys().map(String::as_str).collect()
}

fn is_refused_by(dialect: &Dialect, reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    let error = OAuthError::new(ErrorCode::InvalidRequest, "Said.");
    let shape = (dialect.error)(&error, Some(status), &asked(&"r"));
    let expected: Value = serde_json::from_slice(&shape.body).unwrap();
    assert_eq!(names(&reply.json()), names(&expected), "{} {reply:?}", dialect.name);
    assert_eq!(reply.header("content-type"), Some(shape.content_type), "{}", dialect.name);
}

fn has_failed_in(dialect: &Dialect, fault: &Fault, reply: &Reply) {
    let shape = (dialect.fault)(fault, &asked(&reply.header("x-request-id").unwrap()));
    assert_eq!(reply.status, shape.status, "{} {reply:?}", dialect.name);
    assert_eq!(reply.body.as_bytes(), shape.body.as_ref(), "{}", dialect.name);
}

#[tokio::test]
async fn refusals_before_any_endpoint_are_the_dialects() {
    let server = Server::start().await;
    let mut seen = 0;
    for (dialect, path) in owners() {
        seen += 1;
        let nowhere = format!("{path}/no/such/path");
        is_refused_by(dialect, &server.get(&nowhere).await, 404);
        let deleted = raw::send(server.address, "DELETE", path, &[], "").await;
        is_refused_by(dialect, &deleted, 405);
        assert!(deleted.header("allow").is_some(), "{deleted:?}");
        let large = "x".repeat(BODY_BYTES_MAX + 1);
        let headers = [("Content-Type", FORM)];
        let reply = raw::send(server.address, "POST", path, &headers, &large).await;
        is_refused_by(dialect, &reply, 413);
        let long = format!("{path}?{}", "x".repeat(URL_BYTES_MAX));
        is_refused_by(dialect, &server.get(&long).await, 414);
    }
    assert_eq!(seen, 3, "dialects with paths of their own");
}

#[tokio::test]
async fn faults_and_panics_are_the_dialects() {
    let server = Server::start().await;
    let store = &server.app.engine.store;
    for (dialect, path) in owners() {
        let headers = [("Content-Type", "application/json"), ("Authorization", "Bearer x")];
        let form = [("Content-Type", FORM), ("Authorization", server.client.as_str())];
        let (headers, body) =
            if path.contains("register") { (headers, "{}") } else { (form, "token=x") };
        store.unplugged.store(true, Ordering::SeqCst);
        let reply = raw::send(server.address, "POST", path, &headers, body).await;
        has_failed_in(dialect, &Fault::Unavailable(String::new()), &reply);
        store.unplugged.store(false, Ordering::SeqCst);
        store.mined.store(true, Ordering::SeqCst);
        let reply = raw::send(server.address, "POST", path, &headers, body).await;
        has_failed_in(dialect, &Fault::Corrupt(String::new()), &reply);
    }
}
