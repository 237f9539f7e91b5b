//! What a report may say of a value: nothing that could be a secret or a person's; a keyed mark instead, by
//! which equal values are known.

use serde_json::Value;
use vidimus_http::request_log::Redacted;

use crate::shadow::pairs::Pairs;

/// Members whose text is no secret in any answer of the protocol.
const SHOWN: [&str; 22] = [
    "active",
    "status",
    "content-type",
    "www-authenticate",
    "token_type",
    "issued_token_type",
    "scope",
    "error",
    "error_description",
    "error_uri",
    "client_id",
    "aud",
    "iss",
    "issuer",
    "message",
    "response_types_supported",
    "grant_types_supported",
    "scopes_supported",
    "subject_types_supported",
    "claims_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
];
/// Of addresses, and of numbers that products give their errors.
const ENDINGS: [&str; 3] = ["_endpoint", "errorCode", "ErrorCode"];
const NAME_BYTES_MAX: usize = 64;
/// A shorter text says nothing when it is found in another.
const SECRET_BYTES_MIN: usize = 4;

/// What one exchange is told with.
pub struct Teller<'a> {
    pub pairs: &'a Pairs,
    /// Texts of the request and of both answers that must not be repeated.
    pub secrets: Vec<&'a str>,
}

impl Teller<'_> {
    pub fn value(&self, field: &str, value: &Value) -> String {
        let last = field.rsplit('.').next().unwrap_or_default();
        let is_shown = SHOWN.contains(&last) || ENDINGS.iter().any(|end| last.ends_with(end));
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::String(text) if is_shown => self.text(last, text),
            Value::Array(_) if is_shown => self.text(last, &value.to_string()),
            Value::String(text) => self.hidden("text", text),
            Value::Array(_) => self.hidden("array", &value.to_string()),
            Value::Object(_) => self.hidden("object", &value.to_string()),
        }
    }

    fn text(&self, field: &str, text: &str) -> String {
        let repeats = |secret: &&str| secret.len() >= SECRET_BYTES_MIN && text.contains(secret);
        if self.secrets.iter().any(repeats) {
            return self.hidden("text", text);
        }
        match Redacted::shown(field, text) {
            Redacted::Shown(shown) => shown,
            _ => self.hidden("text", text),
        }
    }

    fn hidden(&self, kind: &str, text: &str) -> String {
        format!("<{kind}: {} bytes, {}>", text.len(), self.pairs.mark(text))
    }
}

/// A member's name; one that is no name was a value in the wrong place.
pub fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    let is_name = text.len() <= NAME_BYTES_MAX && text.chars().all(plain) && !text.is_empty();
    match Redacted::shown("name", text) {
        Redacted::Shown(shown) if is_name => shown,
        _ => "<no name>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_no_secret_is_told() {
        let pairs = Pairs::new().unwrap();
        let teller = Teller { pairs: &pairs, secrets: vec!["s3cret-token", "ab"] };
        assert_eq!(teller.value("scope", &json!("a ab")), "a ab");
        assert_eq!(teller.value("exp", &json!(7)), "7");
        assert_eq!(teller.value("active", &json!(false)), "false");
        for (field, value) in [
            ("error_description", json!("Token s3cret-token is unknown")),
            ("error_description", json!("vat_0123456789abcdef is unknown")),
            ("access_token", json!("x")),
            ("username", json!("alice@example.com")),
            ("ext", json!({"a": "alice"})),
            ("roles", json!(["alice"])),
        ] {
            let told = teller.value(field, &value);
            assert!(told.starts_with('<') && told.contains('#'), "{told}");
            assert!(!told.contains("alice") && !told.contains("s3cret"), "{told}");
        }
        assert_eq!(name("ext.user_name"), "ext.user_name");
        for text in ["", "a b", "vat_0123456789abcdef", &"x".repeat(65)] {
            assert_eq!(name(text), "<no name>", "{text}");
        }
    }
}
