//! What only `vidimus dev` has: routes under `/__sandbox/` and a list of the last requests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::{HeaderMap, Request, Response, StatusCode, body::Bytes, header, http::request::Parts};
use serde::Serialize;
use tower::ServiceExt;
use vidimus_core::{facts::TenantRef, time::Time};

use crate::{
    body::Body,
    exchange::Exchange,
    headers::{Cache, Headers},
    path,
};

const REQUESTS_MAX: usize = 200;
const PREFIX: &str = "/__sandbox/";

pub struct Sandbox {
    /// Full paths, `/__sandbox/…`.
    pub routes: axum::Router,
    pub requests: Arc<Requests>,
}

/// The last requests, oldest first.
#[derive(Default)]
pub struct Requests(Mutex<VecDeque<Seen>>);

/// One request, without its query, headers or body: those may hold secrets.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    pub request_id: String,
    /// Seconds since 1970, by the sandbox's clock.
    pub time: i64,
    pub method: String,
    pub path: String,
    pub tenant: String,
    pub endpoint: &'static str,
    pub status: u16,
    pub milliseconds: f64,
    /// Why a token was inactive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Requests {
    pub fn add(&self, seen: Seen) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() == REQUESTS_MAX {
            list.pop_front();
        }
        list.push_back(seen);
    }

    pub fn list(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Seen {
    pub fn of(
        parts: &Parts,
        response: &Response<Body>,
        exchange: &Exchange,
        now: Time,
        took: Duration,
    ) -> Self {
        let path = parts.uri.path();
        let of_path = || path.strip_prefix("/t/")?.split('/').next().map(str::to_owned);
        let tenant = exchange.tenant.clone().or_else(of_path);
        Self {
            request_id: exchange.id.to_string(),
            time: now.seconds(),
            method: parts.method.to_string(),
            path: path::visible(path).into_owned(),
            tenant: tenant.unwrap_or_else(|| TenantRef::DEFAULT_ID.to_owned()),
            endpoint: exchange.label.as_str(),
            status: response.status().as_u16(),
            milliseconds: took.as_secs_f64() * 1000.0,
            reason: exchange.reason,
        }
    }
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
