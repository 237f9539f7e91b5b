//! The members of a registration (RFC 7591 §2): those that a client may say of itself. Any other is
//! ignored, and so are all that only an administrator may set.

use serde_json::{Map, Value};

use crate::{
    error::{Cause, ErrorCode, OAuthError},
    json,
    limits::{NAME_BYTES_MAX, REGISTERED_VALUES_MAX},
};

pub const MEMBERS: [&str; 35] = [
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "redirect_uris",
    "post_logout_redirect_uris",
    "response_types",
    "grant_types",
    "application_type",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
    "scope",
    "jwks",
    "jwks_uri",
    "sector_identifier_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "request_uris",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "software_id",
    "software_version",
    "software_statement",
];

pub type Members = Map<String, Value>;

/// # Errors
/// `invalid_client_metadata`: no JSON object, or a member twice.
pub fn read(body: &[u8]) -> Result<Members, OAuthError> {
    json::object(body)
        .map_err(|why| wrong("", "The client metadata is no JSON object.").because(why.to_string()))
}

/// What was sent, with what a software statement says above it (RFC 7591 §2.3), as far as a client
/// may say it. A member that is null is as good as none.
///
/// # Errors
/// `invalid_client_metadata` at a member that is too long.
pub fn merged(sent: &Members, attested: Option<&Members>) -> Result<Members, OAuthError> {
    let said = |members: &Members, key| members.get(key).filter(|value| !value.is_null()).cloned();
    let mut merged = Members::new();
    for key in MEMBERS {
        let value = attested.and_then(|claims| said(claims, key)).or_else(|| said(sent, key));
        if let Some(value) = value {
            if !is_bounded(&value) {
                let what = format!("{key} is too long or has control characters.");
                return Err(wrong(key, what));
            }
            merged.insert(key.to_owned(), value);
        }
    }
    Ok(merged)
}

/// Of what is no text here, the member's own check says more.
fn is_bounded(value: &Value) -> bool {
    let is_short = |value: &Value| {
        value
            .as_str()
            .is_none_or(|text| text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control))
    };
    match value {
        Value::Array(values) => {
            values.len() <= REGISTERED_VALUES_MAX && values.iter().all(is_short)
        }
        value => is_short(value),
    }
}

pub fn wrong(member: &str, what: impl Into<String>) -> OAuthError {
    let what: String = what.into();
    OAuthError::new(ErrorCode::InvalidClientMetadata, what)
        .caused(Cause::Registration)
        .at(if member.is_empty() { String::new() } else { format!("/{member}") })
}
