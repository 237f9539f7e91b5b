//! The page of an item: title, program, the same call by curl, and the item itself. Every text in it is
//! escaped; no script, and no style but the whole page's own.

use crate::{
    call::Call,
    lang::{self, Language},
};

/// A page's parts as HTML, for a page that has a frame of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// `Language / Collection / Item`, as text.
    pub title: String,
    /// Paragraphs; empty where nothing describes the item.
    pub description: String,
    pub program: String,
    /// The same call by curl; empty where the program is curl's.
    pub curl: String,
    pub item: String,
}

pub fn fragment(language: &Language, call: &Call) -> Fragment {
    let paragraphs = call.description.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let code = |text: &str| format!("<pre><code>{}</code></pre>", escaped(text.trim_end()));
    let curl = lang::language("curl").filter(|curl| curl.name != language.name);
    Fragment {
        title: format!("{} / {}", language.title, call.title),
        description: paragraphs.map(|text| format!("<p>{}</p>\n", escaped(text))).collect(),
        program: code(&(language.program)(call)),
        curl: curl.map(|curl| code(&(curl.program)(call))).unwrap_or_default(),
        item: code(&format!("{:#}", call.item)),
    }
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
pre{background:#f4f4f6;border-radius:.3rem;overflow:auto;padding:1rem}\
@media(prefers-color-scheme:dark){body{background:#16161a;color:#e8e8ec}pre{background:#232329}}";

/// Nothing is loaded for it.
pub fn whole(language: &Language, call: &Call) -> String {
    let Fragment { title, description, program, curl, item } = fragment(language, call);
    let title = escaped(&title);
    let curl = match curl.as_str() {
        "" => String::new(),
        curl => format!("<h2>Curl Command</h2>\n{curl}\n"),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{description}{program}\n{curl}\
         <h2>Postman Collection Item JSON</h2>\n{item}\n</body>\n</html>\n"
    )
}

pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::postman;

    const EVIL: &str = r#"{"name": "</code><script>alert('1')</script>", "request": {"method": "GET",
        "description": "<img src=x onerror=\"a\">\n\nsecond", "url": "https://a.example/?<script>", "header": [{"key": "X", "value": "</pre>"}]}}"#;

    #[test]
    fn nothing_of_an_item_becomes_markup() {
        let call = postman::read(EVIL).expect("an item").items[0].call(&BTreeMap::new());
        for language in lang::LANGUAGES {
            let page = whole(language, &call);
            for evil in ["<script", "<img", "onerror=\"", "</pre>\"", "</code><"] {
                let own = evil == "</code><"
                    && page.matches("</code></pre>").count() == page.matches("</code><").count();
                assert!(own || !page.contains(evil), "{}: {evil}", language.name);
            }
            assert!(page.contains("<p>second</p>"));
        }
    }

    #[test]
    fn a_page_is_read_again_as_what_it_shows() {
        let read = postman::read(EVIL).expect("an item");
        let page = whole(lang::LANGUAGES[1], &read.items[0].call(&BTreeMap::new()));
        let again = postman::read(&page).expect("the page");
        assert_eq!(again.items[0].value, read.items[0].value);
    }
}
