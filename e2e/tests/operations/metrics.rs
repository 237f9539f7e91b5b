//! The page of metrics, which is the table in the code, as values.

use std::collections::BTreeMap;
use std::fs;

use vidimus_e2e::binary;

pub struct Metric {
    pub kind: String,
    pub labels: Vec<String>,
}

/// By name.
pub fn documented() -> BTreeMap<String, Metric> {
    let page = read("docs/reference/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let metrics: BTreeMap<_, _> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let [name, kind, labels, _] = cells[..] else { panic!("{row}") };
            let labels = labels.split(", ").map(|label| label.trim_matches('`').to_owned());
            let labels = labels.filter(|label| !label.is_empty()).collect();
            (name.trim_matches('`').to_owned(), Metric { kind: kind.to_owned(), labels })
        })
        .collect();
    assert!(metrics.len() > 20, "{} metrics", metrics.len());
    metrics
}

pub fn read(path: &str) -> String {
    let path = binary::workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}
