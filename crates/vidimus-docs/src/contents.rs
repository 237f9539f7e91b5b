//! The list of all pages, as docs/README.md has them: section by section, in its order.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{
    address::{self, INDEX},
    library,
    markdown::parser,
};

pub struct Section {
    pub title: String,
    pub entries: Vec<Entry>,
}

pub struct Entry {
    pub title: String,
    pub address: String,
}

static SECTIONS: LazyLock<Vec<Section>> =
    LazyLock::new(|| read(library::text(INDEX).unwrap_or_default()));

pub fn sections() -> &'static [Section] {
    SECTIONS.as_slice()
}

fn read(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut words = String::new();
    let mut target = None;
    // Only the first link of an item is its page.
    let mut taken = false;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => words.clear(),
            Event::End(TagEnd::Heading(pulldown_cmark::HeadingLevel::H2)) => {
                let title = std::mem::take(&mut words);
                sections.push(Section { title, entries: Vec::new() });
            }
            Event::Start(Tag::Item) => taken = false,
            Event::Start(Tag::Link { dest_url, .. }) => {
                words.clear();
                target = address::resolve(INDEX, &dest_url);
            }
            Event::End(TagEnd::Link) => {
                let title = std::mem::take(&mut words);
                let entry = target.take().map(|address| Entry { title, address });
                if let (Some(section), Some(entry), false) = (sections.last_mut(), entry, taken) {
                    section.entries.push(entry);
                    taken = true;
                }
            }
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            _ => {}
        }
    }
    sections.retain(|section| !section.entries.is_empty());
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_of_the_folder_is_in_the_list() {
        let listed: Vec<_> =
            sections().iter().flat_map(|section| &section.entries).map(|e| &e.address).collect();
        for (path, _) in library::texts().filter(|(path, _)| path.starts_with("docs/")) {
            let address = address::of(path);
            let is_note = path.starts_with("docs/design/") && path != "docs/design/README.md";
            if path != INDEX && !is_note {
                assert!(listed.contains(&&address), "{path} is not in {INDEX}");
            }
        }
    }

    #[test]
    fn the_first_link_of_an_item_is_its_page() {
        let sections = read("# T\n\n## S\n\n- [a](../README.md): see [b](../SECURITY.md)\n");
        let all: Vec<_> =
            sections.iter().flat_map(|s| &s.entries).map(|e| e.title.as_str()).collect();
        assert_eq!(all, ["a"]);
    }
}
