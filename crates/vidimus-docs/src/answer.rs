//! What is at a path below `/docs`: a page, a picture, a text, or a page that says there is none.

use std::borrow::Cow;

use vidimus_console::Rendered;

use crate::{
    address::{self, HOME},
    contents,
    library::{self, Content},
    markdown::{self, Page},
    nearest::nearest,
    samples, search, sections, view,
};

/// Who asks for what, and what is known of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// From [`HOME`] on.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: &'a str,
    /// Where the default tenant answers.
    pub server: &'a str,
    /// Ids of the asked tenant's clients, for somebody who may see them.
    pub clients: &'a [String],
}

#[derive(Debug)]
pub enum Answer {
    Page {
        status: u16,
        page: Rendered,
    },
    File {
        content_type: &'static str,
        bytes: Cow<'static, [u8]>,
        /// Under which it is kept, where it is not for looking at.
        name: Option<String>,
    },
    /// The same page has another address.
    Moved(String),
}

pub fn answer(ask: &Ask<'_>) -> Answer {
    let Ask { path, query, .. } = *ask;
    let below = path.strip_prefix(HOME).unwrap_or_default();
    if below.len() > 1 && below.ends_with('/') || below == "/" {
        return Answer::Moved(format!("{HOME}{}", below.trim_end_matches('/')));
    }
    let below = below.trim_start_matches('/');
    if path == view::style_path() {
        return shown_file("text/css; charset=utf-8", view::STYLE.as_bytes());
    }
    if below == "search" {
        return found(&parameter(query, "q"));
    }
    if let Some(code) = below.strip_prefix("errors/") {
        return error(code, path);
    }
    if below == "samples" || below.starts_with("samples/") {
        return samples::answer(below, ask).unwrap_or_else(|| nowhere(path));
    }
    let Some(file) = address::file(below) else { return nowhere(path) };
    match library::find(&file) {
        Some(Content::Text(text)) if file.ends_with(".md") => {
            let page = markdown::render(&file, text);
            shown(200, path, &page)
        }
        Some(Content::Text(text)) => shown_file("text/plain; charset=utf-8", text.as_bytes()),
        Some(Content::Picture(bytes)) => shown_file("image/png", bytes),
        None => nowhere(path),
    }
}

const fn shown_file(content_type: &'static str, bytes: &'static [u8]) -> Answer {
    Answer::File { content_type, bytes: Cow::Borrowed(bytes), name: None }
}

fn shown(status: u16, path: &str, page: &Page) -> Answer {
    Answer::Page { status, page: view::reading(path, page) }
}

/// The page that an `error_uri`, or a problem's `type`, names.
fn error(code: &str, path: &str) -> Answer {
    if code == "inactive" {
        let text = library::text(sections::INACTIVE).unwrap_or_default();
        return shown(200, path, &markdown::render(sections::INACTIVE, text));
    }
    match sections::error(code) {
        Some(page) => shown(200, path, &page),
        None => match sections::of_products(code) {
            Some(page) => Answer::Moved(address::of(page)),
            None => nowhere(path),
        },
    }
}

fn found(query: &str) -> Answer {
    let results = search::search(query);
    Answer::Page { status: 200, page: view::results(query, &results) }
}

fn nowhere(path: &str) -> Answer {
    let of_errors: Vec<String> =
        sections::codes().map(|code| format!("{HOME}/errors/{code}")).collect();
    let listed = contents::sections().iter().flat_map(|section| &section.entries);
    let addresses = listed.map(|entry| entry.address.as_str());
    let near = nearest(
        path,
        addresses.chain(of_errors.iter().map(String::as_str)).chain(samples::addresses()),
    );
    Answer::Page { status: 404, page: view::nowhere(&near) }
}

/// A parameter of the query, decoded (application/x-www-form-urlencoded); the first, if repeated.
pub fn parameter(query: &str, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, query: &str) -> Answer {
        let clients = ["demo-app".to_owned()];
        answer(&Ask { path, query, server: "https://as.example", clients: &clients })
    }

    fn page(path: &str, query: &str) -> (u16, String) {
        match asked(path, query) {
            Answer::Page { status, page } => {
                let policy = &page.content_security_policy;
                assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"));
                assert!(!page.html.contains("<script") && !page.html.contains(" style="), "{path}");
                (status, page.html)
            }
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn every_page_is_there_with_one_main_heading() {
        for (file, _) in library::texts() {
            let path = address::of(file);
            let (status, html) = page(&path, "");
            assert_eq!((status, html.matches("<h1").count()), (200, 1), "{path}");
            assert!(html.contains("<main"), "{path}");
        }
    }

    #[test]
    fn no_link_of_ours_is_dead() {
        for (file, _) in library::texts() {
            let (_, html) = page(&address::of(file), "");
            let targets = html.split("href=\"").skip(1).chain(html.split("src=\"").skip(1));
            let own = targets.filter_map(|rest| rest.split('"').next());
            for target in own.filter(|target| target.starts_with(HOME)) {
                let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
                let (path, query) = path.split_once('?').unwrap_or((path, ""));
                match asked(path, query) {
                    Answer::Page { status: 200, page } => {
                        let id = format!(" id=\"{anchor}\"");
                        assert!(anchor.is_empty() || page.html.contains(&id), "{file}: {target}");
                    }
                    Answer::File { .. } => {}
                    other => panic!("{file} links to {target}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_search_is_a_page_and_what_is_asked_is_escaped() {
        let (status, html) = page("/docs/search", "q=introspection+resource");
        assert_eq!(status, 200);
        assert!(html.contains("<mark>"), "{html}");
        let (_, html) = page("/docs/search", "q=%3Cscript%3Ealert(1)");
        assert!(html.contains("alert(1)") && !html.contains("<script"));
        assert!(page("/docs/search", "").1.contains("name=\"q\""));
    }

    #[test]
    fn an_unknown_page_names_what_is_like_it() {
        let (status, html) = page("/docs/errors/invalid_clent", "");
        assert_eq!(status, 404);
        assert!(html.contains("/docs/errors/invalid_client"), "{html}");
        assert_eq!(page("/docs/../Cargo.toml", "").0, 404);
        let of_a_product = asked("/docs/errors/invalid_client_id", "");
        assert!(
            matches!(of_a_product, Answer::Moved(to) if to == "/docs/reference/product-errors")
        );
    }

    #[test]
    fn files_and_other_addresses() {
        let picture = asked("/docs/screenshots/sign-in-light.png", "");
        assert!(matches!(picture, Answer::File { content_type: "image/png", .. }));
        assert!(matches!(asked(view::style_path(), ""), Answer::File { .. }));
        assert!(matches!(asked("/docs/", ""), Answer::Moved(to) if to == "/docs"));
    }

    #[test]
    fn every_sample_has_a_page_for_each_language_and_no_secret() {
        let (_, index) = page("/docs/samples", "tenant=foo.com");
        let targets = index.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let own: Vec<_> = targets.filter(|target| target.starts_with("/docs/samples/")).collect();
        assert!(own.len() > 80, "{}", own.len());
        let mut filled_in = 0;
        for target in own {
            let target = target.replace("&#38;", "&").replace("&amp;", "&");
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            match asked(path, query) {
                Answer::Page { status, page } => {
                    assert_eq!(status, 200, "{target}");
                    // What is the same for every tenant has no site in its address.
                    filled_in += usize::from(page.html.contains("/t/foo.com"));
                }
                Answer::File { bytes, name, .. } => assert!(!bytes.is_empty() && name.is_some()),
                Answer::Moved(to) => panic!("{target} is {to}"),
            }
        }
        assert!(filled_in > 70, "{filled_in}");
        for language in vidimus_samples::lang::LANGUAGES {
            let path = format!("/docs/samples/standard/introspect/{}", language.name);
            let (status, html) = page(&path, "clientId=%3Cb%3E&clientSecret=hunter2hunter2");
            assert_eq!((status, html.matches("<h1").count()), (200, 1), "{path}");
            assert!(!html.contains("hunter2") && !html.contains("<b>"), "{path}");
            assert!(html.contains("&lt;b&gt;") || html.contains("&#60;b&#62;"), "{path}");
        }
        assert!(matches!(asked("/docs/samples/standard/introspect", ""), Answer::Moved(_)));
        assert_eq!(page("/docs/samples/standard/introspct/python", "").0, 404);
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(parameter("a=1&q=x+y%21%2", "q"), "x y!%2");
        assert_eq!(parameter("a=1", "q"), "");
    }
}
