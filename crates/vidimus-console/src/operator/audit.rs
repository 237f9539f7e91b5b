//! The audit trail: who changed what, when, from where, and what it was before.

use askama::Template;

use super::{
    Cell,
    shell::{Shell, rendered},
};
use crate::Rendered;

/// One member: before and after.
pub struct Difference {
    pub member: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

pub struct Changed {
    pub what: String,
    /// Where it is now; empty where that is nowhere.
    pub to: String,
    pub differences: Vec<Difference>,
}

pub struct Entry {
    pub at: i64,
    pub tenant: String,
    pub by: String,
    pub action: String,
    pub from: String,
    pub is_intact: bool,
    pub changes: Vec<Changed>,
    pub further: u64,
}

#[derive(Default)]
pub struct Trail {
    /// Of one tenant, or of all.
    pub tenant: Option<String>,
    pub entries: Vec<Entry>,
    pub next: Option<String>,
    pub first: Option<String>,
    /// The same of the other.
    pub other: (String, String),
}

#[derive(Template)]
#[template(path = "operator/audit.html", whitespace = "minimize")]
struct AuditPage<'a> {
    shell: &'a Shell,
    trail: &'a Trail,
}

impl Changed {
    /// What is there for the first time, or for the last: all of it differs.
    fn is_new(&self) -> bool {
        let sides = |one: &Difference| one.before.is_some() && one.after.is_some();
        self.differences.len() > 4 && !self.differences.iter().any(sides)
    }
}

impl Entry {
    fn when(&self) -> Cell {
        Cell::When(self.at)
    }
}

pub fn audit(shell: &Shell, trail: &Trail) -> Rendered {
    rendered(&AuditPage { shell, trail })
}
