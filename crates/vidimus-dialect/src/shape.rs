//! What a shape function makes: status, headers, and a body with its type.

use std::borrow::Cow;

use serde_json::Value;

pub const JSON: &str = "application/json";

pub type Header = (&'static str, Cow<'static, str>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub status: u16,
    /// Empty where there is no body.
    pub content_type: &'static str,
    /// Beside those that every response of the dialect has.
    pub headers: Vec<Header>,
    pub body: Cow<'static, [u8]>,
}

impl Shape {
    pub const EMPTY: Self = Self::new(200, "", Cow::Borrowed(b""));

    const fn new(status: u16, content_type: &'static str, body: Cow<'static, [u8]>) -> Self {
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// JSON text that never changes.
    pub const fn fixed(body: &'static str) -> Self {
        Self::new(200, JSON, Cow::Borrowed(body.as_bytes()))
    }

    pub const fn text(content_type: &'static str, body: Vec<u8>) -> Self {
        Self::new(200, content_type, Cow::Owned(body))
    }

    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub fn json(value: &Value) -> Shape {
    Shape::text(JSON, value.to_string().into_bytes())
}
