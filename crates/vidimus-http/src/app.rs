//! The server as one value: engine, clock, metrics, status; and the one way through it.

use std::{
    pin::pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use hyper::{
    Response, StatusCode, Version,
    body::Bytes,
    header::{self, HeaderValue},
    http::request::Parts,
};
use tracing::{Instrument as _, debug_span, field::Empty};
use vidimus_core::{
    engine::{Engine, Store},
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    time::Time,
};
use vidimus_dialect::{DIALECTS, Endpoint, Shape};

use crate::{
    assets,
    audit_lines::AuditLines,
    body::Body,
    clock::Clock,
    console::{self, history::History},
    cors,
    crowd::Crowd,
    docs::{self, Library},
    entropy::RequestIds,
    exchange::{Door, Exchange, Peer},
    failure::{Failure, Refused},
    guessing::Guessing,
    headers::{Cache, Headers, REQUEST_ID},
    metrics::{Label, Metrics},
    panics::caught,
    path,
    request::within_limits,
    request_log::{Entry, Keep, RequestLog, Went},
    routes,
    sandbox::Sandbox,
    status::{About, Purged, Status},
    tenant::public_host,
    upstream,
    used::Used,
};

/// First path segments of paths that belong to no dialect.
const OURS: [&str; 9] =
    ["t", "admin", "assets", "console", "docs", "livez", "readyz", "metrics", "__sandbox"];

/// First path segments that are taken; no tenant's alias may begin with one.
pub fn reserved_segments() -> &'static [&'static str] {
    static SEGMENTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let routes = DIALECTS.iter().flat_map(|dialect| dialect.routes);
        let firsts = routes.filter_map(|route| route.path.split('/').nth(1));
        let mut segments: Vec<&str> = OURS.into_iter().chain(firsts).collect();
        segments.sort_unstable();
        segments.dedup();
        segments
    });
    &SEGMENTS
}

pub struct App<S, E> {
    pub engine: Engine<S, E>,
    pub metrics: Metrics,
    pub status: Status,
    pub(crate) guessing: Guessing,
    pub(crate) crowd: Crowd,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) headers: Headers,
    pub(crate) default_tenant: TenantRef,
    pub(crate) public_host: String,
    pub(crate) body_deadline: Duration,
    pub requests: Arc<RequestLog>,
    pub(crate) used: Used,
    /// Held by who checks the audit trail.
    pub(crate) checking: tokio::sync::Mutex<()>,
    pub(crate) history: History,
    pub(crate) audit_lines: Option<AuditLines>,
    /// Administrators have a door of their own.
    admin_is_apart: bool,
    pub(crate) docs: Option<Library>,
    ids: RequestIds,
    pub(crate) sandbox: Option<Sandbox>,
}

impl<S: Store, E: Errands> App<S, E> {
    pub fn new(engine: Engine<S, E>, clock: Arc<dyn Clock>, about: About) -> Self {
        Self {
            headers: Headers::new(engine.public_url.starts_with("https://")),
            public_host: public_host(&engine.public_url),
            default_tenant: TenantRef::default_tenant(),
            body_deadline: Duration::from_secs(30),
            metrics: Metrics::of(about.clone()).since(clock.now()),
            guessing: Guessing::default(),
            crowd: Crowd::default(),
            status: Status::new(about),
            ids: RequestIds::from_here(),
            requests: Arc::new(RequestLog::sampled()),
            used: Used::default(),
            checking: tokio::sync::Mutex::default(),
            history: History::default(),
            audit_lines: None,
            admin_is_apart: false,
            docs: None,
            sandbox: None,
            engine,
            clock,
        }
    }

    /// For `vidimus dev` alone.
    #[must_use]
    pub fn with_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.requests = Arc::clone(&sandbox.requests);
        self.sandbox = Some(sandbox);
        self
    }

    /// How long a request's body may take.
    #[must_use]
    pub const fn with_body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = deadline;
        self
    }

    /// Where administrative and security events are written as they happen.
    #[must_use]
    pub fn with_audit_lines(mut self, lines: AuditLines) -> Self {
        self.audit_lines = Some(lines);
        self
    }

    /// The admin API and the console answer at [`Door::Administration`] alone.
    #[must_use]
    pub const fn with_admin_apart(mut self) -> Self {
        self.admin_is_apart = true;
        self
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The purge job's report, into status and gauges.
    pub fn purged(&self, purged: Purged) {
        self.metrics.swept(&purged, self.clock.now());
        self.status.purged(purged);
    }

    /// Answers anything, with every header that every response has. The request's head is borrowed:
    /// within the future it would be moved, and all the room for what is yet to come with it.
    pub async fn answer<B>(&self, parts: &Parts, body: B, peer: Peer) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let mut exchange = Exchange::new(self.ids.next(), peer);
        // Costs nothing unless traces are exported: logs have no interest in it.
        let span = debug_span!(
            "request",
            otel.kind = "server",
            request_id = %exchange.id,
            http.request.method = %parts.method,
            url.path = %path::visible(parts.uri.path()),
            http.response.status_code = Empty,
            endpoint = Empty,
            tenant = Empty,
            reason = Empty,
        );
        exchange.is_traced = !span.is_disabled();
        let answered = {
            let dispatched = pin!(self.dispatch(parts, body, &mut exchange));
            caught(dispatched).instrument(span.clone()).await
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(_) => self.broken(parts, &exchange),
        };
        span.record("endpoint", exchange.label.as_str());
        span.record("http.response.status_code", response.status().as_u16());
        if let Some(tenant) = &exchange.tenant {
            span.record("tenant", tenant.as_str());
        }
        if let Some(reason) = exchange.reason {
            span.record("reason", reason);
        }
        let took = exchange.started.elapsed();
        self.metrics.answered(exchange.label, response.status(), took);
        let id = exchange.id;
        if self.is_kept(&response, &exchange) {
            self.requests.add(Entry::of(parts, &response, exchange, self.clock.now(), took));
        }
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        if parts.version >= Version::HTTP_2 {
            headers.remove(header::CONNECTION);
        } else if self.status.is_draining() || parts.headers.contains_key(header::TRANSFER_ENCODING)
        {
            // Where a chunked body also had a length, whoever stands before us may see another end
            // of the request than we do (RFC 9112 §6.1); nothing may follow it.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// What no endpoint has decided about; whoever looks at the log does not fill it by that.
    fn is_kept(&self, response: &Response<Body>, exchange: &Exchange) -> bool {
        match exchange.keep {
            Keep::Yes(_) => true,
            Keep::No => false,
            Keep::Undecided => {
                let label = exchange.label;
                let went = if response.status().as_u16() < 400 { Went::Well } else { Went::Badly };
                let is_quiet = matches!(label, Label::Assets | Label::Operations);
                !["sandbox", "console", "docs"].contains(&label.as_str())
                    && (self.requests.keeps_everything() || !is_quiet)
                    && self.requests.admits(went, exchange.started)
            }
        }
    }

    async fn dispatch<B>(&self, parts: &Parts, body: B, exchange: &mut Exchange) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if let Err(refused) = within_limits(parts) {
            return self.failed_at(refused.into(), parts, exchange);
        }
        let path = parts.uri.path();
        let main = exchange.peer.door.is_for_people();
        if main && !path.contains("//") {
            let targets = routes::find(&DIALECTS, path);
            if let Some(first) = targets.first() {
                let endpoint = first.route.endpoint;
                exchange.label = endpoint.into();
                if let Some(methods) = cors::preflight(endpoint, parts) {
                    return self.preflight(endpoint, methods, parts);
                }
                let mut response = self.endpoint(&targets, parts, body, exchange).await;
                cors::share(endpoint, &parts.headers, response.headers_mut());
                return response;
            }
        }
        // Boxed: what is rare must not make the future of every request larger.
        Box::pin(self.elsewhere(parts, body, exchange)).await
    }

    fn preflight(
        &self,
        endpoint: Endpoint,
        methods: &'static str,
        parts: &Parts,
    ) -> Response<Body> {
        let mut response = self.shaped(Cache::Nobody, Shape::EMPTY.status(204));
        cors::allow(methods, response.headers_mut());
        cors::share(endpoint, &parts.headers, response.headers_mut());
        response
    }

    /// Paths that are no dialect's, or that some read generously.
    async fn elsewhere<B>(&self, parts: &Parts, body: B, exchange: &mut Exchange) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let main = exchange.peer.door.is_for_people();
        if let Some(merged) = routes::merged(parts.uri.path()).filter(|_| main) {
            let generous = |target: &routes::Target<'_>| target.dialect.merges_slashes;
            let mut targets = routes::find(&DIALECTS, &merged);
            targets.retain(generous);
            if targets.is_empty() {
                targets = routes::find(&DIALECTS, parts.uri.path());
            }
            if let Some(first) = targets.first() {
                exchange.label = first.route.endpoint.into();
                return self.endpoint(&targets, parts, body, exchange).await;
            }
        }
        match self.route_ours(parts, body, exchange).await {
            Ok(response) => response,
            Err(failure) => self.failed_at(failure, parts, exchange),
        }
    }

    /// Paths that belong to no dialect.
    async fn route_ours<B>(
        &self,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let path = parts.uri.path();
        let main = exchange.peer.door.is_for_people();
        let admin = main && (!self.admin_is_apart || exchange.peer.door == Door::Administration);
        if self.sandbox.is_some()
            && (path.starts_with("/admin/") || console::owns(path))
            && !self.is_asked_by_own_name(parts).await?
        {
            exchange.label = Label::Console;
            let what = "The sandbox is administered as localhost or 127.0.0.1.";
            let refused = Refused::from(OAuthError::invalid_request(what));
            return Err(Refused { status: Some(StatusCode::FORBIDDEN), ..refused }.into());
        }
        if admin && path.starts_with("/admin/") {
            exchange.label = Label::Admin;
            self.administer(parts, body, exchange).await
        } else if admin && console::owns(path) {
            exchange.label = Label::Console;
            Ok(self.console(parts, body, exchange).await)
        } else if main && path.starts_with(assets::FOLDER) {
            exchange.label = Label::Assets;
            self.asset(parts)
        } else if main && docs::is_ours(path) {
            exchange.label = Label::Docs;
            self.documentation(parts, exchange).await
        } else if let Some(sandbox) = self.sandbox.as_ref().filter(|s| main && s.owns(path)) {
            exchange.label = Label::Sandbox;
            Ok(sandbox.answer(parts, body, &self.headers).await)
        } else {
            if let Some(answered) = self.operations(parts, exchange).await {
                return answered;
            }
            let upstream = self.sandbox.as_ref().and_then(|sandbox| sandbox.upstream.as_ref());
            match upstream.filter(|_| main && upstream::takes(path)) {
                Some(upstream) => self.pass_on(upstream, parts, body, exchange).await,
                None => Err(Refused::nowhere().into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dialects_serve_is_reserved() {
        let reserved = reserved_segments();
        for segment in ["t", "oauth2", ".well-known"] {
            assert!(reserved.contains(&segment), "{segment}");
        }
        assert!(!reserved.contains(&"customers"));
    }
}
