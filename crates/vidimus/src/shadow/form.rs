//! The parameters of a request, in its query and its body; one value may be replaced, and every other byte
//! stays as it came.

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// What the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Empty,
    Form,
    Json,
    Other,
}

pub struct Parameters {
    pub kind: Kind,
    /// The body's before the query's: the body wins.
    pairs: Vec<(String, Zeroizing<String>)>,
}

impl Parameters {
    pub fn of(target: &str, headers: &HeaderMap, body: &Bytes) -> Self {
        let kind = kind(headers, body);
        let mut pairs = match kind {
            Kind::Form => std::str::from_utf8(body).map(parse).unwrap_or_default(),
            Kind::Json => members(body),
            Kind::Empty | Kind::Other => Vec::new(),
        };
        let query = target.split_once('?').map_or("", |(_, query)| query);
        pairs.extend(parse(query));
        Self { kind, pairs }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn kind(headers: &HeaderMap, body: &Bytes) -> Kind {
    if body.is_empty() {
        return Kind::Empty;
    }
    match media_type(headers).as_str() {
        "application/x-www-form-urlencoded" => Kind::Form,
        "application/json" => Kind::Json,
        _ => Kind::Other,
    }
}

/// Without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

pub fn parse(text: &str) -> Vec<(String, Zeroizing<String>)> {
    let pairs = form_urlencoded::parse(text.as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect()
}

fn members(body: &[u8]) -> Vec<(String, Zeroizing<String>)> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return Vec::new() };
    let texts = members.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, Zeroizing::new(text))),
        _ => None,
    });
    texts.collect()
}

/// The same text with another value for each parameter of this name.
pub fn replace(text: &str, name: &str, value: &str) -> String {
    let replaced = text.split('&').map(|pair| {
        let (key, _) = pair.split_once('=').unwrap_or((pair, ""));
        let mut known = form_urlencoded::parse(key.as_bytes());
        if known.next().is_some_and(|(known, _)| known == name) {
            let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{key}={encoded}")
        } else {
            pair.to_owned()
        }
    });
    replaced.collect::<Vec<_>>().join("&")
}

pub fn replace_member(body: &Bytes, name: &str, value: &str) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return body.clone() };
    if let Some(member) = members.get_mut(name) {
        *member = Value::String(value.to_owned());
    }
    Value::Object(members).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of_type(media_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))])
    }

    #[test]
    fn parameters_are_found_wherever_they_may_stand() {
        let form = of_type("application/x-www-form-urlencoded; charset=UTF-8");
        let read = Parameters::of("/x?token=q&a=1", &form, &Bytes::from("token=b%21&scope=a b"));
        assert_eq!((read.get("token"), read.get("a")), (Some("b!"), Some("1")));
        assert_eq!(read.get("scope"), Some("a b"));
        let json = Parameters::of("/x", &of_type("application/json"), &Bytes::from(r#"{"t":"v"}"#));
        assert_eq!((json.get("t"), json.kind), (Some("v"), Kind::Json));
        let other = Parameters::of("/x", &of_type("multipart/form-data"), &Bytes::from("t=v"));
        assert_eq!((other.get("t"), other.kind), (None, Kind::Other));
    }

    #[test]
    fn one_value_is_replaced_and_the_rest_stays() {
        let text = "scope=test1 test2&token=00D%21x&a&b=%7e&token=again";
        let expected = "scope=test1 test2&token=vat_%2B&a&b=%7e&token=vat_%2B";
        assert_eq!(replace(text, "token", "vat_+"), expected);
        assert_eq!(replace("a=b", "token", "x"), "a=b");
        let body = Bytes::from(r#"{"a":1,"token":"x"}"#);
        assert_eq!(replace_member(&body, "token", "y"), r#"{"a":1,"token":"y"}"#);
    }
}
