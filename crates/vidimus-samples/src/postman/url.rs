//! A request's URL, as text or in parts, with `:path` variables and its query.

use serde_json::Value;

use super::document::string;
use crate::text::{Encoding, Piece, Text, percent_encoded};

/// Reserved characters that a query may hold as they are.
const IN_A_QUERY: &str = "-._~!$'()*,;:@/?+%=[]";
const IN_A_PATH: &str = "-._~!$&'()*+,;=:@/%[]";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// Up to the query.
    pub base: Text,
    /// A parameter without a value has no `=` either.
    pub query: Vec<(Text, Option<Text>)>,
}

impl Url {
    pub fn read(url: Option<&Value>) -> Self {
        match url {
            Some(Value::String(raw)) => Self::of_raw(raw, &[]),
            Some(parts @ Value::Object(_)) => Self::of_parts(parts),
            _ => Self::default(),
        }
    }

    fn of_parts(parts: &Value) -> Self {
        let paths = parts.get("variable").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let raw = match parts.get("raw").and_then(Value::as_str) {
            Some(raw) if !raw.is_empty() => raw.to_owned(),
            _ => joined(parts),
        };
        let mut url = Self::of_raw(&raw, paths);
        if let Some(query) = parts.get("query").and_then(Value::as_array) {
            let enabled = query.iter().filter(|pair| pair["disabled"] != true);
            url.query = enabled
                .map(|pair| {
                    let value = pair.get("value").filter(|value| !value.is_null());
                    (string(pair.get("key")), value.map(|value| string(Some(value))))
                })
                .map(|(key, value)| (in_a_query(&key), value.as_deref().map(in_a_query)))
                .collect();
        }
        url
    }

    fn of_raw(raw: &str, paths: &[Value]) -> Self {
        let raw = outside_variables(raw.trim(), '#').0;
        let (base, query) = outside_variables(raw, '?');
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = pairs
            .map(|pair| match pair.split_once('=') {
                Some((key, value)) => (in_a_query(key), Some(in_a_query(value))),
                None => (in_a_query(pair), None),
            })
            .collect();
        Self { base: with_paths(base, paths), query }
    }

    pub fn text(self) -> Text {
        let mut text = self.base;
        for (at, (key, value)) in self.query.into_iter().enumerate() {
            text.literal(if at == 0 { "?" } else { "&" });
            text.append(key);
            if let Some(value) = value {
                text.literal("=");
                text.append(value);
            }
        }
        text
    }
}

/// What stands before and after the first such character that is not in a variable's braces.
fn outside_variables(text: &str, wanted: char) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if character == wanted && depth == 0 => {
                return (&text[..at], Some(&text[at + wanted.len_utf8()..]));
            }
            _ => {}
        }
    }
    (text, None)
}

/// Values are percent-encoded when they are put in.
pub fn in_a_query(text: &str) -> Text {
    escaped(Text::parse_as(text, Encoding::Percent), IN_A_QUERY)
}

fn escaped(text: Text, allowed: &str) -> Text {
    let mut escaped = Text::default();
    for piece in text.pieces {
        match piece {
            Piece::Literal(literal) => {
                let as_it_may_be = |character: char| match character {
                    _ if character.is_ascii_alphanumeric() || allowed.contains(character) => {
                        character.to_string()
                    }
                    _ => percent_encoded(character.encode_utf8(&mut [0; 4])),
                };
                escaped.literal(&literal.chars().map(as_it_may_be).collect::<String>());
            }
            Piece::Variable { name, encoding } => escaped.variable(&name, encoding),
        }
    }
    escaped
}

/// `:name` as a whole segment is a variable of the path; the collection may say its value.
fn with_paths(base: &str, paths: &[Value]) -> Text {
    let base = match Text::parse(base).pieces.first() {
        // Postman takes it for HTTP.
        Some(Piece::Literal(text)) if !text.contains("://") => format!("http://{base}"),
        _ => base.to_owned(),
    };
    let mut text = Text::default();
    for (at, segment) in base.split('/').enumerate() {
        if at > 0 {
            text.literal("/");
        }
        let Some(name) = segment.strip_prefix(':').filter(|name| !name.is_empty()) else {
            text.append(escaped(Text::parse(segment), IN_A_PATH));
            continue;
        };
        let entry = paths.iter().find(|entry| entry["key"] == name || entry["id"] == name);
        let value = string(entry.and_then(|entry| entry.get("value")));
        if value.is_empty() {
            text.variable(name, Encoding::Percent);
        } else {
            text.append(escaped(Text::parse_as(&value, Encoding::Percent), "-._~!$'()*+,;=:@"));
        }
    }
    text
}

fn joined(parts: &Value) -> String {
    let list = |name: &str, between: &str| match parts.get(name) {
        Some(Value::Array(all)) => {
            let texts = all.iter().map(|one| string(one.get("value").or(Some(one))));
            texts.collect::<Vec<_>>().join(between)
        }
        other => string(other).trim_start_matches('/').to_owned(),
    };
    let mut url = string(parts.get("protocol"));
    if !url.is_empty() {
        url = format!("{}://", url.trim_end_matches("://"));
    }
    url.push_str(&list("host", "."));
    let port = string(parts.get("port"));
    if !port.is_empty() {
        url.push_str(&format!(":{port}"));
    }
    let path = list("path", "/");
    if path.is_empty() { url } else { format!("{url}/{path}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_parts_come_to_the_same() {
        for (url, raw) in [
            (json!("{{url}}{{site}}/a"), "{{url}}{{site}}/a"),
            (json!("a.example/b#c"), "http://a.example/b"),
            (json!({"raw": "{{url}}/a", "host": ["{{url}}"], "path": ["a"]}), "{{url}}/a"),
            (
                json!({"protocol": "https", "host": ["a", "example"], "port": "8443", "path": ["b", {"value": "c"}]}),
                "https://a.example:8443/b/c",
            ),
            (json!({"host": "a.example", "path": "/b"}), "http://a.example/b"),
            (json!("https://a.example/b c/ü"), "https://a.example/b%20c/%C3%BC"),
            (json!("https://a.example/{{a?b#c}}"), "https://a.example/{{a?b#c}}"),
        ] {
            assert_eq!(Url::read(Some(&url)).text().raw(), raw, "{url}");
        }
    }

    #[test]
    fn a_query_is_encoded_and_disabled_parameters_left_out() {
        let url = json!({"raw": "https://a.example/b?off=1", "query": [
            {"key": "a b", "value": "c&d#e=%20+"}, {"key": "t", "value": "{{t}}"},
            {"key": "off", "value": "1", "disabled": true}, {"key": "flag", "value": null}, {"key": "e", "value": ""}]});
        let text = Url::read(Some(&url)).text();
        assert_eq!(text.raw(), "https://a.example/b?a%20b=c%26d%23e=%20+&t={{t}}&flag&e=");
        let encoded =
            |piece: &Piece| matches!(piece, Piece::Variable { encoding: Encoding::Percent, .. });
        assert!(text.pieces.iter().any(encoded));
        let raw = Url::read(Some(&json!("https://a.example?x={{y}}&z"))).text();
        assert_eq!(raw.raw(), "https://a.example?x={{y}}&z");
    }

    #[test]
    fn path_variables_have_their_values_or_are_asked_for() {
        let url = json!({"raw": "{{url}}/c/:id/:own/:port", "variable": [
            {"key": "id", "value": "a/b"}, {"key": "own", "value": "{{mine}}"}]});
        assert_eq!(Url::read(Some(&url)).text().raw(), "{{url}}/c/a%2Fb/{{mine}}/{{port}}");
    }
}
