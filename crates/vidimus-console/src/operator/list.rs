//! A list: filters, rows, what can be done with several of them at once, and the way on.

use askama::Template;

use super::{
    Cell,
    shell::{Shell, rendered},
};
use crate::Rendered;

pub enum FilterInput {
    Text,
    /// Values and what they are called; the empty one is "any".
    Choice(Vec<(String, String)>),
}

pub struct Filter {
    pub name: String,
    pub label: String,
    pub input: FilterInput,
    pub value: String,
}

pub struct Row {
    pub id: String,
    /// Where it is shown; empty where that is nowhere.
    pub to: String,
    pub cells: Vec<Cell>,
}

#[derive(Default)]
pub struct List {
    pub title: String,
    pub lead: String,
    /// Its own address, without a query.
    pub path: String,
    pub filters: Vec<Filter>,
    /// The first is of the rows' ids.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    pub next: Option<String>,
    /// Back to the first page, where this is a later one.
    pub first: Option<String>,
    /// Address and text of what makes a new one.
    pub create: Option<(String, String)>,
    /// Where several go at once, and the actions there: value and text.
    pub bulk: Option<(String, Vec<(&'static str, &'static str)>)>,
    pub empty: String,
}

#[derive(Template)]
#[template(path = "operator/list.html", whitespace = "minimize")]
struct ListPage<'a> {
    shell: &'a Shell,
    list: &'a List,
}

impl ListPage<'_> {
    /// What the cell is of: the first column is the id's.
    fn column(&self, at: &usize) -> &str {
        self.list.columns.get(*at).map_or("", String::as_str)
    }

    fn is_filtered(&self) -> bool {
        self.list.filters.iter().any(|filter| !filter.value.is_empty())
    }
}

pub fn list(shell: &Shell, list: &List) -> Rendered {
    rendered(&ListPage { shell, list })
}
