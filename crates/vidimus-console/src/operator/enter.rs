//! The ways in: signing in, and the one-time link.

use askama::Template;

use super::shell::rendered;
use crate::{
    Rendered,
    assets::{icon, style},
};

#[derive(Template)]
#[template(path = "operator/sign_in.html", whitespace = "minimize")]
pub struct SignInPage<'a> {
    pub csrf: &'a str,
    pub username: &'a str,
    /// Where to go on, a path of ours.
    pub next: &'a str,
    pub failure: Option<String>,
    /// The name or the password is wrong.
    pub is_wrong: bool,
}

#[derive(Template)]
#[template(path = "operator/welcome.html", whitespace = "minimize")]
pub struct WelcomePage<'a> {
    pub csrf: &'a str,
    pub username: &'a str,
    /// Somebody who is there already: nothing is to be chosen.
    pub is_known: bool,
    pub username_failure: Option<String>,
    pub password_failure: Option<String>,
}

impl SignInPage<'_> {
    fn style(&self) -> &'static str {
        style()
    }

    fn icon(&self) -> &'static str {
        icon()
    }
}

impl WelcomePage<'_> {
    fn style(&self) -> &'static str {
        style()
    }

    fn icon(&self) -> &'static str {
        icon()
    }
}

pub fn sign_in(page: &SignInPage<'_>) -> Rendered {
    rendered(page)
}

pub fn welcome(page: &WelcomePage<'_>) -> Rendered {
    rendered(page)
}
