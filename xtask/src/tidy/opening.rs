//! Every Rust file opens with one to three `//!` lines: what it owns.

use super::Finding;
use super::tree::Tree;

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        let opening = source.text.lines().map_while(|line| line.strip_prefix("//!"));
        // An empty one between two paragraphs says nothing.
        let lines = opening.filter(|said| !said.trim().is_empty()).count();
        if !(1..=3).contains(&lines) {
            let message =
                format!("{lines} opening `//!` lines, one to three say what the file owns");
            findings.push(Finding::new(path, 1, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_empty_and_too_many_are_found() {
        for (text, count) in [
            ("//! What.\n", 0),
            ("//! What\n//!\n//! and where.\nuse a;\n", 0),
            ("use a;\n", 1),
            ("//!\nuse a;\n", 1),
            ("\n//! What.\n", 1),
            ("//! a\n//! b\n//!\n//! c\n", 0),
            ("//! a\n//! b\n//! c\n//! d\n", 1),
        ] {
            assert_eq!(find(&Tree::of(&[("a.rs", text)])).len(), count, "{text}");
        }
    }
}
