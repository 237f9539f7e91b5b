//! Members in their order, as JSON, as XML or as a form: what `format` says, or `Accept`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::{Asked, Shape};

const JSON: &str = "application/json;charset=UTF-8";
const XML: &str = "application/xml;charset=UTF-8";
const URLENCODED: &str = "application/x-www-form-urlencoded;charset=UTF-8";
const SCRIPT: &str = "text/javascript;charset=UTF-8";
const TEXT: &str = "text/plain;charset=UTF-8";

const CALLBACK_CHARS_MAX: usize = 64;

#[derive(Default)]
pub struct Members(Map<String, Value>);

impl Members {
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.and(name, value),
            None => self,
        }
    }

    /// `null` where there is none: the member is always there.
    #[must_use]
    pub fn known(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        let value = value.map_or(Value::Null, Into::into);
        self.and(name, value)
    }

    pub fn json(self) -> Shape {
        json(&Value::Object(self.0))
    }

    /// `root`: of the XML.
    pub fn written(self, root: &str, asked: &Asked<'_>) -> Shape {
        match Form::of(asked) {
            Form::Json => self.json(),
            Form::Xml => {
                let mut text = r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned();
                element(root, &Value::Object(self.0), &mut text);
                Shape::text(XML, text.into_bytes())
            }
            Form::Urlencoded => {
                let pair = |(name, value): (&String, &Value)| format!("{name}={}", encoded(value));
                let pairs: Vec<String> = self.0.iter().map(pair).collect();
                Shape::text(URLENCODED, pairs.join("&").into_bytes())
            }
        }
    }

    /// A call of the function that a script named.
    pub fn called(self, callback: &str) -> Shape {
        // The comment keeps what a caller chose from being the first bytes of the file.
        let text = format!("/**/{callback}({});", Value::Object(self.0));
        Shape::text(SCRIPT, text.into_bytes())
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

pub fn json(value: &Value) -> Shape {
    Shape::text(JSON, value.to_string().into_bytes())
}

pub fn plain(text: &'static str) -> Shape {
    Shape::text(TEXT, text.as_bytes().to_vec())
}

/// The function that a script wants to be called, if its name is one.
pub fn callback<'a>(asked: &'a Asked<'_>) -> Option<&'a str> {
    let name = asked.parameter("callback")?;
    let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$');
    let goes_on = |c: char| starts(c) || c.is_ascii_digit() || c == '.';
    let is_name = name.starts_with(starts) && name.chars().all(goes_on);
    (is_name && name.len() <= CALLBACK_CHARS_MAX).then_some(name)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
    Urlencoded,
}

impl Form {
    fn of(asked: &Asked<'_>) -> Self {
        match asked.parameter("format") {
            Some("json") => Self::Json,
            Some("xml") => Self::Xml,
            Some("urlencoded") => Self::Urlencoded,
            _ => Self::accepted(asked.accept),
        }
    }

    /// JSON unless it is not among what is asked for.
    fn accepted(accept: &str) -> Self {
        let asks = |name: &str| {
            accept
                .split(',')
                .any(|range| range.split(';').next().unwrap_or_default().trim() == name)
        };
        if asks("application/json") || asks("*/*") {
            Self::Json
        } else if asks("application/x-www-form-urlencoded") {
            Self::Urlencoded
        } else if asks("application/xml") || asks("text/xml") {
            Self::Xml
        } else {
            Self::Json
        }
    }
}

fn element(name: &str, value: &Value, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(text, "<{name}>");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| element(name, value, text));
        }
        Value::String(plain) => escape(plain, text),
        Value::Null => {}
        other => escape(&other.to_string(), text),
    }
    let _ = write!(text, "</{name}>");
}

fn escape(plain: &str, text: &mut String) {
    for c in plain.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // No text of XML 1.0 has these.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            c => text.push(c),
        }
    }
}

fn encoded(value: &Value) -> String {
    let plain = match value {
        Value::String(plain) => plain.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut text = String::with_capacity(plain.len());
    for byte in plain.bytes() {
        match byte {
            b' ' => text.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                text.push(char::from(byte));
            }
            byte => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scene, body};
    use vidimus_core::form::Form as Parameters;

    fn members() -> Members {
        Members::default().and("error", "a&b").and("error_description", "<c> \"d\"").and("n", 5)
    }

    #[test]
    fn each_form_in_its_own_words() {
        let scene = Scene::new("");
        for (format, wanted) in [
            ("json", r#"{"error":"a&b","error_description":"<c> \"d\"","n":5}"#),
            (
                "xml",
                r#"<?xml version="1.0" encoding="UTF-8"?><OAuth><error>a&amp;b</error><error_description>&lt;c&gt; &quot;d&quot;</error_description><n>5</n></OAuth>"#,
            ),
            ("urlencoded", "error=a%26b&error_description=%3Cc%3E+%22d%22&n=5"),
        ] {
            let form = Parameters::parse(format!("format={format}").as_bytes()).unwrap();
            let asked = Asked { form: Some(&form), ..scene.asked() };
            assert_eq!(body(&members().written("OAuth", &asked)), wanted);
        }
    }

    #[test]
    fn what_is_accepted_counts_without_a_format() {
        for (accept, wanted) in [
            ("", Form::Json),
            ("application/json", Form::Json),
            ("text/html, application/xml;q=0.9, */*;q=0.8", Form::Json),
            ("application/xml;q=0.9", Form::Xml),
            ("application/x-www-form-urlencoded", Form::Urlencoded),
            ("image/png", Form::Json),
        ] {
            assert_eq!(Form::accepted(accept), wanted, "{accept}");
        }
    }

    /// SEC-298.
    #[test]
    fn sec_298_a_callback_is_a_name_or_nothing() {
        let scene = Scene::new("");
        let called = |name: &str| {
            let form = Parameters::of([("callback".to_owned(), name.to_owned())]).unwrap();
            let asked = Asked { form: Some(&form), ..scene.asked() };
            callback(&asked).map(|name| body(&Members::default().called(name)))
        };
        assert_eq!(called("fn").as_deref(), Some("/**/fn({});"));
        assert_eq!(called("$a.b_1").as_deref(), Some("/**/$a.b_1({});"));
        for name in ["1a", ".a", "a-b", "a(b", "alert(1)//", "a b", "é", &"a".repeat(65)] {
            assert_eq!(called(name), None, "{name}");
        }
    }
}
