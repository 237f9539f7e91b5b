//! The page of the products' words has them as the dialects do.

use std::fs;
use std::path::Path;

use vidimus_e2e::binary;

fn read(path: &str) -> String {
    fs::read_to_string(binary::workspace().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// All of a dialect's source, with what a line's end parts in a text put together again.
fn dialect(name: &str) -> String {
    let root = binary::workspace().join("crates/vidimus-dialect/src");
    let mut all = fs::read_to_string(root.join(format!("{name}.rs"))).expect("a dialect");
    let folder = fs::read_dir(root.join(name)).expect("its folder").flatten();
    let sources = folder.map(|entry| entry.path()).filter(|path| is_source(path));
    all.extend(sources.map(|path| fs::read_to_string(path).expect("a source")));
    all.split("\\\n").map(str::trim_start).collect()
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs")
}

fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_page_of_the_products_words_has_them_as_they_are_said() {
    let page = read("docs/reference/product-errors.md");
    let causes = read("docs/reference/errors.md");
    let mut seen = 0;
    for (section, name) in
        [("Salesforce", "salesforce"), ("VMware Cloud Services (CSP)", "csp"), ("WSO2", "wso2")]
    {
        let (_, rest) = page.split_once(&format!("\n## {section}")).expect(section);
        let own = rest.split("\n## ").next().unwrap_or_default();
        let source = dialect(name);
        let shared = read("crates/vidimus-core/src/error.rs");
        let rows = own.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
        for row in rows.filter(|row| row.contains('`')) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let (said, cause) = match cells.as_slice() {
                [message, cause, _] => (codes(message), cause),
                [error, text, cause, _] => ([codes(error), codes(text)].concat(), cause),
                _ => panic!("{row}"),
            };
            for words in said {
                let is_there = source.contains(words) || shared.contains(&format!("\"{words}\""));
                assert!(is_there, "{name} never says: {words}");
                seen += 1;
            }
            for cause in codes(cause) {
                let known = causes.contains(&format!("`{cause}`")) || cause.starts_with("missing_");
                assert!(known, "{cause} is no cause");
            }
        }
    }
    assert!(seen > 80, "{seen}");
}
