//! From shapes, refusals and faults to responses. A fault is logged here, once.

use std::borrow::Cow;

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
};
use tracing::{error, info};
use vidimus_core::error::{ErrorCode, Fault};
use vidimus_dialect::{Dialect, Endpoint, Refusal, STANDARD, Shape};

use crate::{
    app::App,
    body::Body,
    exchange::Exchange,
    failure::{Failure, Refused},
    headers::Cache,
    metrics::{Label, fault_kind},
};

/// Whose words a refusal is put in.
#[derive(Clone, Copy)]
pub struct Voice {
    pub dialect: &'static Dialect,
    pub endpoint: Endpoint,
}

impl Voice {
    /// For paths that belong to no dialect.
    pub const OURS: Self = Self { dialect: &STANDARD, endpoint: Endpoint::Metadata };
}

impl<S, E> App<S, E> {
    pub fn shaped(&self, status: StatusCode, cache: Cache, shape: Shape) -> Response<Body> {
        let body = match shape.body {
            Cow::Borrowed(fixed) => Bytes::from_static(fixed),
            Cow::Owned(made) => Bytes::from(made),
        };
        self.response(status, cache, shape.content_type, body)
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

    pub fn failed(&self, voice: Voice, failure: Failure, exchange: &Exchange) -> Response<Body> {
        match failure {
            Failure::Refused(refused) => self.refused(voice, &refused, exchange),
            Failure::Fault(fault) => {
                self.metrics.fault(&fault);
                error!(request_id = %exchange.id, kind = fault_kind(&fault), %fault, "fault");
                self.spoken(&(voice.dialect.fault)(&fault), None)
            }
        }
    }

    fn refused(&self, voice: Voice, refused: &Refused, exchange: &Exchange) -> Response<Body> {
        let cause = &refused.error;
        if cause.code == ErrorCode::InvalidClient {
            self.metrics.client_authentication_failed(exchange.label);
        }
        info!(
            request_id = %exchange.id,
            endpoint = exchange.label.as_str(),
            error = cause.code.as_str(),
            why = ?cause.why.as_ref().unwrap_or(&cause.description),
            "refused"
        );
        let refusal = (voice.dialect.error)(voice.endpoint, cause);
        let mut response = self.spoken(&refusal, refused.status);
        if let Some(allow) = refused.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if refused.close {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn spoken(&self, refusal: &Refusal, status: Option<StatusCode>) -> Response<Body> {
        let said = StatusCode::from_u16(refusal.status);
        let status = status.unwrap_or(said.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        let mut response = self.shaped(status, Cache::Nobody, refusal.shape.clone());
        for (name, value) in &refusal.headers {
            // A value that is no header text is left out: the status and body stand without it.
            if let Ok(value) = HeaderValue::try_from(value.as_ref()) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }

    /// After a panic. The hook has said where.
    pub fn broken(&self, exchange: &Exchange) -> Response<Body> {
        self.metrics.panicked();
        error!(request_id = %exchange.id, endpoint = exchange.label.as_str(), "a request panicked");
        self.spoken(&(STANDARD.fault)(&Fault::Corrupt(String::new())), None)
    }
}

impl From<Endpoint> for Label {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Token => Self::Token,
            Endpoint::Introspect => Self::Introspect,
            Endpoint::Revoke => Self::Revoke,
            Endpoint::Metadata => Self::Metadata,
            Endpoint::Jwks => Self::Jwks,
        }
    }
}
