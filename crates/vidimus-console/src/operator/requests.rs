//! The last requests, and one of them: what was asked and answered, without secrets, and why.

use askama::Template;

use super::{
    Cell, Filter, FilterInput, Tone,
    shell::{Shell, rendered, rendered_live},
};
use crate::{Rendered, assets::console_script};

pub struct Line {
    pub id: String,
    pub to: String,
    pub at: i64,
    pub tenant: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub milliseconds: f64,
    pub caller: String,
    /// In one word why it ended as it did.
    pub because: String,
}

#[derive(Default)]
pub struct Requests {
    pub filters: Vec<Filter>,
    pub lines: Vec<Line>,
    /// Where what is new is asked for, with the filters.
    pub live: String,
    /// That not all are kept.
    pub skipped: u64,
}

#[derive(Default)]
pub struct Request {
    pub title: String,
    pub status: u16,
    pub facts: Vec<(String, Cell)>,
    /// For the operator alone.
    pub why: String,
    pub asked: Vec<(String, String)>,
    pub parameters: Vec<(String, String)>,
    pub answered: Vec<(String, String)>,
    pub members: Vec<(String, String)>,
    pub curl: String,
    /// To the inspector, where a token was asked about.
    pub explain: Option<String>,
    /// Where it can be sent again.
    pub replay: Option<String>,
}

/// Sent again: what must be filled in because it was a secret, and what came back.
#[derive(Default)]
pub struct Replay {
    pub back: String,
    pub to: String,
    pub title: String,
    /// Name of the field, what it is, its value, whether it was a secret.
    pub fields: Vec<(String, String, String, bool)>,
    pub answer: Option<(u16, String)>,
}

#[derive(Template)]
#[template(path = "operator/requests.html", whitespace = "minimize")]
struct RequestsPage<'a> {
    shell: &'a Shell,
    requests: &'a Requests,
}

#[derive(Template)]
#[template(path = "operator/request.html", whitespace = "minimize")]
struct RequestPage<'a> {
    shell: &'a Shell,
    request: &'a Request,
}

#[derive(Template)]
#[template(path = "operator/replay.html", whitespace = "minimize")]
struct ReplayPage<'a> {
    shell: &'a Shell,
    replay: &'a Replay,
}

/// Its id, its title, its rows.
type Table<'a> = (&'static str, &'static str, &'a [(String, String)]);

/// The tone of a status.
pub const fn tone(status: u16) -> Tone {
    match status {
        ..400 => Tone::Good,
        400..500 => Tone::Note,
        _ => Tone::Bad,
    }
}

impl Line {
    fn when(&self) -> Cell {
        Cell::When(self.at)
    }

    fn tone(&self) -> &'static str {
        tone(self.status).class()
    }

    fn took(&self) -> String {
        format!("{:.1} ms", self.milliseconds)
    }
}

impl RequestsPage<'_> {
    fn script(&self) -> &'static str {
        console_script()
    }
}

impl RequestPage<'_> {
    fn tone(&self) -> &'static str {
        tone(self.request.status).class()
    }

    fn tables(&self) -> [Table<'_>; 4] {
        let request = self.request;
        [
            ("asked", "Request headers", &request.asked),
            ("parameters", "Parameters", &request.parameters),
            ("answered", "Response headers", &request.answered),
            ("members", "Response members", &request.members),
        ]
    }
}

pub fn requests(shell: &Shell, requests: &Requests) -> Rendered {
    rendered_live(&RequestsPage { shell, requests })
}

pub fn request(shell: &Shell, request: &Request) -> Rendered {
    rendered(&RequestPage { shell, request })
}

pub fn replay(shell: &Shell, replay: &Replay) -> Rendered {
    rendered(&ReplayPage { shell, replay })
}
