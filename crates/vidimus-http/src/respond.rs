//! From shapes, refusals and faults to responses. A fault is logged here, once.

use std::borrow::Cow;

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
    http::request::Parts,
};
use tracing::{error, warn};
use vidimus_core::error::{ErrorCode, Fault};
use vidimus_dialect::{Asked, DIALECTS, Dialect, Endpoint, STANDARD, Shape};

use crate::{
    admin::problem,
    app::App,
    body::Body,
    compress, events,
    exchange::Exchange,
    failure::{Failure, Refused},
    headers::Cache,
    html,
    metrics::{Label, fault_kind},
    routes,
};

impl<S, E> App<S, E> {
    pub fn shaped(&self, cache: Cache, shape: Shape) -> Response<Body> {
        let status = StatusCode::from_u16(shape.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = match shape.body {
            Cow::Borrowed(fixed) => Bytes::from_static(fixed),
            Cow::Owned(made) => Bytes::from(made),
        };
        let mut response = self.response(status, cache, shape.content_type, body);
        for (name, value) in &shape.headers {
            // A value that is no header text is left out: the status and body stand without it.
            if let Ok(value) = HeaderValue::try_from(value.as_ref()) {
                let name = HeaderName::from_static(name);
                if name == header::SET_COOKIE {
                    response.headers_mut().append(name, value);
                } else {
                    response.headers_mut().insert(name, value);
                }
            }
        }
        response
    }

    /// A shape with what its dialect says of every response: its own headers, compression.
    pub fn dressed(
        &self,
        dialect: &Dialect,
        asked: &Asked<'_>,
        cache: Cache,
        shape: Shape,
        parts: &Parts,
    ) -> Response<Body> {
        let mut response = self.shaped(cache, shape);
        // A page is everybody's, in headers too; and beside what a stranger chose it holds secrets,
        // of which its compressed length would tell.
        if asked.endpoint.is_page() {
            return response;
        }
        for (name, value) in (dialect.headers)(asked.endpoint) {
            let name = HeaderName::from_static(name);
            if value.is_empty() {
                response.headers_mut().remove(name);
            } else {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
        }
        if dialect.compresses { compress::gzip(response, &parts.headers) } else { response }
    }

    pub fn response(
        &self,
        status: StatusCode,
        cache: Cache,
        content_type: &'static str,
        body: Bytes,
    ) -> Response<Body> {
        let mut response = Response::new(Body::Whole(body));
        *response.status_mut() = status;
        let mut headers = self.headers.of(cache);
        if content_type.is_empty() {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        *response.headers_mut() = headers;
        response
    }

    pub fn failed(
        &self,
        dialect: &Dialect,
        asked: &Asked<'_>,
        failure: Failure,
        parts: &Parts,
        exchange: &Exchange,
    ) -> Response<Body> {
        match failure {
            Failure::Refused(refused) => self.refused(dialect, asked, &refused, parts, exchange),
            Failure::Fault(fault) => {
                self.tell(&fault, exchange);
                let shape = if asked.endpoint.is_page() {
                    html::fault(&fault, asked, &parts.headers)
                } else {
                    self.in_our_words((dialect.fault)(&fault, asked), parts, exchange)
                };
                self.dressed(dialect, asked, Cache::Nobody, shape, parts)
            }
        }
    }

    pub fn tell(&self, fault: &Fault, exchange: &Exchange) {
        self.metrics.fault(fault);
        if matches!(fault, Fault::Busy(_)) {
            if let Some(requests) = self.crowd.turn_away(self.clock.now()) {
                warn!(request_id = %exchange.id, %fault, requests, "turned away");
            }
        } else {
            error!(request_id = %exchange.id, kind = fault_kind(fault), %fault, "fault");
        }
    }

    /// A failure without an endpoint: in the words of the dialect that owns the path, or in ours.
    pub fn failed_at(
        &self,
        failure: Failure,
        parts: &Parts,
        exchange: &Exchange,
    ) -> Response<Body> {
        let asked = self.asked_of_nobody(parts, exchange);
        self.failed(spoken_at(parts, exchange), &asked, failure, parts, exchange)
    }

    fn asked_of_nobody<'a>(&'a self, parts: &Parts, exchange: &'a Exchange) -> Asked<'a> {
        let routes = routes::find(&DIALECTS, parts.uri.path());
        let route = routes.first().filter(|_| exchange.peer.door.is_for_people());
        let page = route.map(|target| target.route.endpoint).filter(|e| e.is_page());
        Asked { endpoint: page.unwrap_or(Endpoint::Metadata), ..self.asked_plainly(exchange) }
    }

    /// Of no tenant and no path, with nothing beside it.
    pub fn asked_plainly<'a>(&'a self, exchange: &'a Exchange) -> Asked<'a> {
        let url = &self.engine.public_url;
        Asked {
            endpoint: Endpoint::Metadata,
            path: "",
            tenant: None,
            issuer: url,
            public_url: url,
            prefix: "",
            request_id: &exchange.id,
            accept: "",
            form: None,
            captured: &[],
        }
    }

    fn refused(
        &self,
        dialect: &Dialect,
        asked: &Asked<'_>,
        refused: &Refused,
        parts: &Parts,
        exchange: &Exchange,
    ) -> Response<Body> {
        let cause = &refused.error;
        if cause.code == ErrorCode::InvalidClient {
            self.metrics.client_authentication_failed(exchange.label);
        }
        let is_admin = matches!(exchange.label, Label::Admin | Label::Console);
        let is_unproven = cause.code == ErrorCode::InvalidClient
            || (is_admin
                && matches!(cause.code, ErrorCode::InvalidToken | ErrorCode::InsufficientScope));
        if let Some(lines) = self.audit_lines.as_ref().filter(|_| is_unproven) {
            let tenant = asked.tenant.as_ref().map_or("", |tenant| tenant.id());
            lines.refused(cause, self.clock.now(), tenant, exchange);
        }
        events::refused(cause, None, exchange);
        let status = refused.status.map(|status| status.as_u16());
        let shape = if asked.endpoint.is_page() {
            html::refusal(cause, status, (dialect, asked), &parts.headers)
        } else {
            self.in_our_words((dialect.error)(cause, status, asked), parts, exchange)
        };
        let mut response = self.dressed(dialect, asked, Cache::Nobody, shape, parts);
        if let Some(allow) = refused.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if refused.close {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// After a panic. The hook has said where.
    pub fn broken(&self, parts: &Parts, exchange: &Exchange) -> Response<Body> {
        self.metrics.panicked();
        error!(request_id = %exchange.id, endpoint = exchange.label.as_str(), "a request panicked");
        let asked = self.asked_of_nobody(parts, exchange);
        let fault = Fault::Corrupt(String::new());
        if asked.endpoint.is_page() {
            return self.shaped(Cache::Nobody, html::fault(&fault, &asked, &parts.headers));
        }
        let shape = (spoken_at(parts, exchange).fault)(&fault, &asked);
        self.shaped(Cache::Nobody, self.in_our_words(shape, parts, exchange))
    }

    pub fn json(&self, status: StatusCode, value: &serde_json::Value) -> Response<Body> {
        let shape: Shape = vidimus_dialect::json(value);
        self.shaped(Cache::Nobody, shape.status(status.as_u16()))
    }

    /// The admin API tells its failures as problems.
    fn in_our_words(&self, shape: Shape, parts: &Parts, exchange: &Exchange) -> Shape {
        if problem::is_told(parts, exchange) {
            return problem::told(shape, &self.engine.public_url, exchange.id);
        }
        shape
    }
}

fn spoken_at(parts: &Parts, exchange: &Exchange) -> &'static Dialect {
    let owner = routes::owner(&DIALECTS, parts.uri.path());
    owner.filter(|_| exchange.peer.door.is_for_people()).unwrap_or(&STANDARD)
}

impl From<Endpoint> for Label {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Token => Self::Token,
            Endpoint::Introspect => Self::Introspect,
            Endpoint::Revoke => Self::Revoke,
            Endpoint::Metadata | Endpoint::ResourceMetadata | Endpoint::Organization => {
                Self::Metadata
            }
            Endpoint::Jwks => Self::Jwks,
            Endpoint::Userinfo | Endpoint::Identity => Self::Userinfo,
            Endpoint::DeviceAuthorization => Self::Device,
            Endpoint::Register | Endpoint::Registration => Self::Register,
            Endpoint::TokenDetails => Self::TokenDetails,
            Endpoint::Logout | Endpoint::EndSession => Self::Logout,
            Endpoint::Authorize => Self::Authorize,
            Endpoint::PushedAuthorization => Self::PushedAuthorization,
            Endpoint::DeviceVerification => Self::DeviceVerification,
            Endpoint::Account => Self::Account,
            Endpoint::CheckSession => Self::CheckSession,
            Endpoint::Logo => Self::Logo,
        }
    }
}
