//! What the server has been doing: figures, and lines over the last minutes or the last day.

use askama::Template;

use super::{
    Plot,
    shell::{Shell, rendered},
};
use crate::Rendered;

pub struct Figure {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

#[derive(Default)]
pub struct Overview {
    pub figures: Vec<Figure>,
    pub plots: Vec<Plot>,
    /// The last day rather than the last minutes.
    pub is_of_day: bool,
    pub about: String,
}

#[derive(Template)]
#[template(path = "operator/overview.html", whitespace = "minimize")]
struct OverviewPage<'a> {
    shell: &'a Shell,
    overview: &'a Overview,
}

pub fn overview(shell: &Shell, overview: &Overview) -> Rendered {
    rendered(&OverviewPage { shell, overview })
}
