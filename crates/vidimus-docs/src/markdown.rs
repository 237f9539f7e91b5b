//! Markdown to HTML: links rewritten to where pages are served, anchors as GitHub makes them, and the
//! page's headings.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::address;

pub struct Page {
    /// Of the first heading.
    pub title: String,
    pub html: String,
    /// Of the second and third level.
    pub headings: Vec<Heading>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    pub level: u8,
    pub text: String,
    pub anchor: String,
}

/// `path`: of the file, by which its links are read.
pub fn render(path: &str, text: &str) -> Page {
    let mut anchors = Anchors::default();
    let mut title = String::new();
    let mut headings = Vec::new();
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut dropped = Vec::new();
    let mut open: Option<usize> = None;
    for event in parser(text) {
        let event = match event {
            Event::Start(Tag::Heading { .. }) => {
                open = Some(events.len());
                event
            }
            Event::End(TagEnd::Heading(level)) => {
                let start = open.take().unwrap_or(events.len());
                let said = said(events.get(start..).unwrap_or_default());
                let anchor = anchors.next(&said);
                if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(start) {
                    *id = Some(CowStr::from(anchor.clone()));
                }
                match level {
                    HeadingLevel::H1 if title.is_empty() => title = said,
                    HeadingLevel::H2 => headings.push(Heading { level: 2, text: said, anchor }),
                    HeadingLevel::H3 => headings.push(Heading { level: 3, text: said, anchor }),
                    _ => {}
                }
                event
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let address = address::resolve(path, &dest_url);
                dropped.push(address.is_none());
                let Some(address) = address else { continue };
                Event::Start(Tag::Link { link_type, dest_url: address.into(), title, id })
            }
            Event::End(TagEnd::Link) if dropped.pop() == Some(true) => continue,
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let address = address::resolve(path, &dest_url).unwrap_or_default();
                Event::Start(Tag::Image { link_type, dest_url: address.into(), title, id })
            }
            Event::Html(text) => Event::Html(with_sources(path, &text).into()),
            Event::InlineHtml(text) => Event::InlineHtml(with_sources(path, &text).into()),
            event => event,
        };
        events.push(event);
    }
    let mut html = String::with_capacity(text.len() * 2);
    html::push_html(&mut html, events.into_iter());
    Page { title, html: accessible(&html), headings }
}

pub fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// The words of some events, without markup.
pub fn said(events: &[Event<'_>]) -> String {
    let words = events.iter().map(|event| match event {
        Event::Text(text) | Event::Code(text) => text.as_ref(),
        Event::SoftBreak | Event::HardBreak => " ",
        _ => "",
    });
    words.collect()
}

/// Pictures with a width are HTML in our pages, with addresses relative to the file.
fn with_sources(path: &str, html: &str) -> String {
    let mut pieces = html.split(" src=\"");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (source, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let address = address::resolve(path, source).unwrap_or_default();
        text.push_str(&format!(" src=\"{address}\" loading=\"lazy\"{rest}"));
    }
    text
}

/// What scrolls can be reached by keyboard, and a header without words is no header.
pub fn accessible(html: &str) -> String {
    html.replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
        .replace("<th></th>", "<td></td>")
        // No style stands in a page of ours.
        .replace(" style=\"text-align: ", " class=\"")
}

/// As GitHub makes them, each once on a page.
#[derive(Default)]
pub struct Anchors(Vec<String>);

impl Anchors {
    pub fn next(&mut self, heading: &str) -> String {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let again = (1..).map(|count| format!("{slug}-{count}"));
        let mut all = std::iter::once(slug.clone()).chain(again);
        let free = all.find(|one| !self.0.contains(one)).unwrap_or(slug);
        self.0.push(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_anchors_and_links_are_rewritten() {
        let text = "# A `b_c`: d\n\n## Twice\n\n[x](../README.md#twice) [y](../xtask/src/main.rs)\n\n## Twice\n";
        let page = render("docs/README.md", text);
        assert_eq!(page.title, "A b_c: d");
        let anchors: Vec<_> = page.headings.iter().map(|heading| &heading.anchor).collect();
        assert_eq!(anchors, ["twice", "twice-1"]);
        assert!(page.html.contains("<h1 id=\"a-b_c-d\">"), "{}", page.html);
        assert!(
            page.html.contains("<a href=\"/docs/project/README#twice\">x</a> y"),
            "{}",
            page.html
        );
    }

    #[test]
    fn what_scrolls_takes_the_focus_and_pictures_are_found() {
        let html = render("docs/a.md", "| a | |\n|---|---|\n| b | c |\n\n```sh\nls\n```\n").html;
        for part in ["<pre tabindex=\"0\">", "class=\"scroll\" tabindex=\"0\"", "<td></td>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        let text = "<img src=\"screenshots/sign-in-light.png\" width=\"38%\" alt=\"x\">";
        let html = render("docs/pages.md", text).html;
        assert!(html.contains("src=\"/docs/screenshots/sign-in-light.png\" loading"), "{html}");
    }
}
