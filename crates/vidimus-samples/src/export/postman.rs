//! A whole Postman collection, and the environment that it is used with.

use serde_json::{Map, Value, json};

use super::{Order, is_secret};
use crate::catalogue::{self, DIALECTS};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const NAME: &str = "Vidimus";

/// Of one dialect as it is in the catalogue, or all of them as folders.
pub fn collection(order: &Order<'_>) -> Value {
    let variables: Vec<Value> = order
        .variables()
        .into_iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    if let Some(mut one) = order.dialect.and_then(parsed) {
        one.insert("variable".to_owned(), Value::Array(variables));
        return Value::Object(one);
    }
    let folder = |dialect: &&str| {
        let own = parsed(dialect)?;
        let info = own.get("info")?;
        Some(json!({"name": dialect, "description": info.get("name"), "item": own.get("item")}))
    };
    let folders: Vec<Value> = DIALECTS.iter().filter_map(folder).collect();
    json!({
        "info": {"name": NAME, "schema": SCHEMA},
        "item": folders,
        "variable": variables,
    })
}

fn parsed(dialect: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(catalogue::text(dialect)?).ok()
}

pub fn environment(order: &Order<'_>) -> Value {
    let value = |(key, value): (String, String)| {
        let kind = if is_secret(&key) { "secret" } else { "default" };
        json!({"key": key, "value": value, "type": kind, "enabled": true})
    };
    let values: Vec<Value> = order.variables().into_iter().map(value).collect();
    json!({
        "name": format!("{NAME}: {}", order.place.tenant),
        "values": values,
        "_postman_variable_scope": "environment",
    })
}
