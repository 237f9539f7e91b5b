//! `/__sandbox/…`: what a test does to time and data. For this machine's programs, not for pages
//! that a browser happens to show.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::{get, post},
};
use serde_json::{Value, json};
use vidimus_http::{clock::Clock as _, sandbox::Requests};

use crate::dev::{clock::SandboxClock, reset::Resets};

#[derive(Clone)]
struct Shared {
    clock: Arc<SandboxClock>,
    requests: Arc<Requests>,
    resets: Resets,
}

pub fn router(clock: Arc<SandboxClock>, requests: Arc<Requests>, resets: Resets) -> Router {
    Router::new()
        .route("/__sandbox/clock", get(show_clock).post(move_clock))
        .route("/__sandbox/reset", post(reset))
        .route("/__sandbox/requests", get(list_requests))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "There is no such sandbox route."))
        .layer(from_fn(keep_pages_out))
        .with_state(Shared { clock, requests, resets })
}

/// A page of another site sends its Origin; one whose name was rebound to us sends that name.
async fn keep_pages_out(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if headers.contains_key(header::ORIGIN) {
        return refuse(StatusCode::FORBIDDEN, "The sandbox does not talk to web pages.");
    }
    let authority = request.uri().authority().map(|authority| authority.host().to_owned());
    if !authority.or_else(|| host(headers)).is_some_and(|host| is_loopback(&host)) {
        return refuse(StatusCode::FORBIDDEN, "The sandbox is asked as localhost or 127.0.0.1.");
    }
    next.run(request).await
}

fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    host.parse::<axum::http::uri::Authority>().ok().map(|authority| authority.host().to_owned())
}

fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn show_clock(State(shared): State<Shared>) -> Response {
    answer(StatusCode::OK, &clock(&shared))
}

async fn move_clock(State(shared): State<Shared>, body: Bytes) -> Response {
    let seconds = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|order| order.get("advance_seconds")?.as_i64());
    let Some(seconds) = seconds else {
        let what = "Expected {'advance_seconds': NUMBER}; a negative one goes back.";
        return refuse(StatusCode::BAD_REQUEST, what);
    };
    match shared.clock.advance(seconds) {
        Some(_) => answer(StatusCode::OK, &clock(&shared)),
        None => refuse(StatusCode::BAD_REQUEST, "The clock moves within a century."),
    }
}

fn clock(shared: &Shared) -> Value {
    json!({"now": shared.clock.now().seconds(), "offset_seconds": shared.clock.offset_seconds()})
}

async fn reset(State(shared): State<Shared>) -> Response {
    match shared.resets.reset().await {
        Ok(()) => answer(StatusCode::OK, &json!({"reset": true})),
        Err(why) => {
            tracing::error!(why, "reset failed");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "The reset failed; the log says why.")
        }
    }
}

async fn list_requests(State(shared): State<Shared>) -> Response {
    answer(StatusCode::OK, &json!({"requests": shared.requests.list()}))
}

fn refuse(status: StatusCode, description: &str) -> Response {
    answer(status, &json!({"error": "invalid_request", "error_description": description}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_let_in() {
        for host in ["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
