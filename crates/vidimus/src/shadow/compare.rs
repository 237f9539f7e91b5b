//! Two answers to the same question, member by member. What no two servers can have in common is compared
//! by being there and by its type; moments within a few seconds; lists and scopes in any order.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use axum::http::header;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    outbound::pass_on::Answered,
    shadow::{form, told},
};

/// Of one pair of answers.
const DIFFERENCES_MAX: usize = 64;
const DEPTH_MAX: usize = 6;
/// Later than any second of this millennium: it counts milliseconds.
const MILLISECONDS: f64 = 1e11;

/// Each server's own.
const OWN: [&str; 16] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "registration_access_token",
    "code",
    "device_code",
    "user_code",
    "jti",
    "sid",
    "nonce",
    "at_hash",
    "signature",
    "requestId",
    "request_id",
    "traceId",
];
const MOMENTS: [&str; 10] = [
    "iat",
    "exp",
    "nbf",
    "auth_time",
    "expires_in",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "issued_at",
    "client_id_issued_at",
    "expires_at",
];
const WORDS: [&str; 3] = ["scope", "scp", "error_scope"];
/// Where the server's own address stands.
const SERVER: &str = "{server}";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The old server has it, ours has not.
    Missing,
    /// Ours has it, the old server has not.
    Extra,
    /// A text on one side, a number on the other.
    Type,
    Differs,
}

#[derive(Debug, PartialEq)]
pub struct Difference {
    pub field: String,
    pub kind: Kind,
    pub old: Value,
    pub new: Value,
}

pub struct Rules {
    pub skew_seconds: f64,
    pub ignored: HashSet<String>,
    /// The old server's address and ours.
    pub addresses: [String; 2],
}

struct Comparing<'a> {
    rules: &'a Rules,
    found: Vec<Difference>,
}

pub fn compare(old: &Answered, new: &Answered, rules: &Rules) -> Vec<Difference> {
    let mut comparing = Comparing { rules, found: Vec::new() };
    comparing.leaf("status", &json!(old.status.as_u16()), &json!(new.status.as_u16()));
    let types = [old, new].map(|answer| form::media_type(&answer.headers));
    let [old_type, new_type] = &types;
    if !(old.body.is_empty() && new.body.is_empty()) {
        comparing.leaf("content-type", &json!(old_type), &json!(new_type));
    }
    comparing.header("www-authenticate", [old, new].map(challenge));
    match [old, new].map(members) {
        [Some(old), Some(new)] => comparing.walk("", &old, &new, 0),
        _ if is_opaque(old) && is_opaque(new) => {}
        _ => {
            let [old, new] = [old, new].map(|answer| String::from_utf8_lossy(&answer.body));
            comparing.leaf("body", &json!(old.trim()), &json!(new.trim()));
        }
    }
    comparing.found
}

/// The scheme of a challenge, and its error.
fn challenge(answer: &Answered) -> Option<String> {
    let value = answer.headers.get(header::WWW_AUTHENTICATE)?.to_str().ok()?;
    let scheme = value.split(' ').next().unwrap_or_default();
    let error = value.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
    Some(error.map_or_else(|| scheme.to_owned(), |error| format!("{scheme} error={error}")))
}

/// Of JSON, a form, or a JWT (RFC 9701), whose signature is each server's own.
fn members(answer: &Answered) -> Option<Value> {
    let media_type = form::media_type(&answer.headers);
    let text = std::str::from_utf8(&answer.body).ok()?;
    if media_type == "application/x-www-form-urlencoded" {
        let pairs = form::parse(text).into_iter().map(|(name, value)| (name, json!(*value)));
        return Some(Value::Object(pairs.collect()));
    }
    if media_type.ends_with("jwt") {
        let claims = URL_SAFE_NO_PAD.decode(text.trim().split('.').nth(1)?).ok()?;
        return serde_json::from_slice(&claims).ok();
    }
    serde_json::from_str(text).ok()
}

/// Nobody here reads its members, and it holds tokens.
fn is_opaque(answer: &Answered) -> bool {
    form::media_type(&answer.headers).ends_with("xml")
}

impl Comparing<'_> {
    fn add(&mut self, field: &str, kind: Kind, old: &Value, new: &Value) {
        let last = field.rsplit('.').next().unwrap_or_default();
        let ignored = &self.rules.ignored;
        if !ignored.contains(field) && !ignored.contains(last) && self.found.len() < DIFFERENCES_MAX
        {
            let field = told::name(field);
            self.found.push(Difference { field, kind, old: old.clone(), new: new.clone() });
        }
    }

    fn header(&mut self, name: &str, [old, new]: [Option<String>; 2]) {
        match (old, new) {
            (Some(old), Some(new)) => self.leaf(name, &json!(old), &json!(new)),
            (Some(old), None) => self.add(name, Kind::Missing, &json!(old), &Value::Null),
            (None, Some(new)) => self.add(name, Kind::Extra, &Value::Null, &json!(new)),
            (None, None) => {}
        }
    }

    fn walk(&mut self, path: &str, old: &Value, new: &Value, depth: usize) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) if depth < DEPTH_MAX => {
                self.objects(path, old, new, depth);
            }
            // An answer that is no object has no members to be named.
            _ if path.is_empty() => self.leaf("body", old, new),
            _ => self.leaf(path, old, new),
        }
    }

    fn objects(
        &mut self,
        path: &str,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        depth: usize,
    ) {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match (old.get(name), new.get(name)) {
                (Some(old), Some(new)) => self.walk(&field, old, new, depth + 1),
                (Some(old), None) => self.add(&field, Kind::Missing, old, &Value::Null),
                (None, Some(new)) => self.add(&field, Kind::Extra, &Value::Null, new),
                (None, None) => {}
            }
        }
    }

    fn leaf(&mut self, field: &str, old: &Value, new: &Value) {
        let last = field.rsplit('.').next().unwrap_or_default();
        if std::mem::discriminant(old) != std::mem::discriminant(new) {
            return self.add(field, Kind::Type, old, new);
        }
        let is_same = if OWN.contains(&last) {
            true
        } else if MOMENTS.contains(&last) {
            match (moment(old), moment(new)) {
                (Some(old), Some(new)) => (old - new).abs() <= self.rules.skew_seconds,
                _ => old == new,
            }
        } else if WORDS.contains(&last) {
            words(old) == words(new)
        } else {
            let [of_old, of_new] = &self.rules.addresses;
            plain(old, of_old) == plain(new, of_new)
        };
        if !is_same {
            self.add(field, Kind::Differs, old, new);
        }
    }
}

/// Seconds, also of a text, also of milliseconds.
fn moment(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Some(if number > MILLISECONDS { number / 1000.0 } else { number })
}

fn words(value: &Value) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    let texts: Vec<String> = match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(items) => items.iter().map(Value::to_string).collect(),
        other => vec![other.to_string()],
    };
    texts.into_iter().for_each(|word| *counted.entry(word).or_default() += 1);
    counted
}

/// Without the server's own address, and lists in one order.
fn plain(value: &Value, address: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(address, SERVER)),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| plain(item, address)).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), plain(value, address))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn rules() -> Rules {
        Rules {
            skew_seconds: 5.0,
            ignored: HashSet::from(["error_uri".to_owned()]),
            addresses: ["https://old.example", "http://127.0.0.1:8080"].map(str::to_owned),
        }
    }

    fn answer(status: u16, media_type: &'static str, body: &str) -> Answered {
        let kind = HeaderValue::from_static(media_type);
        Answered {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
            body: body.to_owned().into(),
        }
    }

    fn json_answer(value: Value) -> Answered {
        answer(200, "application/json", &value.to_string())
    }

    fn fields(old: Value, new: Value) -> Vec<(String, Kind)> {
        let found = compare(&json_answer(old), &json_answer(new), &rules());
        found.into_iter().map(|difference| (difference.field, difference.kind)).collect()
    }

    #[test]
    fn what_must_differ_does_not_count() {
        let old = json!({"active": true, "scope": "b a", "exp": 1000, "iat": 10, "jti": "x",
            "iss": "https://old.example/t/a", "aud": ["x", "y"], "error_uri": "a",
            "access_token": "old", "issued_at": "1800000000123"});
        let new = json!({"iss": "http://127.0.0.1:8080/t/a", "jti": "y", "iat": 12, "exp": 1005,
            "scope": "a b", "active": true, "aud": ["y", "x"], "access_token": "new",
            "issued_at": "1800000002000"});
        assert_eq!(fields(old, new), []);
    }

    #[test]
    fn every_difference_has_its_field_and_kind() {
        let old = json!({"active": true, "scope": "a b", "exp": 1000, "username": "a",
            "ext": {"tenant": "x"}, "issued_at": "5"});
        let new = json!({"active": true, "scope": "a", "exp": 1006, "sub": "a",
            "ext": {"tenant": "y"}, "issued_at": 5});
        let expected = [
            ("exp", Kind::Differs),
            ("ext.tenant", Kind::Differs),
            ("issued_at", Kind::Type),
            ("scope", Kind::Differs),
            ("sub", Kind::Extra),
            ("username", Kind::Missing),
        ];
        assert_eq!(fields(old, new), expected.map(|(field, kind)| (field.to_owned(), kind)));
    }

    #[test]
    fn statuses_types_and_challenges_count() {
        let mut old = answer(401, "application/json", r#"{"error":"invalid_client"}"#);
        let basic = HeaderValue::from_static("Basic realm=\"old\"");
        old.headers.insert(header::WWW_AUTHENTICATE, basic);
        let new = answer(400, "text/plain", r#"{"error":"invalid_client"}"#);
        let found = compare(&old, &new, &rules());
        let found: Vec<&str> = found.iter().map(|found| found.field.as_str()).collect();
        assert_eq!(found, ["status", "content-type", "www-authenticate"]);
        let bearer = |text: &'static str| {
            let mut answer = answer(401, "application/json", "{}");
            answer.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(text));
            challenge(&answer)
        };
        let same = Some("Bearer error=invalid_token".to_owned());
        assert_eq!(bearer(r#"Bearer realm="x", error="invalid_token""#), same);
    }

    #[test]
    fn other_bodies_are_compared_too() {
        let rules = rules();
        let pair = |media_type, old: &str, new: &str| {
            compare(&answer(200, media_type, old), &answer(200, media_type, new), &rules).len()
        };
        assert_eq!(pair(FORM, "access_token=a&scope=x", "scope=x&access_token=b"), 0);
        assert_eq!(pair(FORM, "error=a", "error=b"), 1);
        assert_eq!(pair("text/plain", "Bad_OAuth_Token\n", "Bad_OAuth_Token"), 0);
        assert_eq!(pair("text/plain", "a", "b"), 1);
        assert_eq!(pair("application/json", "[1]", "[2]"), 1);
        assert_eq!(pair("application/xml", "<a>1</a>", "<a>2</a>"), 0);
        let jwt = |claims: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        let (old, new) = (jwt(r#"{"iat":1,"aud":"a"}"#), jwt(r#"{"iat":2,"aud":"b"}"#));
        assert_eq!(pair("application/token-introspection+jwt", &old, &new), 1);
        let empty = |media_type| answer(200, media_type, "");
        assert_eq!(compare(&empty("text/plain"), &empty("application/json"), &rules), []);
    }
}
