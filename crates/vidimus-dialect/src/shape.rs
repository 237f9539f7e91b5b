//! What a shape function makes: a body with its type, and for refusals a status and headers.

use std::borrow::Cow;

use serde_json::Value;

pub const JSON: &str = "application/json";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Empty where there is no body.
    pub content_type: &'static str,
    pub body: Cow<'static, [u8]>,
}

impl Shape {
    pub const EMPTY: Self = Self { content_type: "", body: Cow::Borrowed(b"") };

    /// JSON text that never changes.
    pub const fn fixed(body: &'static str) -> Self {
        Self { content_type: JSON, body: Cow::Borrowed(body.as_bytes()) }
    }

    pub const fn text(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { content_type, body: Cow::Owned(body) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub shape: Shape,
}

pub fn json(value: &Value) -> Shape {
    Shape::text(JSON, value.to_string().into_bytes())
}
