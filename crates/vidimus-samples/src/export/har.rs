//! An HTTP archive (HAR 1.2): each call with the answer that was recorded for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Order;
use crate::{
    call::{Body, Call, PartContent},
    text::{Piece, Text},
};

/// When a call was made is not kept, and the format wants it said.
const SOME_TIME: &str = "1970-01-01T00:00:00.000Z";

pub fn har(order: &Order<'_>) -> Value {
    let values: BTreeMap<String, String> = order.variables().into_iter().collect();
    let entries: Vec<Value> =
        order.calls().iter().map(|(_, _, call)| entry(call, &values)).collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": {"name": "vidimus", "version": env!("CARGO_PKG_VERSION")},
            "entries": entries,
        }
    })
}

/// A value that is not known stays as its name in braces.
fn filled(text: &Text, values: &BTreeMap<String, String>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Variable { name, .. } => match values.get(name) {
            Some(value) if !value.is_empty() || name == "site" => value.clone(),
            _ => format!("{{{{{name}}}}}"),
        },
    };
    text.pieces.iter().map(piece).collect()
}

fn entry(call: &Call, values: &BTreeMap<String, String>) -> Value {
    let fill = |text: &Text| filled(text, values);
    let pair = |name: &str, value: String| json!({"name": name, "value": value});
    let mut headers: Vec<Value> =
        call.headers.iter().map(|(name, value)| pair(name, fill(value))).collect();
    if let Some(basic) = &call.basic {
        let said = format!("{}:{}", fill(&basic.username), fill(&basic.password));
        headers.push(pair("Authorization", format!("Basic <{said} in Base64>")));
    }
    let url = fill(&call.url);
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let query: Vec<Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| pair(&name, value.into_owned()))
        .collect();
    let mut request = json!({
        "method": call.method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": headers, "queryString": query, "headersSize": -1, "bodySize": -1,
    });
    if let Some(data) = post_data(call, values) {
        request["postData"] = data;
    }
    json!({
        "startedDateTime": SOME_TIME, "time": 0, "request": request, "response": response(call),
        "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0}, "comment": call.title,
    })
}

fn post_data(call: &Call, values: &BTreeMap<String, String>) -> Option<Value> {
    let stated = call.header("content-type").map(Text::raw).unwrap_or_default();
    let fill = |text: &Text| filled(text, values);
    match &call.body {
        Body::None | Body::File(_) => None,
        Body::Raw(text) => Some(json!({"mimeType": stated, "text": fill(text)})),
        Body::Form(fields) => {
            let field =
                |(name, value): &(Text, Text)| json!({"name": fill(name), "value": fill(value)});
            let params: Vec<Value> = fields.iter().map(field).collect();
            Some(json!({"mimeType": stated, "params": params}))
        }
        Body::Multipart(parts) => {
            let part = |part: &crate::call::Part| match &part.content {
                PartContent::Value(text) => json!({"name": fill(&part.name), "value": fill(text)}),
                PartContent::File(path) => {
                    json!({"name": fill(&part.name), "fileName": fill(path)})
                }
            };
            let params: Vec<Value> = parts.iter().map(part).collect();
            Some(json!({"mimeType": "multipart/form-data", "params": params}))
        }
    }
}

fn response(call: &Call) -> Value {
    let (status, body, is_json) = match &call.sample {
        Some(sample) => (sample.status, sample.body.as_str(), sample.shape.is_some()),
        None => (0, "", false),
    };
    let kind = if is_json { "application/json" } else { "text/plain" };
    json!({
        "status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
        "content": {"size": body.len(), "mimeType": kind, "text": body}, "redirectURL": "",
        "headersSize": -1, "bodySize": -1,
    })
}
