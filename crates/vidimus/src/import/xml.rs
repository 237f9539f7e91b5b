//! XML as a tree of names and texts. Entities of its own and references outwards are refused with the
//! document type that would declare them.

use super::source::Source;

#[derive(Clone, Copy)]
pub struct Element<'a>(roxmltree::Node<'a, 'a>);

/// # Errors
/// It is no XML, or has a document type.
pub fn parse(source: &Source) -> Result<roxmltree::Document<'_>, String> {
    parse_text(source.text()).map_err(|why| format!("{}: {why}", source.name()))
}

pub fn parse_text(text: &str) -> Result<roxmltree::Document<'_>, String> {
    roxmltree::Document::parse(text.trim()).map_err(|why| why.to_string())
}

pub fn root<'a>(document: &'a roxmltree::Document<'a>) -> Element<'a> {
    Element(document.root_element())
}

impl<'a> Element<'a> {
    pub fn name(self) -> &'a str {
        self.0.tag_name().name()
    }

    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    pub fn children(self) -> impl Iterator<Item = Self> {
        self.0.children().filter(|node| node.is_element()).map(Self)
    }

    /// All below it of this name, however deep.
    pub fn below(self, name: &str) -> impl Iterator<Item = Self> {
        self.0.descendants().filter(|node| node.is_element()).map(Self).filter(move |e| e.is(name))
    }

    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(name))
    }

    /// Its own text; empty where it has none.
    pub fn text(self) -> String {
        let texts = self.0.children().filter(roxmltree::Node::is_text);
        texts.filter_map(|node| node.text()).collect::<String>().trim().to_owned()
    }

    /// Of a child, if there is any.
    pub fn text_of(self, name: &str) -> Option<String> {
        self.child(name).map(Self::text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_refused_and_names_are_found() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>";
        assert!(parse_text(bomb).is_err());
        let document = parse_text("<A xmlns=\"urn:x\"><B> t </B><c><b/></c></A>").unwrap();
        let root = root(&document);
        assert_eq!(root.text_of("b").as_deref(), Some("t"));
        assert_eq!(root.below("B").count(), 2);
        assert!(root.text_of("c").is_none());
    }
}
