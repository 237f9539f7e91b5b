//! Why there is no good answer: a refusal with its status, or a fault.

use hyper::StatusCode;
use vidimus_core::error::{ErrorCode, Fault, OAuthError};

use crate::body::Unread;

#[derive(Debug)]
pub enum Failure {
    Refused(Refused),
    Fault(Fault),
}

#[derive(Debug)]
pub struct Refused {
    pub error: Box<OAuthError>,
    /// Where HTTP knows better than the error code.
    pub status: Option<StatusCode>,
    /// The methods there are, where this one is none of them.
    pub allow: Option<&'static str>,
    /// The rest of the request is not read, so the connection cannot go on.
    pub close: bool,
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self { error: Box::new(error), status: None, allow: None, close: false }
    }
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        let (status, description) = match unread {
            Unread::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
            Unread::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The request took too long."),
            Unread::Broken => (StatusCode::BAD_REQUEST, "The request ended early."),
        };
        let refused = Refused { close: true, ..Refused::with(status, description) };
        Self::Refused(refused)
    }
}

impl Refused {
    pub fn with(status: StatusCode, description: &'static str) -> Self {
        let error = OAuthError::invalid_request(description);
        Self { status: Some(status), ..error.into() }
    }

    /// RFC 9110 §15.5.6.
    pub fn method(allow: &'static str) -> Self {
        let refused = Self::with(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed.");
        Self { allow: Some(allow), ..refused }
    }

    pub fn nowhere() -> Self {
        OAuthError::new(ErrorCode::NotFound, "There is nothing here.").into()
    }
}
