//! `/__sandbox/…`: what a test does to time, data and answers.

mod clock;
mod faults;
mod guard;
mod requests;
mod tenants;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
    middleware::from_fn,
    response::Response,
    routing::{delete, get, post},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vidimus_core::error::OAuthError;
use vidimus_http::{faults::Faults, request_log::RequestLog};

use crate::dev::{clock::SandboxClock, orders::Orders};

#[derive(Clone)]
pub struct Shared {
    pub clock: Arc<SandboxClock>,
    pub requests: Arc<RequestLog>,
    pub faults: Arc<Faults>,
    pub orders: Orders,
}

pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/__sandbox/clock", get(clock::show).post(clock::set))
        .route("/__sandbox/reset", post(tenants::reset))
        .route("/__sandbox/requests", get(requests::list).delete(requests::clear))
        .route("/__sandbox/requests/{id}", get(requests::show))
        .route("/__sandbox/requests/{id}/curl", get(requests::curl))
        .route("/__sandbox/faults", get(faults::list).post(faults::set).delete(faults::clear))
        .route("/__sandbox/faults/{id}", delete(faults::remove))
        .route("/__sandbox/tenants", get(tenants::list).post(tenants::clone))
        .route("/__sandbox/tenants/{id}", delete(tenants::remove))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "There is no such sandbox route."))
        .method_not_allowed_fallback(async || {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed.")
        })
        .layer(from_fn(guard::keep_pages_out))
        .with_state(shared)
}

/// JSON, whatever it is said to be: curl calls everything a form.
fn order<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|why| {
        let text = format!("Expected {expected}: {why}");
        Box::new(refuse(StatusCode::BAD_REQUEST, &text))
    })
}

/// A parameter of the query.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(query?.as_bytes());
    let found = pairs.into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

fn refused(error: &OAuthError) -> Response {
    refuse(StatusCode::BAD_REQUEST, &error.description)
}

pub fn refuse(status: StatusCode, description: &str) -> Response {
    answer(status, &json!({"error": "invalid_request", "error_description": description}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
