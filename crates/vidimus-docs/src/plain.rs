//! A page's words without its markup, cut where its headings are: what is searched.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::markdown::{Anchors, parser};

#[derive(Default)]
pub struct Part {
    /// Empty before the first heading.
    pub heading: String,
    pub anchor: String,
    pub text: String,
}

/// The first part's heading is the page's title.
pub fn parts(text: &str) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut anchors = Anchors::default();
    let mut in_heading = false;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                in_heading = true;
                parts.push(Part::default());
            }
            Event::End(TagEnd::Heading(_)) => {
                in_heading = false;
                if let Some(part) = parts.last_mut() {
                    part.anchor = anchors.next(&part.heading);
                }
            }
            Event::Text(words) | Event::Code(words) => add(&mut parts, in_heading, &words),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => add(&mut parts, in_heading, " "),
            _ => {}
        }
    }
    parts.retain(|part| !part.heading.is_empty() || !part.text.trim().is_empty());
    parts
}

fn add(parts: &mut [Part], in_heading: bool, words: &str) {
    let Some(part) = parts.last_mut() else { return };
    let text = if in_heading { &mut part.heading } else { &mut part.text };
    // Inline code and emphasis are parts of words as often as not; only blocks are set apart.
    if words == " " && text.ends_with(' ') {
        return;
    }
    text.push_str(words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_headings() {
        let parts = parts("# One\n\nfirst `x`\n\n## Two\n\n| a | b |\n|---|---|\n| c | d |\n");
        let all: Vec<_> = parts.iter().map(|p| (p.heading.as_str(), p.text.trim())).collect();
        assert_eq!(all, [("One", "first x"), ("Two", "a b c d")]);
        assert_eq!(parts[1].anchor, "two");
    }
}
