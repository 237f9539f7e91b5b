//! The compatibility tables: what a row says is one of three words, and it points at what shows it.

use std::collections::BTreeMap;
use std::fs;

use vidimus_e2e::binary;

const PAGE: &str = "docs/reference/compatibility.md";
const WORDS: [&str; 3] = ["implemented", "differs", "refused"];

fn read(path: &str) -> String {
    fs::read_to_string(binary::workspace().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The rows of the tables whose header has these cells.
fn rows(text: &str, header: &[&str]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<String> = row.split(" | ").map(|cell| cell.trim().to_owned()).collect();
        if cells == header {
            inside = true;
        } else if inside && !row.starts_with("---") {
            assert_eq!(cells.len(), header.len(), "{line}");
            rows.push(cells);
        }
    }
    rows
}

fn links(cell: &str) -> Vec<&str> {
    cell.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

/// As GitHub makes them: of headings that are alike, the second has a number.
fn anchors(text: &str) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let heading = line.trim_start_matches('#').trim();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let before: &mut usize = seen.entry(slug.clone()).or_default();
        *before += 1;
        if *before == 1 { slug } else { format!("{slug}-{}", *before - 1) }
    };
    headings.map(anchor).collect()
}

fn leads_somewhere(folder: &str, link: &str) {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let text = read(&format!("{folder}/{file}"));
    let there = anchor.is_empty() || anchors(&text).iter().any(|one| one == anchor);
    assert!(there, "{folder}/{link}");
}

#[test]
fn every_row_of_the_page_leads_to_exchanges_that_are_played() {
    let page = read(PAGE);
    let rows = rows(&page, &["endpoint", "what clients call it for", "here", "where"]);
    assert!(rows.len() > 40, "{}", rows.len());
    for cells in rows {
        let [endpoint, _, here, at] = cells.as_slice() else { panic!("{cells:?}") };
        let word = here.split([':', ';', ',', '.', ' ']).next().unwrap_or_default();
        assert!(WORDS.contains(&word), "{endpoint}: {here}");
        let links = links(at);
        assert!(links.len() > 1, "{endpoint} has no test");
        for link in &links {
            leads_somewhere("docs/reference", link);
        }
        let exchanges = links.iter().filter(|link| !link.contains("DIVERGENCES.md"));
        for link in exchanges {
            let text = read(&format!("docs/reference/{}", link.split('#').next().unwrap()));
            assert!(text.contains("```http"), "{endpoint}: {link} has no exchange");
        }
    }
}

#[test]
fn every_difference_has_its_exchange_or_a_reason_for_none() {
    for product in ["salesforce", "csp", "wso2"] {
        let folder = format!("wire/{product}");
        let text = read(&format!("{folder}/DIVERGENCES.md"));
        let rows = rows(&text, &["behaviour", "here", "source", "test"]);
        assert!(rows.len() > 15, "{product}: {}", rows.len());
        for cells in rows {
            let [behaviour, here, _, test] = cells.as_slice() else { panic!("{cells:?}") };
            let word = here.split([':', ';', ',', '.', ' ']).next().unwrap_or_default();
            assert!(WORDS.contains(&word), "{product}: {behaviour}: {here}");
            let links = links(test);
            assert!(!links.is_empty() || word == "refused", "{product}: {behaviour} has no test");
            for link in links {
                leads_somewhere(&folder, link);
            }
        }
    }
}
