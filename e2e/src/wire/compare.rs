//! Whether an answer's JSON is the one that was written down: same members, same values, placeholders
//! aside; the order of members does not count, that of elements does.

use serde_json::Value;

use super::template::{self, Variables};

/// A member of this name lets an object have others that are not written down.
const REST: &str = "{{rest}}";

pub struct Comparison<'a> {
    pub variables: &'a Variables,
    pub captures: Variables,
    /// Each names the place and what was expected there.
    pub differences: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub fn new(variables: &'a Variables) -> Self {
        Self { variables, captures: Variables::new(), differences: Vec::new() }
    }

    pub fn value(&mut self, at: &str, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::String(pattern), _) => self.pattern(at, pattern, actual),
            (Value::Object(expected), Value::Object(actual)) => self.object(at, expected, actual),
            (Value::Array(expected), Value::Array(actual)) => self.array(at, expected, actual),
            _ if expected == actual => {}
            _ => self.differ(at, &expected.to_string(), &actual.to_string()),
        }
    }

    /// A header's value, or a string in JSON.
    pub fn text(&mut self, at: &str, pattern: &str, actual: &str) {
        match template::matches(pattern, actual, self.variables) {
            Ok(Some(captures)) => self.captures.extend(captures),
            Ok(None) => self.differ(at, pattern, actual),
            Err(message) => self.differences.push(format!("{at}: {message}")),
        }
    }

    fn pattern(&mut self, at: &str, pattern: &str, actual: &Value) {
        let sole = template::sole(pattern);
        match (sole, actual) {
            (Some("any"), _) | (Some("number"), Value::Number(_)) => {}
            (Some("number"), _) | (Some("string"), Value::Null) => {
                self.differ(at, pattern, &actual.to_string());
            }
            (_, Value::String(actual)) if actual.is_empty() && pattern.is_empty() => {}
            (_, Value::String(actual)) => self.text(at, pattern, actual),
            // What is not a string is captured, and compared with a captured value, as its JSON.
            (Some(inner), _) if inner != "string" => self.text(at, pattern, &actual.to_string()),
            _ => self.differ(at, &format!("{pattern:?}"), &actual.to_string()),
        }
    }

    fn object(
        &mut self,
        at: &str,
        expected: &serde_json::Map<String, Value>,
        actual: &serde_json::Map<String, Value>,
    ) {
        for (name, value) in expected.iter().filter(|(name, _)| *name != REST) {
            match actual.get(name) {
                Some(found) => self.value(&format!("{at}.{name}"), value, found),
                None => self.differ(&format!("{at}.{name}"), &value.to_string(), "no such member"),
            }
        }
        if expected.contains_key(REST) {
            return;
        }
        for (name, value) in actual.iter().filter(|(name, _)| !expected.contains_key(*name)) {
            self.differ(&format!("{at}.{name}"), "no such member", &value.to_string());
        }
    }

    fn array(&mut self, at: &str, expected: &[Value], actual: &[Value]) {
        if expected.len() != actual.len() {
            let lengths = [expected.len(), actual.len()].map(|length| format!("{length} elements"));
            self.differ(at, &lengths[0], &lengths[1]);
        }
        for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
            self.value(&format!("{at}[{index}]"), expected, actual);
        }
    }

    fn differ(&mut self, at: &str, expected: &str, actual: &str) {
        self.differences.push(format!("{at}: expected {expected}, got {actual}"));
    }
}

/// A wire file may leave out the quotes around a placeholder; JSON may not.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let mut quoted = String::new();
    let (mut inside, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if !inside && let Some((placeholder, left)) = bare(rest) {
            quoted.push_str(&format!("\"{placeholder}\""));
            rest = left;
            continue;
        }
        match character {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && character == '\\' && !escaped;
        quoted.push(character);
        rest = &rest[character.len_utf8()..];
    }
    serde_json::from_str(&quoted)
}

fn bare(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")? + 4;
    let plain = |character: char| character.is_ascii_alphanumeric() || "_ ".contains(character);
    inner[..end - 4].chars().all(plain).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(expected: &str, actual: &str) -> Vec<String> {
        let variables = Variables::from([("iss".to_owned(), "https://as".to_owned())]);
        let mut comparison = Comparison::new(&variables);
        let actual = serde_json::from_str(actual).expect("actual");
        comparison.value("body", &parse(expected).expect("expected"), &actual);
        comparison.differences
    }

    #[test]
    fn equal_up_to_order_and_placeholders() {
        for (expected, actual) in [
            (r#"{"a":1,"b":[true,null]}"#, r#"{"b":[true,null],"a":1}"#),
            (r#"{"exp":{{number}},"x":"{{any}}"}"#, r#"{"exp":12,"x":{"y":1}}"#),
            (r#"{"iss":"{{iss}}/t/b"}"#, r#"{"iss":"https://as/t/b"}"#),
            (r#"{"a":1,"{{rest}}":{{any}}}"#, r#"{"a":1,"b":2,"c":3}"#),
            (r#"{"a":{}}"#, r#"{"a":{}}"#),
            (r#"{"a":"{\"{{any}}"}"#, r#"{"a":"{\"x"}"#),
            (r#"{"a":{{string}}}"#, r#"{"a":"x"}"#),
        ] {
            assert_eq!(differences(expected, actual), Vec::<String>::new(), "{expected}");
        }
    }

    #[test]
    fn every_difference_is_named_with_its_place() {
        for (expected, actual, difference) in [
            (r#"{"a":1}"#, r#"{"a":2}"#, "body.a: expected 1, got 2"),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, "body.b: expected no such member, got 2"),
            (r#"{"a":1}"#, r#"{}"#, "body.a: expected 1, got no such member"),
            (r#"{"a":{{number}}}"#, r#"{"a":"1"}"#, "body.a: expected {{number}}, got \"1\""),
            (r#"{"a":{{string}}}"#, r#"{"a":1}"#, "body.a: expected \"{{string}}\", got 1"),
            (r#"{"a":"1"}"#, r#"{"a":1}"#, "body.a: expected \"1\", got 1"),
            (r#"[1]"#, r#"[1,2]"#, "body: expected 1 elements, got 2 elements"),
        ] {
            assert_eq!(differences(expected, actual), [difference], "{expected}");
        }
    }

    #[test]
    fn what_is_no_string_is_captured_as_json() {
        let variables = Variables::new();
        let mut comparison = Comparison::new(&variables);
        let expected = parse(r#"{"a":{{capture n}},"b":{{capture s}}}"#).expect("expected");
        comparison.value("body", &expected, &serde_json::json!({"a": 7, "b": "x"}));
        assert_eq!(comparison.differences, Vec::<String>::new());
        assert_eq!(comparison.captures["n"], "7");
        assert_eq!(comparison.captures["s"], "x");
    }
}
