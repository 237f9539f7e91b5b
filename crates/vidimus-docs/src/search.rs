//! The search: every word of the query must occur in a part of a page; headings count for more.

use std::sync::LazyLock;

use crate::{address, library, plain};

const QUERY_CHARS_MAX: usize = 200;
const WORDS_MAX: usize = 8;
const RESULTS_MAX: usize = 40;
/// Of the text around the first hit.
const SHOWN_CHARS: usize = 220;

struct Entry {
    address: String,
    page: String,
    heading: String,
    text: String,
    /// In small letters: of the page, of the heading, and of heading and text.
    lower_page: String,
    lower_heading: String,
    lower: String,
    /// Those that explain come before those that record.
    weight: usize,
}

static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| library::texts().flat_map(entries).collect());

#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub address: String,
    pub page: &'static str,
    pub heading: &'static str,
    /// Pieces of the text, every other one a hit.
    pub pieces: Vec<String>,
}

pub struct Results {
    pub found: Vec<Found>,
    pub total: usize,
}

fn entries((path, text): (&'static str, &'static str)) -> Vec<Entry> {
    let parts = plain::parts(text);
    let page = parts.first().map(|part| part.heading.trim().to_owned()).unwrap_or_default();
    let weight = match path.split('/').next() {
        Some("docs") => 60,
        Some("README.md") => 45,
        _ => 0,
    };
    let entry = |part: plain::Part| Entry {
        address: format!("{}#{}", address::of(path), part.anchor),
        page: page.clone(),
        lower_page: page.to_lowercase(),
        lower_heading: part.heading.to_lowercase(),
        lower: format!("{} {}", part.heading, part.text).to_lowercase(),
        heading: part.heading.trim().to_owned(),
        text: part.text,
        weight,
    };
    parts.into_iter().map(entry).collect()
}

/// The query as it is searched for.
pub fn words(query: &str) -> Vec<String> {
    let kept: String = query.chars().take(QUERY_CHARS_MAX).collect();
    kept.to_lowercase().split_whitespace().take(WORDS_MAX).map(str::to_owned).collect()
}

pub fn search(query: &str) -> Results {
    let words = words(query);
    let whole = words.join(" ");
    let mut hits: Vec<(usize, &'static Entry)> = match words.is_empty() {
        true => Vec::new(),
        false => {
            INDEX.iter().filter_map(|entry| Some((score(entry, &words, &whole)?, entry))).collect()
        }
    };
    hits.sort_by(|one, two| two.0.cmp(&one.0).then_with(|| one.1.address.cmp(&two.1.address)));
    let total = hits.len();
    let found = hits.into_iter().take(RESULTS_MAX).map(|(_, entry)| shown(entry, &words));
    Results { found: found.collect(), total }
}

fn score(entry: &Entry, words: &[String], whole: &str) -> Option<usize> {
    let mut score = entry.weight;
    // All of it as it was typed, such as the text of an error.
    if words.len() > 1 && entry.lower.contains(whole) {
        score += 80;
    }
    for word in words {
        let times = entry.lower.matches(word.as_str()).count();
        if times == 0 && !entry.lower_page.contains(word) {
            return None;
        }
        score += times.min(5);
        score += if entry.lower_heading.contains(word) { 30 } else { 0 };
        score += if entry.lower_page.contains(word) { 20 } else { 0 };
    }
    Some(score)
}

fn shown(entry: &'static Entry, words: &[String]) -> Found {
    Found {
        address: entry.address.clone(),
        page: &entry.page,
        heading: &entry.heading,
        pieces: pieces(&around(&entry.text, words), words),
    }
}

/// Some text around the first hit, cut at spaces.
fn around(text: &str, words: &[String]) -> String {
    let all: Vec<&str> = text.split_whitespace().collect();
    let is_hit = |word: &&str| words.iter().any(|wanted| word.to_lowercase().contains(wanted));
    let at = all.iter().position(is_hit).unwrap_or(0);
    let start = at.saturating_sub(12);
    let mut shown = if start > 0 { "… ".to_owned() } else { String::new() };
    for word in all.iter().skip(start) {
        if shown.chars().count() > SHOWN_CHARS {
            shown.push('…');
            break;
        }
        shown.push_str(word);
        shown.push(' ');
    }
    shown.trim_end().to_owned()
}

/// Every other piece is a hit. Case is compared by ASCII, so that positions stay.
fn pieces(text: &str, words: &[String]) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let mut pieces = Vec::new();
    let mut from = 0;
    loop {
        let rest = lower.get(from..).unwrap_or_default();
        let next = words.iter().filter_map(|w| rest.find(w.as_str()).map(|at| (at, w.len()))).min();
        let Some((at, length)) = next else {
            pieces.push(text.get(from..).unwrap_or_default().to_owned());
            return pieces;
        };
        pieces.push(text.get(from..from + at).unwrap_or_default().to_owned());
        pieces.push(text.get(from + at..from + at + length).unwrap_or_default().to_owned());
        from += at + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_occur_and_hits_are_marked() {
        let results = search("Introspection  resource");
        assert!(results.total > 0 && !results.found.is_empty());
        assert_eq!(search("zzz-no-such-word").total, 0);
        assert_eq!(search("").total, 0);
        assert_eq!(search("introspection zzz-no-such-word").total, 0);
        let pieces = pieces("An Active token, active.", &words("ACTIVE"));
        assert_eq!(pieces, ["An ", "Active", " token, ", "active", "."]);
    }

    #[test]
    fn the_text_of_an_error_leads_to_what_it_means() {
        let best = |query: &str| search(query).found.remove(0).address;
        assert!(best("audience is invalid").starts_with("/docs/reference/product-errors#"));
        assert_eq!(best("wrong_audience"), "/docs/reference/inactive-tokens#wrong_audience");
        assert!(best("jsforce").starts_with("/docs/how-to/jsforce#"));
    }

    #[test]
    fn a_hit_deep_in_a_text_is_shown_with_what_is_around_it() {
        let text = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let shown = around(&text, &words("needle"));
        assert!(shown.starts_with("… ") && shown.ends_with('…') && shown.contains("needle"));
        assert!(shown.chars().count() < SHOWN_CHARS + 20);
    }
}
