//! What requests say of versions and repeats (RFC 9110 §13.1), and the headers that answer them.

use hyper::{
    HeaderMap, Response, StatusCode,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::Value;
use vidimus_core::{
    admin::{IfMatch, entity_tag},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    limits::IDEMPOTENCY_KEY_BYTES_MAX,
    secret::Secret,
};

use crate::{app::App, body::Body, headers::Cache};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// # Errors
/// 400 for what is neither `*` nor a list of entity tags.
pub fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, OAuthError> {
    tags(headers, &header::IF_MATCH)
}

/// What a request is known again by, if anything.
///
/// # Errors
/// 400 for two of them, and for one that is too long or no plain text.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<Secret>, OAuthError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| {
        let plain = text.bytes().all(|c| matches!(c, 0x20..=0x7E));
        plain && (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len())
    });
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(Secret::new(text))),
        _ => Err(OAuthError::invalid_request(format!(
            "There may be one Idempotency-Key, of 1 to {IDEMPOTENCY_KEY_BYTES_MAX} ASCII characters."
        ))),
    }
}

/// As [`if_match`]; weak tags compare by their text (RFC 9110 §13.1.2), and of strong ones alone
/// do changes hold (§13.1.1).
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<IfMatch>, OAuthError> {
    let mut tags = Vec::new();
    let malformed = || OAuthError::invalid_request(format!("The header {name} is malformed."));
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| malformed())?;
        if text == "*" {
            return Ok(Some(IfMatch::Any));
        }
        let mut rest = text.trim_matches([' ', '\t', ',']);
        while !rest.is_empty() {
            let opaque = rest.strip_prefix("W/").unwrap_or(rest);
            let end = opaque.strip_prefix('"').and_then(|text| text.find('"'));
            let length = rest.len() - opaque.len() + end.ok_or_else(malformed)? + 2;
            let (tag, more) = rest.split_at_checked(length).ok_or_else(malformed)?;
            if tag.contains([' ', '\t']) {
                return Err(malformed());
            }
            tags.push(tag.to_owned());
            let next = more.trim_start_matches([' ', '\t']);
            if !next.is_empty() && !next.starts_with(',') {
                return Err(malformed());
            }
            rest = next.trim_start_matches([' ', '\t', ',']);
        }
    }
    match (headers.contains_key(name), tags.is_empty()) {
        (false, _) => Ok(None),
        (true, true) => Err(malformed()),
        (true, false) => Ok(Some(IfMatch::OneOf(tags))),
    }
}

impl<S: Store, E: Errands> App<S, E> {
    /// An object, or that it is still as the caller knows it (RFC 9110 §15.4.5).
    pub(super) fn shown(
        &self,
        headers: &HeaderMap,
        object: &Value,
    ) -> Result<Response<Body>, OAuthError> {
        let known = match (tags(headers, &header::IF_NONE_MATCH)?, entity_tag(object)) {
            (Some(IfMatch::Any), _) => true,
            (Some(IfMatch::OneOf(tags)), Some(now)) => {
                tags.iter().any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == now)
            }
            _ => false,
        };
        if !known {
            return Ok(self.tagged(StatusCode::OK, object));
        }
        let empty = self.response(StatusCode::NOT_MODIFIED, Cache::Nobody, "", Bytes::new());
        Ok(with_tag(empty, object))
    }

    /// An object with its entity tag.
    pub(super) fn tagged(&self, status: StatusCode, object: &Value) -> Response<Body> {
        with_tag(self.json(status, object), object)
    }

    pub(super) fn created(&self, object: &Value, is_replayed: bool) -> Response<Body> {
        let mut response = self.tagged(StatusCode::CREATED, object);
        if is_replayed {
            let value = HeaderValue::from_static("true");
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED, value);
        }
        response
    }
}

fn with_tag(mut response: Response<Body>, object: &Value) -> Response<Body> {
    if let Some(tag) = entity_tag(object).and_then(|tag| HeaderValue::try_from(tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(values: &[&'static str]) -> Result<Option<IfMatch>, OAuthError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        if_match(&headers)
    }

    #[test]
    fn entity_tags_are_read() {
        let of = |tags: &[&str]| {
            Ok(Some(IfMatch::OneOf(tags.iter().map(|tag| (*tag).to_owned()).collect())))
        };
        assert_eq!(matched(&[]), Ok(None));
        assert_eq!(matched(&["*"]), Ok(Some(IfMatch::Any)));
        assert_eq!(matched(&["\"1-2\""]), of(&["\"1-2\""]));
        assert_eq!(matched(&["\"a,b\" , W/\"c\"", "\"\""]), of(&["\"a,b\"", "W/\"c\"", "\"\""]));
        for bad in
            ["", ",", "*,", "\"a b\"", "1-2", "\"1", "\"1\" \"2\"", "w/\"1\"", "\"1\", x", "W/"]
        {
            assert!(matched(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_plain_idempotency_key() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static(value));
            }
            idempotency_key(&headers).map(|key| key.map(|key| key.expose().to_owned()))
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["\"8e03978e\""]), Ok(Some("\"8e03978e\"".to_owned())));
        assert!(of(&[""]).is_err());
        assert!(of(&["a", "a"]).is_err());
        assert!(of(&["a\tb"]).is_err());
    }
}
