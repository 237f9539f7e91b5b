//! The protocol depends on little, and on nothing that does I/O.

use super::Finding;
use super::manifest;
use super::tree::Tree;

const PRODUCT: &[&str] = &[
    "aws-lc-rs",
    "base64",
    "hmac",
    "jsonwebtoken",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "url",
    "zeroize",
];
const TESTS: &[&str] = &["proptest"];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in manifest::all(tree).into_iter().filter(|one| one.name == "vidimus-core") {
        for dependency in &package.dependencies {
            let allowed = PRODUCT.contains(&dependency.name)
                || (dependency.dev && TESTS.contains(&dependency.name));
            if !allowed {
                let message = format!("core may not depend on {}", dependency.name);
                findings.push(Finding::new(package.path, dependency.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_keeps_to_its_list_and_others_are_free() {
        let dependencies = "[dependencies]\nserde = \"1\"\ntokio = \"1\"\nproptest = \"1\"\n\
            [dev-dependencies]\nproptest = \"1\"\n";
        let lines = |name: &str| {
            let text = format!("[package]\nname = \"{name}\"\n{dependencies}");
            let tree = Tree::of(&[("Cargo.toml", &text)]);
            find(&tree).iter().map(|found| found.line).collect::<Vec<_>>()
        };
        assert_eq!(lines("vidimus-core"), [5, 6]);
        assert_eq!(lines("vidimus-http"), Vec::<usize>::new());
    }
}
