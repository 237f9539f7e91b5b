//! A form over a declaration: its main members as fields, the rest as JSON.

use askama::Template;

use super::shell::{Shell, rendered};
use crate::Rendered;

pub enum Input {
    Text(String),
    Password,
    Number(String),
    /// One to a line.
    Lines(String),
    Json(String),
    Flag(bool),
    /// The value chosen, and all: value and text.
    Choice(String, Vec<(String, String)>),
    /// Each with its own name: name, text, checked.
    Checks(Vec<(String, String, bool)>),
}

pub struct FormField {
    pub name: String,
    pub label: String,
    pub help: String,
    pub input: Input,
    pub error: Option<String>,
    pub is_required: bool,
    /// It can be read and not be changed.
    pub is_fixed: bool,
}

#[derive(Default)]
pub struct Form {
    pub title: String,
    pub lead: String,
    pub to: String,
    pub fields: Vec<FormField>,
    /// What is wrong beside all fields.
    pub error: Option<String>,
    pub version: Option<i64>,
    pub submit: String,
    pub cancel: String,
}

#[derive(Template)]
#[template(path = "operator/form.html", whitespace = "minimize")]
struct FormPage<'a> {
    shell: &'a Shell,
    form: &'a Form,
}

impl FormPage<'_> {
    fn wrong(&self) -> Vec<(&str, &str)> {
        let errors = self
            .form
            .fields
            .iter()
            .filter_map(|field| Some((field.name.as_str(), field.error.as_deref()?)));
        errors.collect()
    }
}

impl FormField {
    /// What describes the field, by the ids of texts beside it.
    pub fn described(&self) -> String {
        let help = (!self.help.is_empty()).then(|| format!("{}-help", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        [error, help].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

pub fn form(shell: &Shell, form: &Form) -> Rendered {
    rendered(&FormPage { shell, form })
}
