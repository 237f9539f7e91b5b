//! What went wrong, as a page: in words that say what to do about it.

use vidimus_console::operator::{Message, Shell, message};
use vidimus_core::error::{Cause, ErrorCode, Fault, OAuthError};
use vidimus_dialect::Shape;

use super::visit::page;
use crate::{
    exchange::Exchange,
    failure::{Failure, Refused},
};

/// Title, and what to do.
const fn words(status: u16) -> (&'static str, &'static str) {
    match status {
        403 => (
            "That is not yours to do",
            "Ask an administrator, or sign in as one. An auditor sees everything and changes nothing.",
        ),
        404 => (
            "There is nothing here",
            "It may have been deleted or renamed meanwhile. The menu and the lists lead to what is there.",
        ),
        405 => ("Not in that way", "Go back and use the buttons of the page."),
        409 => (
            "It has changed meanwhile",
            "Somebody else was faster. Load the page again, look at what it is now, and repeat your change.",
        ),
        413 => ("That is too much", "Send less at once."),
        429 => ("Too many requests", "Wait a little, then try again."),
        503 => (
            "The server cannot answer now",
            "The store may be away or busy. Nothing was changed. Try again in a moment; the log says more.",
        ),
        500 => (
            "The server failed",
            "Nothing was changed. The log has the reason under the id of this request.",
        ),
        _ => ("That cannot be done", "Go back, correct it, and send it again."),
    }
}

pub fn status_of(refused: &Refused) -> u16 {
    if let Some(status) = refused.status {
        return status.as_u16();
    }
    match (refused.error.code, refused.error.cause) {
        (_, Cause::FormToken)
        | (ErrorCode::AccessDenied | ErrorCode::InsufficientScope | ErrorCode::InvalidToken, _) => {
            403
        }
        (ErrorCode::NotFound, _) => 404,
        (ErrorCode::Conflict | ErrorCode::AlreadyExists | ErrorCode::PreconditionFailed, _) => 409,
        (ErrorCode::TooManyRequests, _) => 429,
        _ => 400,
    }
}

/// `shell`: of whoever is signed in.
pub fn failed(shell: Option<&Shell>, failure: &Failure, exchange: &Exchange) -> Shape {
    let (status, code, what) = match failure {
        Failure::Refused(refused) => {
            let error = &refused.error;
            (status_of(refused), error.code.as_str(), error.description.to_string())
        }
        Failure::Fault(Fault::Corrupt(_)) => {
            (500, "server_error", "The server failed to answer.".to_owned())
        }
        Failure::Fault(_) => {
            (503, "temporarily_unavailable", "The server cannot answer now.".to_owned())
        }
    };
    let (title, advice) = match failure {
        Failure::Refused(refused) if refused.error.cause == Cause::FormToken => {
            ("The form is not from this session", "Go back, load the page again, and send it anew.")
        }
        _ => words(status),
    };
    let shown = Message {
        title: title.to_owned(),
        what,
        advice: advice.to_owned(),
        code: code.to_owned(),
        request_id: exchange.id.to_string(),
        next: Some(("/console".to_owned(), "To the overview".to_owned())),
    };
    let shape = page(message(shell, &shown)).status(status);
    match failure {
        Failure::Refused(refused) => {
            let shape = match refused.error.retry_after_seconds {
                Some(seconds) => shape.header("retry-after", seconds.to_string()),
                None => shape,
            };
            match refused.allow {
                Some(allow) => shape.header("allow", allow),
                None => shape,
            }
        }
        Failure::Fault(_) => shape.header("retry-after", "1"),
    }
}

pub fn denied(what: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, what)
}
