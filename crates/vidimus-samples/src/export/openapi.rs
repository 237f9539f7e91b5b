//! OpenAPI 3.1 of the protocol's endpoints. Calls that differ in their parameters alone are one operation
//! with an example for each.

use serde_json::{Map, Value, json};

use super::{Order, is_secret, schema};
use crate::{
    call::{Body, Call},
    text::{Encoding, Piece, Text},
};

pub fn openapi(order: &Order<'_>) -> Value {
    let mut paths = Map::new();
    for (dialect, item, call) in order.calls() {
        let path = template(&call.url);
        let operations = paths.entry(path.clone()).or_insert_with(|| json!({}));
        let method = call.method.to_ascii_lowercase();
        let id = format!("{dialect}-{}", item.id());
        let known = operations.get(&method).is_some();
        if !known {
            operations[&method] = json!({
                "operationId": id, "summary": call.name, "description": call.description, "tags": [],
                "parameters": path_parameters(&path), "responses": {},
            });
        }
        let operation = &mut operations[&method];
        once(&mut operation["tags"], json!(dialect));
        security(operation, &call);
        query(operation, &call.url);
        request_body(operation, &id, &call);
        response(operation, &id, &call);
    }
    let values = order.values();
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Vidimus", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": format!("{}{}", value("url"), value("site"))}],
        "paths": paths,
        "components": {"securitySchemes": {
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }},
    })
}

/// From the tenant's root on, variables in braces, without the query.
fn template(url: &Text) -> String {
    let mut path = String::new();
    for piece in &url.pieces {
        match piece {
            Piece::Variable { name, .. } if name == "url" || name == "site" => {}
            Piece::Variable { encoding: Encoding::Percent, .. } if path.contains('?') => {}
            Piece::Variable { name, .. } => path.push_str(&format!("{{{name}}}")),
            Piece::Literal(text) => path.push_str(text),
        }
    }
    path.split('?').next().unwrap_or_default().to_owned()
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    names.map(parameter).collect()
}

fn once(list: &mut Value, value: Value) {
    if let Some(list) = list.as_array_mut()
        && !list.contains(&value)
    {
        list.push(value);
    }
}

fn security(operation: &mut Value, call: &Call) {
    let bears = call.header("authorization").is_some_and(|it| it.raw().starts_with("Bearer "));
    let scheme = match call.basic {
        Some(_) => json!({"basic": []}),
        None if bears => json!({"bearer": []}),
        None => return,
    };
    if operation.get("security").is_none() {
        operation["security"] = json!([]);
    }
    once(&mut operation["security"], scheme);
}

fn query(operation: &mut Value, url: &Text) {
    let raw = url.raw();
    let pairs = raw.split_once('?').map(|(_, query)| query).unwrap_or_default().split('&');
    for (name, _) in pairs.filter_map(|pair| pair.split_once('=')) {
        let parameter = json!({"name": name, "in": "query", "schema": {"type": "string"}});
        once(&mut operation["parameters"], parameter);
    }
}

fn request_body(operation: &mut Value, id: &str, call: &Call) {
    let (kind, example) = match &call.body {
        Body::None | Body::File(_) => return,
        Body::Form(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.raw(), Value::from(value.raw())));
            ("application/x-www-form-urlencoded", Value::Object(fields.collect()))
        }
        Body::Multipart(parts) => {
            let value = |part: &crate::call::Part| match &part.content {
                crate::call::PartContent::Value(text) | crate::call::PartContent::File(text) => {
                    text.raw()
                }
            };
            let fields = parts.iter().map(|part| (part.name.raw(), Value::from(value(part))));
            ("multipart/form-data", Value::Object(fields.collect()))
        }
        Body::Raw(text) => match serde_json::from_str(&text.raw()) {
            Ok(value) => ("application/json", value),
            Err(_) => ("text/plain", Value::from(text.raw())),
        },
    };
    if operation.get("requestBody").is_none() {
        operation["requestBody"] = json!({"required": true, "content": {}});
    }
    let content = &mut operation["requestBody"]["content"];
    if content.get(kind).is_none() {
        content[kind] = json!({"schema": {"oneOf": []}, "examples": {}});
    }
    content[kind]["examples"][id] = json!({"summary": call.name, "value": example});
    once(&mut content[kind]["schema"]["oneOf"], request_schema(id, &example));
}

/// Every member is needed, and a fixed one is what it is.
fn request_schema(id: &str, example: &Value) -> Value {
    let Value::Object(members) = example else { return schema::of(example) };
    let property = |(name, value): (&String, &Value)| {
        let mut property = schema::of(value);
        match value.as_str() {
            Some(_) if is_secret(name) => property["format"] = json!("password"),
            Some(text) if name == "grant_type" && !text.contains("{{") => {
                property["const"] = json!(text)
            }
            _ => {}
        }
        (name.clone(), property)
    };
    let properties: Map<String, Value> = members.iter().map(property).collect();
    let required: Vec<&String> = members.keys().collect();
    json!({"title": id, "type": "object", "properties": properties, "required": required})
}

fn response(operation: &mut Value, id: &str, call: &Call) {
    let Some(sample) = &call.sample else {
        if operation["responses"].as_object().is_some_and(Map::is_empty) {
            operation["responses"]["default"] = json!({"description": call.description});
        }
        return;
    };
    let status = sample.status.to_string();
    if operation["responses"].get(&status).is_none() {
        operation["responses"][&status] = json!({"description": call.description});
    }
    let Ok(example) = serde_json::from_str::<Value>(&sample.body) else { return };
    let response = &mut operation["responses"][&status];
    if response.get("content").is_none() {
        response["content"] =
            json!({"application/json": {"schema": schema::of(&example), "examples": {}}});
    }
    response["content"]["application/json"]["examples"][id] =
        json!({"summary": sample.name, "value": example});
}
