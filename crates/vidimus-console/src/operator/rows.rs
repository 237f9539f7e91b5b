//! Sessions and tokens: what is made and not declared, each with the way to end it.

use askama::Template;

use super::{
    Cell,
    shell::{Shell, rendered},
};
use crate::Rendered;

pub struct RowEnd {
    /// What it is sent as.
    pub value: String,
    pub text: &'static str,
    /// Whose, for whoever hears the page.
    pub of: String,
}

pub struct MadeRow {
    pub cells: Vec<Cell>,
    pub end: Option<RowEnd>,
}

#[derive(Default)]
pub struct Rows {
    pub title: String,
    pub lead: String,
    pub back: Option<(String, String)>,
    /// A search by user name: its address and what it is now.
    pub search: Option<(String, String)>,
    pub columns: Vec<&'static str>,
    pub rows: Vec<MadeRow>,
    /// Where an end is sent, and under which name.
    pub end_at: (String, &'static str),
    pub empty: String,
    pub next: Option<String>,
    pub first: Option<String>,
}

#[derive(Template)]
#[template(path = "operator/rows.html", whitespace = "minimize")]
struct RowsPage<'a> {
    shell: &'a Shell,
    rows: &'a Rows,
}

impl RowsPage<'_> {
    fn column(&self, at: &usize) -> &str {
        self.rows.columns.get(*at).copied().unwrap_or_default()
    }
}

pub fn rows(shell: &Shell, rows: &Rows) -> Rendered {
    rendered(&RowsPage { shell, rows })
}
