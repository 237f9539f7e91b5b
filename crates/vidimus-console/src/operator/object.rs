//! One thing that is kept: what it is, as a table and as JSON, and what can be done with it.

use askama::Template;

use super::{
    Cell, Tone,
    shell::{Shell, rendered},
};
use crate::Rendered;

/// A button of its own.
pub struct Deed {
    pub to: String,
    /// `None`: it leads to a page first.
    pub action: Option<&'static str>,
    pub text: &'static str,
    pub is_danger: bool,
}

#[derive(Default)]
pub struct Object {
    pub title: String,
    /// Such as "Client".
    pub kind: String,
    /// Back to the list: address and text.
    pub back: (String, String),
    pub tags: Vec<(Tone, String)>,
    pub facts: Vec<(String, Cell)>,
    /// As the API shows it.
    pub raw: String,
    pub deeds: Vec<Deed>,
    /// Where else it matters.
    pub links: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "operator/object.html", whitespace = "minimize")]
struct ObjectPage<'a> {
    shell: &'a Shell,
    object: &'a Object,
}

pub fn object(shell: &Shell, object: &Object) -> Rendered {
    rendered(&ObjectPage { shell, object })
}
