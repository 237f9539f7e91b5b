//! `CspErrorResponse`: six members, whatever is wrong.

use serde_json::json;
use vidimus_core::error::{Cause, ErrorCode, Fault, OAuthError};

use crate::{Asked, Shape, json, standard};

/// Of the identity service, in the one error that is known from the wild.
const MODULE_CODE: i32 = 340;

const NO_HEADER: &str = "Authorization header must be specified";
const NOT_BASIC: &str = r#"Invalid authorization header. Missing "Basic" prefix"#;
const UNREADABLE: &str = "Invalid authorization header";
const NOWHERE: &str = "The requested resource could not be found";
const CONFLICT: &str = "The request could not be processed due to a conflict";
const TOO_MANY: &str = "The user has sent too many requests";
const UNEXPECTED: &str = "An unexpected error has occurred while processing the request";
/// Clients look for its beginning. What follows there is the token, which is nobody's to repeat.
const REFRESH: &str = "invalid_grant: Invalid refresh token: unknown, expired or revoked";

pub fn error(error: &OAuthError, status: Option<u16>, asked: &Asked<'_>) -> Shape {
    // There is no 401 for clients.
    let status = status.unwrap_or_else(|| match error.code {
        ErrorCode::InvalidClient => 400,
        _ => standard::status_of(error),
    });
    let shape = plain(error, status, &message(error, status, asked), asked);
    match error.code {
        ErrorCode::TooManyRequests => {
            let seconds = error.retry_after_seconds.unwrap_or(1);
            shape.header("retry-after", seconds.to_string())
        }
        ErrorCode::InvalidToken | ErrorCode::InsufficientScope => {
            let challenge = format!(r#"Bearer error="{}""#, error.code.as_str());
            shape.header("www-authenticate", challenge)
        }
        _ => shape,
    }
}

fn message(error: &OAuthError, status: u16, asked: &Asked<'_>) -> String {
    let known = match (error.cause, error.code) {
        (Cause::Missing("refresh_token"), _) if asked.path.ends_with("/api-tokens/authorize") => {
            "invalid_request: The parameter api_token is missing."
        }
        (Cause::NoCredentials, _) => NO_HEADER,
        (Cause::NotBasic | Cause::NoScheme, _) => NOT_BASIC,
        (Cause::MalformedBasic, _) => UNREADABLE,
        (
            Cause::RefreshUnknown
            | Cause::RefreshExpired
            | Cause::RefreshReused
            | Cause::InactiveUser,
            ErrorCode::InvalidGrant,
        ) => REFRESH,
        (_, ErrorCode::NotFound) => NOWHERE,
        (_, ErrorCode::AlreadyExists | ErrorCode::Conflict) => CONFLICT,
        (_, ErrorCode::TooManyRequests) => TOO_MANY,
        _ if status != 400 => return error.description.to_string(),
        _ => return format!("{}: {}", error.code.as_str(), error.description),
    };
    known.to_owned()
}

pub fn plain(error: &OAuthError, status: u16, message: &str, asked: &Asked<'_>) -> Shape {
    six(error.code.as_str(), status, message, asked)
}

pub fn fault(fault: &Fault, asked: &Asked<'_>) -> Shape {
    match fault {
        Fault::Unavailable(_) | Fault::Contention | Fault::Busy(_) => {
            six("temporarily_unavailable", 503, UNEXPECTED, asked).header("retry-after", "1")
        }
        Fault::Corrupt(_) => six("server_error", 500, UNEXPECTED, asked),
    }
}

fn six(code: &str, status: u16, message: &str, asked: &Asked<'_>) -> Shape {
    json(&json!({
        "cspErrorCode": code,
        "errorCode": code,
        "message": message,
        "moduleCode": MODULE_CODE,
        "requestId": asked.request_id.to_string(),
        "statusCode": status,
    }))
    .status(status)
}
