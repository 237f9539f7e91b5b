//! No request may panic the server: its crates deny what panics, and clippy enforces it.

use super::Finding;
use super::tree::Tree;

const CRATES: &[&str] = &["vidimus-console", "vidimus-core", "vidimus-http", "vidimus-store"];
const LINTS: &[&str] = &["clippy::unwrap_used", "clippy::expect_used", "clippy::indexing_slicing"];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in CRATES {
        let path = format!("crates/{name}/src/lib.rs");
        let Some((_, source)) = tree.rust().find(|(found, _)| *found == path) else { continue };
        let denied = source.code.split("#![deny(").skip(1).filter_map(|rest| rest.split_once(")]"));
        let denied: String = denied.map(|(lints, _)| lints).collect();
        for lint in LINTS.iter().filter(|lint| !denied.contains(*lint)) {
            findings.push(Finding::new(&path, 1, format!("#![deny({lint})] is missing")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lint_that_is_not_denied_is_found() {
        let found = |text: &str| find(&Tree::of(&[("crates/vidimus-http/src/lib.rs", text)])).len();
        let all = "#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]";
        assert_eq!(found(all), 0);
        assert_eq!(found("#![deny(clippy::unwrap_used)]\n#![deny(clippy::expect_used)]"), 1);
        assert_eq!(found(&format!("// {all}")), 3);
    }
}
