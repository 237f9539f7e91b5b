//! What we build on: accepted licences, crates.io only, none of the crates that deny.toml bans.

use serde_json::Value;

use super::Finding;
use super::spdx::is_satisfied;
use super::tree::Tree;

const LOCK: &str = "Cargo.lock";
const BANNED: &[&str] = &["rsa", "openssl-sys", "native-tls"];
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// The same list as deny.toml's, which is for those who run cargo-deny.
const ACCEPTED: &[&str] = &[
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = locked(tree.text(LOCK).unwrap_or_default());
    findings.extend(licensed(tree.metadata().unwrap_or(r#"{"packages":[]}"#)));
    findings.extend(agreeing(tree));
    findings
}

/// Names and sources, of every platform.
fn locked(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let message = match line.split_once(" = ") {
            Some(("name", name)) if BANNED.contains(&name.trim_matches('"')) => {
                format!("{name} is banned")
            }
            Some(("source", source)) if source.trim_matches('"') != REGISTRY => {
                format!("{source} is not crates.io")
            }
            _ => continue,
        };
        findings.push(Finding::new(LOCK, index + 1, message));
    }
    findings
}

/// Licences, of this platform: `cargo metadata` knows those it has downloaded.
fn licensed(metadata: &str) -> Vec<Finding> {
    let packages = match serde_json::from_str::<Value>(metadata) {
        Ok(mut metadata) => metadata["packages"].take(),
        Err(fault) => return vec![Finding::new(LOCK, 1, format!("cargo metadata: {fault}"))],
    };
    let mut findings = Vec::new();
    for package in packages.as_array().into_iter().flatten() {
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_satisfied(licence, ACCEPTED) {
            let message = format!("{} has the licence {licence:?}", package["name"]);
            findings.push(Finding::new(LOCK, 1, message));
        }
    }
    findings
}

fn agreeing(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text("deny.toml") else { return Vec::new() };
    let missing =
        ACCEPTED.iter().chain(BANNED).filter(|word| !text.contains(&format!("\"{word}\"")));
    missing.map(|word| Finding::new("deny.toml", 1, format!("{word} is missing"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sources_and_banned_crates_are_found() {
        let text = format!(
            "[[package]]\nname = \"serde\"\nsource = \"{REGISTRY}\"\n[[package]]\nname = \"rsa\"\n\
             source = \"git+https://example.com/x\"\n"
        );
        let found = find(&Tree::of(&[(LOCK, &text)]));
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [5, 6]);
    }

    #[test]
    fn other_licences_and_none_are_found() {
        let metadata = r#"{"packages":[{"name":"a","license":"MIT OR Apache-2.0"},
            {"name":"b","license":"GPL-3.0"},{"name":"c","license":null}]}"#;
        assert_eq!(find(&Tree::of(&[]).and_metadata(metadata)).len(), 2);
        assert_eq!(find(&Tree::of(&[]).and_metadata("no JSON")).len(), 1);
    }

    #[test]
    fn deny_toml_says_the_same() {
        let all: String =
            ACCEPTED.iter().chain(BANNED).map(|word| format!("\"{word}\"\n")).collect();
        assert_eq!(find(&Tree::of(&[("deny.toml", &all)])), []);
        let less = all.replace("\"rsa\"", "");
        assert_eq!(find(&Tree::of(&[("deny.toml", &less)])).len(), 1);
    }
}
