//! Parameters and members of a request and a reply without their secrets.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use hyper::{HeaderMap, body::Bytes, header};
use serde_json::{Map, Value};
use vidimus_core::limits::BODY_BYTES_MAX;

use super::{
    headers::without_user,
    redacted::{Pair, Redacted, name},
};
use crate::request::media_type;

/// Parameters and members whose values are no secrets; of any other the log has its length.
const SHOWN: [&str; 65] = [
    "acr_values",
    "active",
    "actor_token_type",
    "application_type",
    "aud",
    "audience",
    "authorization_endpoint",
    "callback",
    "claims_supported",
    "client_assertion_type",
    "client_id",
    "client_name",
    "code_challenge_method",
    "contacts",
    "default_max_age",
    "display",
    "dpop_bound_access_tokens",
    "end_session_endpoint",
    "error",
    "error_description",
    "error_uri",
    "exp",
    "expires_in",
    "format",
    "grant_type",
    "grant_types",
    "grant_types_supported",
    "hint",
    "iat",
    "id_token_signed_response_alg",
    "instance_url",
    "interval",
    "introspection_endpoint",
    "iss",
    "issued_token_type",
    "issuer",
    "jwks_uri",
    "logo_uri",
    "max_age",
    "message",
    "moduleCode",
    "nbf",
    "pointer",
    "post_logout_redirect_uris",
    "prompt",
    "redirect_uris",
    "registration_client_uri",
    "request_uri_parameter_supported",
    "requestId",
    "requested_token_type",
    "resource",
    "response_mode",
    "response_type",
    "response_types",
    "scope",
    "scopes_supported",
    "software_id",
    "statusCode",
    "subject_token_type",
    "subject_type",
    "token_endpoint",
    "token_endpoint_auth_method",
    "token_type",
    "token_type_hint",
    "verification_uri",
];

/// Members that one reply or request may have in the log.
const MEMBERS_MAX: usize = 64;

/// What was sent in the query and in the body.
pub fn parameters(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Vec<Pair> {
    let mut pairs = query.map(|query| form(query.as_bytes())).unwrap_or_default();
    let media_type = media_type(headers).unwrap_or_default();
    match media_type.as_str() {
        _ if body.is_empty() => {}
        "application/x-www-form-urlencoded" => pairs.append(&mut form(body)),
        "application/json" => pairs.append(&mut members(body)),
        _ => pairs.push(Pair::new("body", Redacted::hidden("body", body.len()))),
    }
    pairs.truncate(MEMBERS_MAX);
    pairs
}

/// The members of a reply that is JSON; of another, its length.
pub fn reply(headers: &HeaderMap, body: &Bytes) -> Vec<Pair> {
    if body.is_empty() {
        return Vec::new();
    }
    let whole = || vec![Pair::new("body", Redacted::hidden("body", body.len()))];
    if !media_type(headers).unwrap_or_default().ends_with("json") {
        return whole();
    }
    if headers.get(header::CONTENT_ENCODING).is_none() {
        return members(body);
    }
    let mut plain = Vec::new();
    let room = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
    match GzDecoder::new(body.as_ref()).take(room).read_to_end(&mut plain) {
        Ok(_) => members(&plain),
        Err(_) => whole(),
    }
}

/// Forgiving where the server is not: what it refused is what somebody wants to see.
fn form(text: &[u8]) -> Vec<Pair> {
    let parts = text.split(|&c| c == b'&').filter(|part| !part.is_empty()).take(MEMBERS_MAX);
    parts
        .map(|part| {
            let at = part.iter().position(|&c| c == b'=').unwrap_or(part.len());
            let (key, value) = part.split_at(at);
            let (key, value) = (decoded(key), decoded(value.get(1..).unwrap_or_default()));
            let is_alone = matches!(&*value, "" | "=") && !(at < part.len() && is_word(&key));
            // Few names have digits, and most secrets have.
            let is_odd = !SHOWN.contains(&&*key) && key.bytes().any(|c| c.is_ascii_digit());
            if is_alone || is_odd {
                return Pair::new(
                    &format!("<name: {} bytes>", key.len()),
                    Redacted::hidden("value", value.len()),
                );
            }
            parameter(&key, &value)
        })
        .collect()
}

/// Where nothing follows, it may be a token by itself, or what stood behind a `&` in a password.
fn is_word(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
}

fn parameter(key: &str, value: &str) -> Pair {
    let key = name(key);
    let value = match key.as_str() {
        // An address of the client's, which may have something of its own behind it.
        "redirect_uri" | "post_logout_redirect_uri" => {
            let end = value.find(['?', '#']).unwrap_or(value.len());
            Redacted::shown(&key, &without_user(value.get(..end).unwrap_or_default()))
        }
        shown if SHOWN.contains(&shown) || shown.ends_with("ErrorCode") => {
            Redacted::shown(&key, value)
        }
        _ => Redacted::hidden(&key, value.len()),
    };
    Pair { name: key, value }
}

fn members(body: &[u8]) -> Vec<Pair> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(map)) => of_map(&map),
        Ok(Value::Array(items)) => match items.first() {
            Some(Value::Object(map)) => of_map(map),
            _ => vec![Pair::new("body", Redacted::hidden("array", body.len()))],
        },
        _ => vec![Pair::new("body", Redacted::hidden("body", body.len()))],
    }
}

fn of_map(map: &Map<String, Value>) -> Vec<Pair> {
    let first = map.iter().take(MEMBERS_MAX);
    first.map(|(key, value)| Pair { value: member(key, value), name: name(key) }).collect()
}

fn member(key: &str, value: &Value) -> Redacted {
    match value {
        Value::Null | Value::Bool(_) => Redacted::Shown(value.to_string()),
        // A password of digits is no text to everybody who sends one.
        Value::Number(_) => parameter(key, &value.to_string()).value,
        Value::String(text) => parameter(key, text).value,
        Value::Array(_) if SHOWN.contains(&key) => Redacted::shown(key, &value.to_string()),
        Value::Array(_) | Value::Object(_) => Redacted::hidden(&name(key), value.to_string().len()),
    }
}

/// The two halves of Basic, decoded as clients write them (RFC 6749 §2.3.1).
pub fn basic(credentials: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id.as_bytes()), secret.to_owned()))
}

fn decoded(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b'%'),
            },
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn of_type(media_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))])
    }

    fn told(pairs: &[Pair]) -> Vec<String> {
        pairs.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect()
    }

    #[test]
    fn secrets_of_a_form_are_left_out() {
        let form = of_type("application/x-www-form-urlencoded");
        let body = b"grant_type=password&username=a%40b&password=s3cret&scope=a+b&client_id=x\
                     &client_secret=s3cret&client_secret=again&%zz=1&vat_0123456789abcdef\
                     &redirect_uri=https://a.example/cb?session=s3cret";
        let pairs = told(&parameters(Some("token=s3cret&scope=q"), &form, body));
        assert_eq!(
            pairs,
            [
                "token=<token: 6 bytes>",
                "scope=q",
                "grant_type=password",
                "username=<username: 3 bytes>",
                "password=<password: 6 bytes>",
                "scope=a b",
                "client_id=x",
                "client_secret=<client_secret: 6 bytes>",
                "client_secret=<client_secret: 5 bytes>",
                "<name: 3 bytes>=<<name: 3 bytes>: 1 bytes>",
                "<name: 20 bytes>=<value: 0 bytes>",
                "redirect_uri=https://a.example/cb",
            ]
        );
    }

    #[test]
    fn sec_265_a_value_without_a_name_is_not_taken_for_one() {
        let form = of_type("application/x-www-form-urlencoded");
        for body in [
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "c2VjcmV0dG9rZW4=",
            "c2VjcmV0dG9rZW4==",
            "password=p4ss&c2VjcmV0dG9rZW4",
            "password=p4ss&secretword",
            "password=a&p4ss=b",
        ] {
            let pairs = told(&parameters(None, &form, body.as_bytes())).join(" ");
            let of_it = ["5f4dcc", "c2Vjcm", "secretword", "p4ss"];
            assert!(of_it.iter().all(|secret| !pairs.contains(secret)), "{pairs}");
        }
        let pairs = told(&parameters(None, &form, b"token=&client_secret="));
        assert_eq!(pairs, ["token=<token: 0 bytes>", "client_secret=<client_secret: 0 bytes>"]);
    }

    #[test]
    fn secrets_of_json_are_left_out() {
        let body = r#"{"client_name":"App","redirect_uris":["https://a.example/cb"],
            "software_statement":"s3cret","jwks":{"keys":[]},"n":1,"scope":["vat_0123456789abc"]}"#;
        let pairs = told(&parameters(None, &of_type("application/json"), body.as_bytes()));
        assert!(!pairs.join(" ").contains("s3cret"), "{pairs:?}");
        assert!(!pairs.join(" ").contains("vat_"), "{pairs:?}");
        assert!(
            pairs.contains(&"redirect_uris=[\"https://a.example/cb\"]".to_owned()),
            "{pairs:?}"
        );
        assert!(pairs.contains(&"n=<n: 1 bytes>".to_owned()));
        let body = br#"{"username":"a","password":12345678,"expires_in":60}"#;
        let pairs = told(&parameters(None, &of_type("application/json"), body));
        assert!(pairs.contains(&"password=<password: 8 bytes>".to_owned()), "{pairs:?}");
        assert!(pairs.contains(&"expires_in=60".to_owned()), "{pairs:?}");
        let text = parameters(None, &of_type("text/plain"), b"s3cret");
        assert_eq!(told(&text), ["body=<body: 6 bytes>"]);
    }

    #[test]
    fn secrets_of_a_reply_are_left_out() {
        let body = Bytes::from(r#"{"access_token":"s3cret","expires_in":3600,"scope":"a"}"#);
        let pairs = told(&reply(&of_type("application/json"), &body));
        assert_eq!(pairs, ["access_token=<access_token: 6 bytes>", "expires_in=3600", "scope=a"]);
        let page = Bytes::from("<html>s3cret");
        assert_eq!(told(&reply(&of_type("text/html"), &page)), ["body=<body: 12 bytes>"]);
    }
}
