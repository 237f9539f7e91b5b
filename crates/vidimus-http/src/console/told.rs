//! Members of what an operation told, for pages: of one that is not there, nothing.

use serde_json::Value;

pub fn text(told: &Value, member: &str) -> String {
    told.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub fn number(told: &Value, member: &str) -> i64 {
    told.get(member).and_then(Value::as_i64).unwrap_or_default()
}

pub fn is(told: &Value, member: &str) -> bool {
    told.get(member).and_then(Value::as_bool) == Some(true)
}

pub fn all<'a>(told: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    told.get(member).and_then(Value::as_array).into_iter().flatten()
}
