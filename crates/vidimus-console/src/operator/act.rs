//! Before and after an action: the question whether it is meant, and what is shown once.

use askama::Template;

use super::shell::{Shell, rendered};
use crate::Rendered;

#[derive(Default)]
pub struct Confirm {
    pub title: String,
    pub what: String,
    /// What it is done to.
    pub items: Vec<String>,
    pub to: String,
    /// What the form brings along.
    pub hidden: Vec<(String, String)>,
    pub submit: String,
    pub cancel: String,
}

#[derive(Default)]
pub struct Shown {
    pub title: String,
    pub label: String,
    pub value: String,
    pub note: String,
    pub back: (String, String),
}

#[derive(Template)]
#[template(path = "operator/confirm.html", whitespace = "minimize")]
struct ConfirmPage<'a> {
    shell: &'a Shell,
    confirm: &'a Confirm,
}

#[derive(Template)]
#[template(path = "operator/shown.html", whitespace = "minimize")]
struct ShownPage<'a> {
    shell: &'a Shell,
    shown: &'a Shown,
}

pub fn confirm(shell: &Shell, confirm: &Confirm) -> Rendered {
    rendered(&ConfirmPage { shell, confirm })
}

pub fn shown(shell: &Shell, shown: &Shown) -> Rendered {
    rendered(&ShownPage { shell, shown })
}
