//! What only `vidimus dev` has: routes under `/__sandbox/`, faults, and a log of every request.

use std::sync::Arc;

use hyper::{HeaderMap, Request, Response, StatusCode, body::Bytes, header, http::request::Parts};
use tower::ServiceExt;

use crate::{
    body::Body,
    faults::Faults,
    headers::{Cache, Headers},
    request_log::RequestLog,
};

const PREFIX: &str = "/__sandbox/";

pub struct Sandbox {
    /// Full paths, `/__sandbox/…`.
    pub routes: axum::Router,
    pub requests: Arc<RequestLog>,
    pub faults: Arc<Faults>,
    /// Who answers what no route of ours has, once the bearer token is known to be good.
    pub upstream: Option<axum::Router>,
}

impl Sandbox {
    pub fn owns(&self, path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    pub async fn answer<B>(&self, parts: &Parts, body: B, headers: &Headers) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let request = Request::from_parts(parts.clone(), axum::body::Body::new(body));
        let response = match self.routes.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (head, body) = response.into_parts();
        let mut response = Response::new(Body::Added(body));
        *response.status_mut() = head.status;
        *response.headers_mut() = with_ours(head.headers, head.status, headers);
        response
    }
}

/// The headers that every response has, under those that the route set.
fn with_ours(theirs: HeaderMap, status: StatusCode, headers: &Headers) -> HeaderMap {
    let mut all = headers.of(Cache::Nobody);
    if status == StatusCode::NO_CONTENT || !theirs.contains_key(header::CONTENT_TYPE) {
        all.remove(header::CONTENT_TYPE);
    }
    for (name, value) in &theirs {
        all.insert(name, value.clone());
    }
    all
}
