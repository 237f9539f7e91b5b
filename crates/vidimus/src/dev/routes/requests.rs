//! `/__sandbox/requests`: what was asked and answered, without secrets.

use axum::{
    extract::{Path, RawQuery, Request, State},
    http::{StatusCode, header},
    response::Response,
};
use serde_json::json;
use vidimus_http::request_log::{Filter, as_curl};

use super::{Shared, answer, parameter, refuse, refused};

const NONE: &str = "There is no such request; it may have left the log.";

pub async fn list(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    match Filter::of(query.as_deref().unwrap_or_default()) {
        Ok(filter) => answer(StatusCode::OK, &json!({"requests": shared.requests.list(&filter)})),
        Err(error) => refused(&error),
    }
}

pub async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    match shared.requests.one(&id) {
        Some(entry) => answer(StatusCode::OK, &json!(entry)),
        None => refuse(StatusCode::NOT_FOUND, NONE),
    }
}

/// As a command, with variables for what was secret.
pub async fn curl(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let Some(entry) = shared.requests.one(&id) else { return refuse(StatusCode::NOT_FOUND, NONE) };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let server = format!("http://{}", host.unwrap_or("127.0.0.1:8080"));
    let mut response = Response::new((as_curl(&entry, &server) + "\n").into());
    let text = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

pub async fn clear(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    shared.requests.clear(parameter(query.as_deref(), "tenant").as_deref());
    answer(StatusCode::OK, &json!({"cleared": true}))
}
