//! The token inspector: what a text is, what a caller is told of it, and why.

use askama::Template;

use super::{
    Cell,
    shell::{Shell, rendered},
};
use crate::Rendered;

pub struct Moment {
    pub at: i64,
    pub event: String,
    pub what: String,
    /// It has not happened yet.
    pub is_ahead: bool,
}

#[derive(Default)]
pub struct Verdict {
    pub is_active: bool,
    /// Its short name, where it is inactive.
    pub reason: String,
    pub why: String,
    /// What the caller is sent.
    pub answer: String,
    pub facts: Vec<(String, Cell)>,
    pub time_line: Vec<Moment>,
}

/// Read off the text.
#[derive(Default)]
pub struct Decoded {
    pub shape: String,
    pub header: String,
    pub claims: String,
    /// Whether it is good, and in words; of a JWT.
    pub signature: Option<(bool, String)>,
}

#[derive(Default)]
pub struct Inspection {
    pub tenant: String,
    pub token: String,
    pub caller: String,
    /// Suggestions.
    pub callers: Vec<String>,
    pub failure: Option<String>,
    /// What was done to it just now.
    pub done: Option<String>,
    pub verdict: Option<Verdict>,
    pub decoded: Option<Decoded>,
}

#[derive(Template)]
#[template(path = "operator/inspect.html", whitespace = "minimize")]
struct InspectPage<'a> {
    shell: &'a Shell,
    inspection: &'a Inspection,
}

impl Moment {
    fn class(&self) -> &'static str {
        match self.event.as_str() {
            _ if self.is_ahead => "ahead",
            "issued" | "authorized" | "refreshed" | "valid_from" => "good",
            _ => "bad",
        }
    }

    fn when(&self) -> Cell {
        Cell::When(self.at)
    }
}

pub fn inspect(shell: &Shell, inspection: &Inspection) -> Rendered {
    rendered(&InspectPage { shell, inspection })
}
