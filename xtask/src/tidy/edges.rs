//! Which of our crates may know which: arrows only point down (ARCHITECTURE.md).

use super::Finding;
use super::manifest;
use super::tree::Tree;

const EDGES: &[(&str, &[&str])] = &[
    ("vidimus-core", &[]),
    ("vidimus-dialect", &["vidimus-core"]),
    ("vidimus-samples", &[]),
    ("vidimus-store", &["vidimus-core"]),
    ("vidimus-console", &["vidimus-core"]),
    ("vidimus-http", &["vidimus-core", "vidimus-dialect", "vidimus-console"]),
    // Its tests hold its pages to the core's own lists.
    ("vidimus-docs", &["vidimus-core", "vidimus-console", "vidimus-samples"]),
    (
        "vidimus",
        &[
            "vidimus-core",
            "vidimus-dialect",
            "vidimus-store",
            "vidimus-http",
            "vidimus-console",
            "vidimus-docs",
            "vidimus-samples",
        ],
    ),
    // These know the product only from outside.
    ("vidimus-e2e", &[]),
    // It fills a store with tokens whose texts it knows, so it mints them as the core does.
    ("vidimus-bench", &["vidimus-e2e", "vidimus-core"]),
    ("xtask", &["vidimus-e2e"]),
    ("openidconnect-story", &[]),
    ("samples-in-rust", &[]),
];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in manifest::all(tree) {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            let message = format!("{} has no line in xtask/src/tidy/edges.rs", package.name);
            findings.push(Finding::new(package.path, 1, message));
            continue;
        };
        for dependency in package.dependencies {
            let ours = EDGES.iter().any(|(name, _)| *name == dependency.name);
            let test_only = dependency.dev
                && (dependency.name == "vidimus-e2e"
                    || (package.name == "vidimus-http" && dependency.name == "vidimus-store"));
            if ours && !test_only && !allowed.contains(&dependency.name) {
                let message = format!("{} may not depend on {}", package.name, dependency.name);
                findings.push(Finding::new(package.path, dependency.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &str) -> Vec<Finding> {
        let text = format!("[package]\nname = \"{name}\"\n{dependencies}");
        find(&Tree::of(&[("crates/x/Cargo.toml", &text)]))
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(manifest("vidimus-http", "[dependencies]\nvidimus-core.workspace = true\n"), []);
        for (name, tested_with) in
            [("vidimus-store", "vidimus-e2e"), ("vidimus-http", "vidimus-store")]
        {
            let dependencies = format!("[dev-dependencies]\n{tested_with}.workspace = true\n");
            assert_eq!(manifest(name, &dependencies), [], "{name}");
        }
    }

    #[test]
    fn arrows_that_do_not_are_found() {
        for (name, dependencies) in [
            ("vidimus-core", "[dependencies]\nvidimus-dialect.workspace = true\n"),
            ("vidimus-http", "[dependencies]\nvidimus-store = { path = \"../s\" }\n"),
            ("vidimus-dialect", "[dev-dependencies]\nvidimus-store.workspace = true\n"),
            ("vidimus-bench", "[dependencies]\nvidimus.workspace = true\n"),
        ] {
            let findings = manifest(name, dependencies);
            assert_eq!(findings.iter().map(|found| found.line).collect::<Vec<_>>(), [4], "{name}");
        }
        assert_eq!(manifest("vidimus-new", "").len(), 1);
    }
}
