//! As much of PromQL as tells which metrics and labels an expression names.

use std::collections::{BTreeMap, BTreeSet};

use crate::metrics::Metric;

/// Of Prometheus itself: what it says of a target, and what it adds to every series of one.
const ITS_METRICS: [&str; 1] = ["up"];
const ITS_LABELS: [&str; 2] = ["job", "instance"];
const LISTS: [&str; 4] = ["by", "without", "on", "ignoring"];

/// # Errors
/// A name that is nobody's.
pub fn check(expression: &str, known: &BTreeMap<String, Metric>) -> Result<(), String> {
    let (metrics, labels) = names(expression);
    let mut of_these: BTreeSet<&str> = ITS_LABELS.into();
    for name in &metrics {
        let exact = known.get(name).filter(|metric| metric.kind != "histogram");
        let part = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
            let metric = known.get(name.strip_suffix(suffix)?)?;
            Some(metric).filter(|metric| metric.kind == "histogram")
        });
        match exact.or(part) {
            Some(metric) => of_these.extend(metric.labels.iter().map(String::as_str)),
            None if ITS_METRICS.contains(&name.as_str()) => {}
            None => return Err(format!("no metric {name}: {expression}")),
        }
        if name.ends_with("_bucket") {
            of_these.insert("le");
        }
    }
    if metrics.is_empty() {
        return Err(format!("names no metric: {expression}"));
    }
    match labels.iter().find(|label| !of_these.contains(label.as_str())) {
        Some(label) => Err(format!("no label {label}: {expression}")),
        None => Ok(()),
    }
}

/// Metrics, and labels.
fn names(expression: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    let mut in_labels = false;
    let mut last = String::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '$';
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length > 0 {
            let (word, after) = rest.split_at(length);
            let called = after.trim_start().starts_with(['(', '{', '[']);
            let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic());
            if in_labels {
                labels.insert(word.to_owned());
            } else if is_name && (word.contains('_') || word == "up") && is_metric(word, called) {
                metrics.insert(word.to_owned());
            }
            word.clone_into(&mut last);
            rest = after;
            continue;
        }
        match first {
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                rest = &rest[end..];
                continue;
            }
            // A duration is no name.
            '[' => {
                let end = rest.find(']').map_or(rest.len(), |end| end + 1);
                rest = &rest[end..];
                continue;
            }
            '{' => in_labels = true,
            '(' if LISTS.contains(&last.as_str()) => in_labels = true,
            '}' | ')' => in_labels = false,
            _ => {}
        }
        if !first.is_whitespace() {
            last.clear();
        }
        rest = &rest[first.len_utf8()..];
    }
    (metrics, labels)
}

/// Functions have names with underscores, too.
fn is_metric(word: &str, called: bool) -> bool {
    !(called && ["histogram_quantile", "label_values", "label_replace"].contains(&word))
}

#[test]
fn names_are_told_from_words() {
    let known = BTreeMap::from([
        ("a_total".to_owned(), metric("counter", &["x"])),
        ("h_seconds".to_owned(), metric("histogram", &["y"])),
    ]);
    for good in [
        r#"sum by (x) (rate(a_total{x="no_such", job=~"z"}[5m])) > 0.5 * sum(a_total)"#,
        "histogram_quantile(0.99, sum by (le, y) (rate(h_seconds_bucket[$__rate_interval])))",
        "up == 0",
        "a_total and on (x) a_total",
    ] {
        assert_eq!(check(good, &known), Ok(()));
    }
    for bad in [
        "rate(b_total[5m])",
        "h_seconds",
        "a_total_bucket",
        "sum by (y) (a_total)",
        r#"a_total{z="1"}"#,
        "sum by (le) (h_seconds_count)",
        "1 > 0",
    ] {
        assert!(check(bad, &known).is_err(), "{bad}");
    }
}

#[cfg(test)]
fn metric(kind: &str, labels: &[&str]) -> Metric {
    let labels = labels.iter().map(|&label| label.to_owned()).collect();
    Metric { kind: kind.to_owned(), labels }
}
