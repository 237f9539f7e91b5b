//! Dialects are data: a product is named where its dialect is, where its exchanges are, and in prose.

use super::Finding;
use super::tree::Tree;

const NAMES: &[&str] = &["salesforce", "wso2", "csp"];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| is_governed(path)) {
        for (index, line) in text.lines().enumerate() {
            if let Some(name) = NAMES.iter().find(|name| names(line, name)) {
                let message = format!("{name} is named outside its dialect");
                findings.push(Finding::new(path, index + 1, message));
            }
        }
    }
    findings
}

/// Tests from outside and tools may name products, and so may the sandbox's seeded world, samples, and
/// imports of the products' own exports.
fn is_governed(path: &str) -> bool {
    let of_dev = path.contains("/dev/") || path.ends_with("/dev.rs");
    let sandbox = path.starts_with("crates/vidimus/") && of_dev;
    let of_products = ["crates/vidimus-dialect/", "crates/vidimus-samples/"]
        .iter()
        .any(|it| path.starts_with(it));
    let imports = [
        "crates/vidimus/src/import/",
        "crates/vidimus/src/cli/import.rs",
        // Their help, as it is frozen.
        "crates/vidimus/tests/grammar.txt",
    ]
    .iter()
    .any(|it| path.starts_with(it));
    let may_name_them = sandbox || of_products || imports || path.ends_with(".md");
    path.starts_with("crates/") && !may_name_them
}

/// As a word, or as a part of a name in any of Rust's cases.
fn names(line: &str, name: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.match_indices(name).any(|(at, _)| {
        let end = at + name.len();
        let before = line[..at].chars().next_back();
        let after = line[end..].chars().next();
        let starts = before.is_none_or(|one| !one.is_alphanumeric())
            || (before.is_some_and(char::is_lowercase)
                && line[at..].starts_with(char::is_uppercase));
        let ends = after.is_none_or(|one| !one.is_alphanumeric())
            || (after.is_some_and(char::is_uppercase)
                && line[at..end].ends_with(char::is_lowercase));
        starts && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_found_in_any_case_and_parts_of_words_are_not() {
        for line in ["// Salesforce", "wso2_bodies", "let CSP", "struct CspHeader", "parseCsp()"] {
            let tree = Tree::of(&[("crates/vidimus-core/src/a.rs", line)]);
            assert_eq!(find(&tree).len(), 1, "{line}");
        }
        for line in ["Content-Security-Policy", "cspace", "let x = rcsp;"] {
            assert_eq!(find(&Tree::of(&[("crates/vidimus-core/src/a.rs", line)])), [], "{line}");
        }
    }

    #[test]
    fn a_dialect_the_sandbox_and_prose_may_name_them() {
        let line = "salesforce";
        for path in [
            "crates/vidimus-dialect/src/salesforce.rs",
            "crates/vidimus-samples/catalogue/csp.json",
            "crates/vidimus/src/dev/world.toml",
            "crates/vidimus-core/README.md",
            "wire/csp/token.md",
            "e2e/tests/csp.rs",
        ] {
            assert_eq!(find(&Tree::of(&[(path, line)])), [], "{path}");
        }
        assert_eq!(find(&Tree::of(&[("crates/vidimus/src/serve.rs", line)])).len(), 1);
    }
}
