//! The assertion inspector: each claim good or not, what a client of each dialect would see, and how to
//! mend it.

use askama::Template;

use super::shell::{Shell, rendered};
use crate::Rendered;

pub struct Check {
    pub claim: String,
    /// `None`: not looked at, because another must be good first.
    pub is_good: Option<bool>,
    pub found: String,
    pub note: String,
    pub accepted: Vec<String>,
}

pub struct Seen {
    pub dialect: String,
    pub status: u64,
    pub body: String,
}

#[derive(Default)]
pub struct Checked {
    pub is_good: bool,
    pub profile: String,
    pub checks: Vec<Check>,
    pub seen: Vec<Seen>,
    pub fix: Vec<String>,
}

#[derive(Default)]
pub struct Assertion {
    pub tenant: String,
    pub assertion: String,
    pub profile: String,
    pub profiles: Vec<&'static str>,
    pub client_id: String,
    pub failure: Option<String>,
    pub checked: Option<Checked>,
}

#[derive(Template)]
#[template(path = "operator/assertion.html", whitespace = "minimize")]
struct AssertionPage<'a> {
    shell: &'a Shell,
    page: &'a Assertion,
}

impl Check {
    fn tone(&self) -> &'static str {
        match self.is_good {
            Some(true) => "good",
            Some(false) => "bad",
            None => "plain",
        }
    }

    fn said(&self) -> &'static str {
        match self.is_good {
            Some(true) => "ok",
            Some(false) => "FAILED",
            None => "not looked at",
        }
    }
}

pub fn assertion(shell: &Shell, page: &Assertion) -> Rendered {
    rendered(&AssertionPage { shell, page })
}
