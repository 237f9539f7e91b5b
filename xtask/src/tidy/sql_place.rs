//! Only the store speaks SQL, and only it depends on what speaks to a database.

use super::Finding;
use super::manifest;
use super::tree::Tree;

const DRIVERS: &[&str] = &["rusqlite", "tokio-postgres", "deadpool-postgres"];
const BEGINNINGS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "CREATE UNIQUE INDEX ",
    "ALTER TABLE ",
    "PRAGMA ",
];

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust().filter(|(path, _)| is_governed(path)) {
        for literal in source.literals.iter().filter(|literal| is_sql(&literal.text)) {
            findings.push(Finding::new(path, literal.line, "SQL outside vidimus-store"));
        }
    }
    for (path, _) in tree.files().filter(|(path, _)| is_governed(path) && path.ends_with(".sql")) {
        findings.push(Finding::new(path, 1, "SQL outside vidimus-store"));
    }
    for package in manifest::all(tree).into_iter().filter(|one| is_governed(one.path)) {
        for dependency in package.dependencies.iter().filter(|one| DRIVERS.contains(&one.name)) {
            let message = format!("{} outside vidimus-store", dependency.name);
            findings.push(Finding::new(package.path, dependency.line, message));
        }
    }
    findings
}

fn is_governed(path: &str) -> bool {
    path.starts_with("crates/") && !path.starts_with("crates/vidimus-store/")
}

fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || (text.starts_with("UPDATE ") && text.contains(" SET "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_and_drivers_are_found_outside_the_store_only() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nrusqlite.workspace = true\n";
        for (file, text, count) in [
            ("src/a.rs", "const A: &str = \"SELECT 1\";", 1),
            ("src/a.rs", "const A: &str = \"\n  UPDATE token SET a = 1\";", 1),
            ("src/a.rs", "// SELECT 1\nconst A: &str = \"Select one of these\";", 0),
            ("src/a.sql", "", 1),
            ("Cargo.toml", manifest, 1),
        ] {
            let found =
                |folder: &str| find(&Tree::of(&[(&format!("{folder}/{file}"), text)])).len();
            assert_eq!(found("crates/vidimus-http"), count, "{text}");
            assert_eq!(found("crates/vidimus-store"), 0, "{text}");
        }
    }
}
