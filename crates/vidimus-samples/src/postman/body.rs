//! A request's body, of each mode, and the content type that goes with it.

use serde_json::{Value, json};

use super::document::string;
use crate::{
    call::{Body, Part, PartContent},
    text::{self, Encoding, Text},
};

pub struct Content {
    pub body: Body,
    /// Where no header says one.
    pub content_type: Option<&'static str>,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// `stated` is what a header says of the content's type.
pub fn body(body: Option<&Value>, stated: &str) -> Content {
    let none = Content { body: Body::None, content_type: None };
    let Some(block) = body.filter(|block| block["disabled"] != true) else { return none };
    match block["mode"].as_str().unwrap_or_default() {
        "urlencoded" => {
            Content { body: Body::Form(fields(&block["urlencoded"])), content_type: Some(FORM) }
        }
        "formdata" => {
            Content { body: Body::Multipart(parts(&block["formdata"])), content_type: None }
        }
        "graphql" => {
            let graphql = &block["graphql"];
            let given = string(graphql.get("variables"));
            let variables = serde_json::from_str(&given).unwrap_or_else(|_| json!({}));
            let whole = json!({"query": string(graphql.get("query")), "variables": variables});
            Content {
                body: Body::Raw(text::of_json(&whole.to_string())),
                content_type: Some("application/json"),
            }
        }
        "file" => {
            let source = block["file"].get("src").or_else(|| block.get("file"));
            let path = source.filter(|path| path.is_string());
            let path = path
                .map_or_else(|| Text::of_variable("file"), |path| Text::parse(&string(Some(path))));
            Content { body: Body::File(path), content_type: Some("application/octet-stream") }
        }
        _ => raw(&string(block.get("raw")), &block["options"]["raw"]["language"], stated),
    }
}

fn raw(raw: &str, language: &Value, stated: &str) -> Content {
    if raw.is_empty() {
        return Content { body: Body::None, content_type: None };
    }
    let content_type = match language.as_str() {
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("html") => "text/html",
        Some("javascript") => "application/javascript",
        Some(_) => "text/plain",
        None if raw.trim_start().starts_with(['{', '[']) => "application/json",
        None => "text/plain",
    };
    let type_sent = if stated.is_empty() { content_type } else { stated };
    let text = match type_sent {
        _ if type_sent.contains("json") => text::of_json(raw),
        _ if type_sent.starts_with(FORM) => Text::parse_as(raw, Encoding::Percent),
        _ => Text::parse(raw),
    };
    Content { body: Body::Raw(text), content_type: Some(content_type) }
}

fn enabled(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten().filter(|entry| entry["disabled"] != true)
}

fn fields(list: &Value) -> Vec<(Text, Text)> {
    match list {
        // Format 2.0 allows the form's own text.
        Value::String(form) => url::form_urlencoded::parse(form.as_bytes())
            .map(|(name, value)| (Text::parse(&name), Text::parse(&value)))
            .collect(),
        list => enabled(list)
            .map(|entry| {
                [entry.get("key"), entry.get("value")].map(|text| Text::parse(&string(text)))
            })
            .map(|[name, value]| (name, value))
            .collect(),
    }
}

fn parts(list: &Value) -> Vec<Part> {
    let part = |entry: &Value| {
        let name = string(entry.get("key"));
        let content_type = entry["contentType"].as_str().filter(|of| !of.is_empty());
        let content = if entry["type"] == "file" {
            let source = match &entry["src"] {
                Value::Array(files) => string(files.first()),
                source => string(Some(source)),
            };
            // Collections do not keep where a file was on another machine.
            let path =
                if source.is_empty() { Text::of_variable(&name) } else { Text::parse(&source) };
            PartContent::File(path)
        } else {
            PartContent::Value(Text::parse(&string(entry.get("value"))))
        };
        Part { name: Text::parse(&name), content, content_type: content_type.map(str::to_owned) }
    };
    enabled(list).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_is_read() {
        let form = json!({"mode": "urlencoded", "urlencoded": [
            {"key": "a", "value": "{{b}}"}, {"key": "c", "value": "d", "disabled": true}]});
        let content = body(Some(&form), "");
        assert_eq!(content.body, Body::Form(vec![(Text::parse("a"), Text::parse("{{b}}"))]));
        let old = json!({"mode": "urlencoded", "urlencoded": "a=b+c&d"});
        let pair = |name: &str, value: &str| (Text::parse(name), Text::parse(value));
        assert_eq!(body(Some(&old), "").body, Body::Form(vec![pair("a", "b c"), pair("d", "")]));
        let graphql = json!({"mode": "graphql", "graphql": {"query": "{a}", "variables": "{\"n\": \"{{b}}\"}"}});
        let content = body(Some(&graphql), "");
        assert_eq!(content.content_type, Some("application/json"));
        let Body::Raw(text) = content.body else { panic!("raw") };
        assert_eq!(text.raw(), r#"{"query":"{a}","variables":{"n":"{{b}}"}}"#);
        let file = json!({"mode": "file", "file": {"src": "/a"}});
        assert_eq!(body(Some(&file), "").body, Body::File(Text::parse("/a")));
        let off = json!({"mode": "raw", "raw": "x", "disabled": true});
        assert_eq!(body(Some(&off), "").body, Body::None);
    }

    #[test]
    fn parts_are_values_or_files() {
        let block = json!({"mode": "formdata", "formdata": [
            {"key": "", "value": "x", "type": "text"}, {"key": "f", "type": "file", "src": ["/a"], "contentType": "text/csv"},
            {"key": "g", "type": "file", "src": null}]});
        let Body::Multipart(parts) = body(Some(&block), "").body else { panic!("parts") };
        assert_eq!(parts[0].content, PartContent::Value(Text::parse("x")));
        assert!(parts[0].name.is_empty());
        assert_eq!(parts[1].content_type.as_deref(), Some("text/csv"));
        assert_eq!(parts[2].content, PartContent::File(Text::parse("{{g}}")));
    }

    #[test]
    fn a_raw_body_is_what_its_header_or_language_says() {
        let encoding = |block: Value, stated: &str| {
            let content = body(Some(&block), stated);
            let Body::Raw(text) = content.body else { panic!("raw") };
            let encoding = text.pieces.iter().find_map(|piece| match piece {
                text::Piece::Variable { encoding, .. } => Some(*encoding),
                text::Piece::Literal(_) => None,
            });
            (encoding.expect("a variable"), content.content_type.expect("a type"))
        };
        let json = json!({"mode": "raw", "raw": "{\"a\": \"{{b}}\"}"});
        assert_eq!(encoding(json, ""), (Encoding::Json, "application/json"));
        let form = json!({"mode": "raw", "raw": "a={{b}}"});
        assert_eq!(encoding(form.clone(), FORM), (Encoding::Percent, "text/plain"));
        assert_eq!(encoding(form, ""), (Encoding::Plain, "text/plain"));
        let xml =
            json!({"mode": "raw", "raw": "<a>{{b}}</a>", "options": {"raw": {"language": "xml"}}});
        assert_eq!(encoding(xml, ""), (Encoding::Plain, "application/xml"));
    }
}
