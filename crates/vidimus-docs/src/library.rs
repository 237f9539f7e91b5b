//! What is embedded: every text and picture, by its path in the repository.

pub enum Content {
    Text(&'static str),
    Picture(&'static [u8]),
}

/// Sorted by path.
const FILES: &[(&str, Content)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

pub fn find(path: &str) -> Option<&'static Content> {
    let at = FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    FILES.get(at).map(|(_, content)| content)
}

/// A Markdown page.
pub fn text(path: &str) -> Option<&'static str> {
    match find(path)? {
        Content::Text(text) if path.ends_with(".md") => Some(text),
        _ => None,
    }
}

/// All Markdown pages, with their paths.
pub fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(|(path, content)| match content {
        Content::Text(text) if path.ends_with(".md") => Some((*path, *text)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_by_its_path() {
        assert!(FILES.is_sorted_by(|one, two| one.0 < two.0));
        assert!(FILES.iter().all(|(path, _)| find(path).is_some()));
        assert!(text("README.md").is_some_and(|text| text.starts_with("# Vidimus")));
        assert!(find("docs/nothing.md").is_none());
    }
}
