//! JSON bodies of the admin API: bounded, typed, and refused without repeating what was in them.

use std::time::Duration;

use hyper::{Method, StatusCode, body::Bytes, http::request::Parts};
use serde::de::DeserializeOwned;
use vidimus_core::{
    error::OAuthError,
    limits::{ADMIN_BODY_BYTES_MAX, OBJECT_BYTES_MAX},
};

use crate::{
    admin::routes::Action,
    body,
    failure::{Failure, Refused},
    request::is_of_type,
};

/// The body of a request that must have one; empty for GET and DELETE.
pub async fn read<B>(
    action: Action,
    parts: &Parts,
    body: B,
    deadline: Duration,
) -> Result<Bytes, Failure>
where
    B: hyper::body::Body<Data = Bytes>,
{
    if parts.method != Method::POST && parts.method != Method::PATCH {
        return Ok(Bytes::new());
    }
    // RFC 7396 §4; a change is one under either name.
    let is_patch = parts.method == Method::PATCH
        && is_of_type(&parts.headers, "application/merge-patch+json").is_ok();
    if !is_patch {
        is_of_type(&parts.headers, "application/json").map_err(unsupported)?;
    }
    let bytes_max = match action {
        Action::Apply | Action::PutBack => ADMIN_BODY_BYTES_MAX,
        _ => OBJECT_BYTES_MAX,
    };
    Ok(body::read(body, bytes_max, deadline).await?)
}

/// RFC 9110 §15.5.16.
fn unsupported(error: OAuthError) -> Failure {
    Refused { status: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE), ..error.into() }.into()
}

/// # Errors
/// `invalid_request` that says where, and names a member, never a value: that may be a secret.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, OAuthError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let about_members = ["unknown field", "missing field", "duplicate field"];
        let what = if error.is_data() && about_members.iter().any(|what| text.starts_with(what)) {
            text.split(" at line ").next().unwrap_or_default().replace('`', "'")
        } else if error.is_data() {
            "a member is of the wrong type".to_owned()
        } else {
            "it is not JSON".to_owned()
        };
        let printable = |c: &char| matches!(c, ' '..='~' if *c != '"' && *c != '\\');
        let what: String = what.chars().filter(printable).collect();
        OAuthError::invalid_request(format!(
            "The body cannot be read: {what} (line {line}, column {column})."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[serde(rename = "token")]
        _token: String,
    }

    #[test]
    fn errors_name_members_and_no_values() {
        let said = |body: &str| parse::<Order>(body.as_bytes()).unwrap_err().description;
        assert!(said(r#"{"tokn":"s3cret"}"#).contains("unknown field 'tokn'"));
        assert!(said("{}").contains("missing field 'token'"));
        assert!(!said(r#"{"token":{"s3cret":1}}"#).contains("s3cret"));
        assert!(said("{\"token\":\"s3cret").contains("not JSON"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(parse::<Value>(deep.as_bytes()).is_err());
    }
}
