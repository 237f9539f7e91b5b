//! The documentation's dress: the console's style under a layout for reading, a list of all pages, a
//! list of the page's headings, a field to search in.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use askama::Template;
use vidimus_console::{Rendered, assets};

use crate::{
    contents::{self, Section},
    markdown::{Heading, Page},
    search::{Found, Results},
};

pub const STYLE: &str = include_str!("../assets/docs.css");

/// Nothing but our own style and pictures, and the search's form.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// It changes with what it names.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    STYLE.hash(&mut hasher);
    format!("/docs/docs-{:016x}.css", hasher.finish())
});

/// Its path.
pub fn style_path() -> &'static str {
    STYLE_PATH.as_str()
}

/// What every page has.
pub struct Frame<'a> {
    pub title: &'a str,
    pub path: &'a str,
    /// What was searched for.
    pub query: &'a str,
}

impl Frame<'_> {
    pub fn styles(&self) -> [&'static str; 2] {
        let console = assets().first().map_or("", |asset| asset.path.as_str());
        [console, STYLE_PATH.as_str()]
    }

    pub fn icon(&self) -> &'static str {
        assets().get(1).map_or("", |asset| asset.path.as_str())
    }

    pub fn sections(&self) -> &'static [Section] {
        contents::sections()
    }
}

#[derive(Template)]
#[template(path = "reading.html", whitespace = "minimize")]
struct ReadingPage<'a> {
    frame: Frame<'a>,
    html: &'a str,
    headings: &'a [Heading],
}

#[derive(Template)]
#[template(path = "search.html", whitespace = "minimize")]
struct SearchPage<'a> {
    frame: Frame<'a>,
    found: &'a [Found],
    total: usize,
}

#[derive(Template)]
#[template(path = "nowhere.html", whitespace = "minimize")]
struct NowherePage<'a> {
    frame: Frame<'a>,
    near: &'a [&'a str],
}

pub fn reading(path: &str, page: &Page) -> Rendered {
    let frame = Frame { title: &page.title, path, query: "" };
    rendered(&ReadingPage { frame, html: &page.html, headings: &page.headings })
}

pub fn results(query: &str, results: &Results) -> Rendered {
    let frame = Frame { title: "Search", path: "/docs/search", query };
    rendered(&SearchPage { frame, found: &results.found, total: results.total })
}

pub fn nowhere(near: &[&str]) -> Rendered {
    let frame = Frame { title: "There is no such page", path: "", query: "" };
    rendered(&NowherePage { frame, near })
}

/// Writing into memory cannot fail, and no template of ours fails by itself.
pub fn rendered(template: &impl Template) -> Rendered {
    let html = template.render().unwrap_or_default();
    Rendered { html, content_security_policy: POLICY.to_owned() }
}
