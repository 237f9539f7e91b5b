//! The page that carries a response to its client (OAuth 2.0 Form Post Response Mode §2).

use askama::Template;

use crate::{
    Rendered,
    assets::{icon, style},
    pages::html,
    policy::Policy,
    words::{Words, choose},
};

const SCRIPT: &str = include_str!("../assets/form_post.js");

/// Goes on by itself, and by a button where no script runs. `origin` is that of `to`, or its scheme
/// alone (`com.example.app:`).
pub fn form_post(
    to: &str,
    parameters: &[(&str, &str)],
    origin: &str,
    languages: &[String],
) -> Rendered {
    let policy = Policy {
        form_action: Some(origin),
        forms_leave: true,
        script: Some(SCRIPT),
        ..Policy::default()
    };
    let page = FormPostPage {
        words: choose(&[], languages),
        style: style(),
        icon: icon(),
        script: SCRIPT,
        to,
        parameters,
    };
    Rendered { html: html(&page), content_security_policy: policy.to_text() }
}

#[derive(Template)]
#[template(path = "form_post.html", whitespace = "minimize")]
struct FormPostPage<'a> {
    words: &'static Words,
    style: &'static str,
    icon: &'static str,
    script: &'static str,
    to: &'a str,
    parameters: &'a [(&'a str, &'a str)],
}
