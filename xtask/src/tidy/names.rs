//! Short nouns for things: no Manager, Service, Helper, Util, Base.

use super::Finding;
use super::source::is_word;
use super::tree::Tree;

const ENDINGS: &[&str] = &["Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Base"];
const FILES: &[&str] =
    &["manager", "service", "helper", "helpers", "util", "utils", "base", "common", "misc"];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        let stem = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        let stem = stem.rsplit('/').next().unwrap_or_default();
        if FILES.contains(&stem) {
            findings.push(Finding::new(path, 1, format!("{stem} says nothing: name what it owns")));
        }
        for keyword in ["struct ", "enum ", "trait ", "type "] {
            for (at, _) in source.code.match_indices(keyword) {
                let name: String =
                    source.code[at + keyword.len()..].chars().take_while(|c| is_word(*c)).collect();
                let inside_a_word = source.code[..at].chars().next_back().is_some_and(is_word);
                // An associated type of someone else's trait keeps its name.
                if !inside_a_word && ENDINGS.iter().any(|e| name.ends_with(e) && name != *e) {
                    let message = format!("{name}: a short noun for what it is");
                    findings.push(Finding::new(path, source.line(at), message));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_words_are_found() {
        let tree = Tree::of(&[
            (
                "crates/a/src/token.rs",
                "pub struct Token;\n  struct TokenManager;\ntrait StoreBase {}\n",
            ),
            ("crates/a/src/utils.rs", ""),
            ("crates/a/src/helper/mod.rs", ""),
        ]);
        let found: Vec<_> = find(&tree).into_iter().map(|found| (found.path, found.line)).collect();
        let expected = [
            ("crates/a/src/helper/mod.rs", 1),
            ("crates/a/src/token.rs", 2),
            ("crates/a/src/token.rs", 3),
            ("crates/a/src/utils.rs", 1),
        ];
        assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
    }
}
