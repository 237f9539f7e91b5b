//! `--upstream`: who answers the paths that are nobody's here, such as a mock of the API that the tokens
//! are for. The bearer token has been checked before; bodies have a limit both ways.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
};
use serde_json::json;
use std::sync::Arc;

use crate::{
    failure::Failure,
    outbound::pass_on::{Asking, Bounds, Elsewhere, Host, Unanswered},
};

const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
const BOUNDS: Bounds = Bounds { answer_bytes_max: 32 * 1024 * 1024, seconds_max: 30 };

/// # Errors
/// The URL is none of a server.
pub fn router(url: &str) -> Result<Router, Failure> {
    let upstream = Elsewhere::new(url, None, Host::Own, BOUNDS)
        .map_err(|why| Failure::usage(format!("--upstream: {why}")))?;
    Ok(Router::new().fallback(pass_on).with_state(Arc::new(upstream)))
}

async fn pass_on(State(upstream): State<Arc<Elsewhere>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large to be passed on.");
    };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let asking = Asking { method: parts.method, target, headers: parts.headers, body };
    match upstream.ask(asking).await {
        Ok(answered) => {
            let mut response = Response::new(Body::from(answered.body));
            *response.status_mut() = answered.status;
            *response.headers_mut() = answered.headers;
            response
        }
        Err(Unanswered::Target) => refuse(StatusCode::NOT_FOUND, "There is nothing here."),
        Err(Unanswered::TooLarge) => {
            refuse(StatusCode::BAD_GATEWAY, "The upstream's answer is too large.")
        }
        Err(Unanswered::Away(why)) => {
            tracing::warn!(upstream = upstream.prefix(), why, "the upstream did not answer");
            refuse(StatusCode::BAD_GATEWAY, "The upstream did not answer.")
        }
    }
}

fn refuse(status: StatusCode, description: &str) -> Response {
    let body = json!({"error": "upstream", "error_description": description});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
