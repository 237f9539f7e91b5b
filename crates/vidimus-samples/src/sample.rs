//! The reply that a collection shows, and the members that a program reads of one like it.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub name: String,
    pub status: u16,
    /// As it is shown.
    pub body: String,
    /// `None` where it is no JSON.
    pub shape: Option<Shape>,
}

/// What is read of a reply: leaves as they come, arrays as long as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Leaf,
    Object(Vec<(String, Shape)>),
    Array(Box<Shape>),
}

impl Sample {
    pub fn new(name: &str, status: u16, body: &str) -> Self {
        let parsed = serde_json::from_str(body).or_else(|_| serde_json::from_str(&filled(body)));
        let shape = parsed.ok().as_ref().map(Shape::of);
        Self { name: name.to_owned(), status, body: body.to_owned(), shape }
    }
}

impl Shape {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Object(members) if !members.is_empty() => Self::Object(
                members.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect(),
            ),
            Value::Array(elements) => {
                let shapes = elements.iter().map(Self::of);
                Self::Array(Box::new(shapes.reduce(Self::or).unwrap_or(Self::Leaf)))
            }
            _ => Self::Leaf,
        }
    }

    /// What reads either: all members of two objects, and a leaf where they are of different kinds.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut members), Self::Object(others)) => {
                for (name, shape) in others {
                    match members.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => {
                            *known = std::mem::replace(known, Self::Leaf).or(shape);
                        }
                        None => members.push((name, shape)),
                    }
                }
                Self::Object(members)
            }
            (Self::Array(one), Self::Array(other)) => Self::Array(Box::new(one.or(*other))),
            (one, other) if one == other => one,
            _ => Self::Leaf,
        }
    }
}

/// Pages show `<timestamp>` where a number would be: a `null` in its place, so that it can be read.
fn filled(body: &str) -> String {
    let mut filled = String::new();
    let (mut inside, mut escaped) = (false, false);
    let mut rest = body;
    while let Some(character) = rest.chars().next() {
        let blank = (!inside).then(|| blank(rest)).flatten();
        if let Some(after) = blank {
            filled.push_str("null");
            rest = after;
            continue;
        }
        if character == '"' && !escaped {
            inside = !inside;
        }
        escaped = inside && character == '\\' && !escaped;
        filled.push(character);
        rest = &rest[character.len_utf8()..];
    }
    filled
}

/// What follows `<…>` or `{{…}}`.
fn blank(text: &str) -> Option<&str> {
    let after = |open: &str, close: &str| {
        let (name, after) = text.strip_prefix(open)?.split_once(close)?;
        let plain = !name.is_empty() && !name.contains(['"', '{', '<', '\n', ':']);
        plain.then_some(after)
    };
    after("{{", "}}").or_else(|| after("<", ">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(body: &str) -> Option<Shape> {
        Sample::new("", 200, body).shape
    }

    #[test]
    fn members_and_elements_are_found() {
        let found =
            shape(r#"{"a": {"b": 1, "e": {}}, "c": [{"d": 1}, {"d": 2, "f": [1]}], "g": []}"#);
        let leaf = |name: &str| (name.to_owned(), Shape::Leaf);
        let of_leaves = || Shape::Array(Box::new(Shape::Leaf));
        let expected = Shape::Object(vec![
            ("a".to_owned(), Shape::Object(vec![leaf("b"), leaf("e")])),
            (
                "c".to_owned(),
                Shape::Array(Box::new(Shape::Object(vec![
                    leaf("d"),
                    ("f".to_owned(), of_leaves()),
                ]))),
            ),
            ("g".to_owned(), of_leaves()),
        ]);
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn elements_of_two_kinds_are_leaves() {
        assert_eq!(shape(r#"[1, {"a": 1}]"#), Some(Shape::Array(Box::new(Shape::Leaf))));
    }

    #[test]
    fn blanks_of_a_page_are_no_obstacle() {
        let found = shape("{\"a\": <timestamp>, \"b\": {{n}}, \"c\": \"<x>\"}");
        let names = ["a", "b", "c"].map(|name| (name.to_owned(), Shape::Leaf));
        assert_eq!(found, Some(Shape::Object(names.to_vec())));
        assert_eq!(shape("{'active':false}"), None);
        assert_eq!(shape(""), None);
    }
}
