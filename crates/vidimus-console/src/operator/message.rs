//! A page that only says something: what went wrong, and what to do about it.

use askama::Template;

use super::shell::{Shell, rendered};
use crate::{
    Rendered,
    assets::{icon, style},
};

#[derive(Clone, Debug, Default)]
pub struct Message {
    pub title: String,
    pub what: String,
    /// What to do about it.
    pub advice: String,
    /// Of OAuth or HTTP, for whoever asks us.
    pub code: String,
    pub request_id: String,
    /// Where to go on: address and text.
    pub next: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "operator/message.html", whitespace = "minimize")]
struct WithShell<'a> {
    shell: &'a Shell,
    message: &'a Message,
}

#[derive(Template)]
#[template(path = "operator/message_bare.html", whitespace = "minimize")]
struct Bare<'a> {
    message: &'a Message,
}

impl Bare<'_> {
    fn style(&self) -> &'static str {
        style()
    }

    fn icon(&self) -> &'static str {
        icon()
    }
}

/// Without a shell for whoever is not signed in.
pub fn message(shell: Option<&Shell>, message: &Message) -> Rendered {
    match shell {
        Some(shell) => rendered(&WithShell { shell, message }),
        None => rendered(&Bare { message }),
    }
}
