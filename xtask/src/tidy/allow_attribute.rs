//! A lint is expected with a reason, never allowed: an expectation says when it is no longer needed.

use super::Finding;
use super::tree::Tree;

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        for form in ["#[allow(", "#![allow(", ", allow("] {
            findings.extend(source.code.match_indices(form).map(|(at, _)| {
                Finding::new(path, source.line(at), "use #[expect(lint, reason = \"…\")]")
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_and_words_are_not() {
        for (text, count) in [
            ("#[allow(dead_code)]\nfn a() {}", 1),
            ("#![allow(dead_code)]", 1),
            ("#[cfg_attr(test, allow(dead_code))]", 1),
            ("#[expect(dead_code, reason = \"x\")]", 0),
            ("// #[allow(x)]\nlet a = \"#[allow(x)]\";", 0),
        ] {
            assert_eq!(find(&Tree::of(&[("a.rs", text)])).len(), count, "{text}");
        }
    }
}
