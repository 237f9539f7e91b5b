//! The style test: rules over the tree as text, each a file here and a line in `RULES`.

mod allow_attribute;
mod core_dependencies;
mod dialect_names;
mod edges;
mod file_size;
mod function_length;
mod licences;
mod links;
mod manifest;
mod names;
mod opening;
mod request_paths;
pub mod source;
mod spdx;
mod sql_place;
mod tenant_in_sql;
pub mod tree;

use tree::Tree;

pub struct Rule {
    pub name: &'static str,
    pub find: fn(&Tree) -> Vec<Finding>,
}

pub const RULES: &[Rule] = &[
    Rule { name: "allow-attribute", find: allow_attribute::find },
    Rule { name: "core-dependencies", find: core_dependencies::find },
    Rule { name: "dialect-names", find: dialect_names::find },
    Rule { name: "edges", find: edges::find },
    Rule { name: "file-size", find: file_size::find },
    Rule { name: "function-length", find: function_length::find },
    Rule { name: "licences", find: licences::find },
    Rule { name: "links", find: links::find },
    Rule { name: "names", find: names::find },
    Rule { name: "opening", find: opening::find },
    Rule { name: "request-paths", find: request_paths::find },
    Rule { name: "sql-place", find: sql_place::find },
    Rule { name: "tenant-in-sql", find: tenant_in_sql::find },
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub message: String,
    /// Shown, and does not fail the run.
    pub warning: bool,
}

impl Finding {
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into(), warning: false }
    }

    pub fn warning(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(path, line, message) }
    }
}

pub fn run() -> Result<(), String> {
    let tree = Tree::read(crate::root())?.with_metadata()?;
    let mut violations = 0;
    for rule in RULES {
        for finding in (rule.find)(&tree) {
            let kind = if finding.warning { "warning" } else { "error" };
            let Finding { path, line, message, .. } = &finding;
            eprintln!("{path}:{line}: {kind}: {message} [{}]", rule.name);
            violations += usize::from(!finding.warning);
        }
    }
    match violations {
        0 => Ok(()),
        count => Err(format!("{count} violations of the style")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        assert_eq!(run(), Ok(()));
    }

    #[test]
    fn rules_are_named_once_and_in_order() {
        assert!(RULES.is_sorted_by(|one, two| one.name < two.name));
    }
}
