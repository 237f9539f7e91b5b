//! What pages say, by language: one file each in `locales/`, in which every text has a key.

use std::{collections::BTreeMap, sync::LazyLock};

/// The first is for those whose languages we have none of.
const FILES: [(&str, &str); 2] =
    [("en", include_str!("../locales/en.toml")), ("de", include_str!("../locales/de.toml"))];

static ALL: LazyLock<Vec<Words>> =
    LazyLock::new(|| FILES.iter().map(|(language, text)| Words::read(language, text)).collect());
static NONE: Words = Words { language: "", texts: BTreeMap::new() };

#[derive(Debug)]
pub struct Words {
    /// A tag of BCP 47.
    pub language: &'static str,
    texts: BTreeMap<String, String>,
}

/// In the best language that we have: those that the request asks for come before the browser's.
pub fn choose(asked: &[String], browser: &[String]) -> &'static Words {
    let speaks = |tag: &String| {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        ALL.iter().find(|words| words.language.eq_ignore_ascii_case(primary))
    };
    let found = asked.iter().chain(browser).find_map(speaks);
    found.or(ALL.first()).unwrap_or(&NONE)
}

impl Words {
    fn read(language: &'static str, text: &str) -> Self {
        let mut texts = BTreeMap::new();
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).unwrap_or_default();
        for (table, words) in tables {
            texts.extend(words.into_iter().map(|(key, text)| (format!("{table}.{key}"), text)));
        }
        Self { language, texts }
    }

    /// The key itself where there is no text for it.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// Of a thing that others name: its words, or none where nobody gave it any.
    pub fn named(&self, table: &str, name: &str) -> Option<&str> {
        self.texts.get(&format!("{table}.{name}")).map(String::as_str)
    }

    /// With its one place filled.
    pub fn with(&self, key: &str, value: &str) -> String {
        let (before, after) = self.around(key);
        format!("{before}{value}{after}")
    }

    /// What stands before and after its one place, where that is to be set apart.
    pub fn around<'a>(&'a self, key: &'a str) -> (&'a str, &'a str) {
        let text = self.text(key);
        place(text).map_or((text, ""), |(before, _, after)| (before, after))
    }

    /// With several.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.text(key);
        while let Some((before, name, after)) = place(rest) {
            filled.push_str(before);
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled + rest
    }

    pub fn wait(&self, seconds: u32) -> String {
        let (count, unit) = match seconds {
            0 | 1 => (1, "wait.second"),
            2..=90 => (seconds, "wait.seconds"),
            _ => (seconds.div_ceil(60), "wait.minutes"),
        };
        self.with(unit, &count.to_string())
    }
}

fn place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut rest = text;
        while let Some((_, name, after)) = place(rest) {
            found.insert(name);
            rest = after;
        }
        found
    }

    #[test]
    fn the_languages_are_those_that_discovery_lists() {
        let languages: Vec<_> = ALL.iter().map(|words| words.language).collect();
        assert_eq!(languages, vidimus_core::discovery::UI_LOCALES);
    }

    #[test]
    fn every_language_says_the_same_things_with_the_same_places() {
        let shape = |words: &'static Words| -> Vec<_> {
            words.texts.iter().map(|(key, text)| (key.as_str(), places(text))).collect()
        };
        let first = shape(&ALL[0]);
        assert!(first.len() > 100, "{}", first.len());
        for words in ALL.iter() {
            assert_eq!(shape(words), first, "{}", words.language);
            assert!(words.texts.values().all(|text| !text.trim().is_empty()));
        }
    }

    #[test]
    fn what_was_asked_for_comes_before_what_the_browser_speaks() {
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        for (asked, browser, chosen) in [
            (&[][..], &[][..], "en"),
            (&[], &["de-AT", "en"], "de"),
            (&["en"], &["de"], "en"),
            (&["fr-CA", "tlh"], &["DE_de"], "de"),
            (&["fr"], &["it", ""], "en"),
        ] {
            assert_eq!(choose(&tags(asked), &tags(browser)).language, chosen, "{asked:?}");
        }
    }

    #[test]
    fn places_are_filled_and_values_are_not_read() {
        let words = choose(&[], &[]);
        assert_eq!(words.with("sign_in.to", "{x}"), "to continue to {x}");
        assert_eq!(words.around("sign_in.to"), ("to continue to ", ""));
        let filled = words.fill("account.agent_on", &[("system", "{browser}"), ("browser", "F")]);
        assert_eq!(filled, "F on {browser}");
        assert_eq!(words.wait(1), "1 second");
        assert_eq!(words.wait(90), "90 seconds");
        assert_eq!(words.wait(91), "2 minutes");
        assert_eq!(words.text("no.such"), "no.such");
    }
}
