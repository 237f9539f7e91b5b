//! A browser by the names that people know, from what it calls itself (RFC 9110 §10.1.5).

use crate::words::Words;

const LENGTH_MAX: usize = 80;

/// The first that is found: later ones say that they are the earlier ones too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Its own words, cut short, where they name no browser that we know.
pub fn agent(text: &str, words: &Words) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => {
            words.fill("account.agent_on", &[("browser", browser), ("system", system)])
        }
        (Some(browser), None) => browser.to_owned(),
        (None, _) if text.trim().is_empty() => words.text("account.unknown_agent").to_owned(),
        (None, _) if text.chars().count() > LENGTH_MAX => {
            text.chars().take(LENGTH_MAX).chain(['…']).collect()
        }
        (None, _) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::choose;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let long = "x".repeat(81);
        let cut = format!("{}…", "x".repeat(80));
        for (text, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            (" ", "Unknown browser"),
            (&long, &cut),
        ] {
            assert_eq!(agent(text, choose(&[], &[])), name);
        }
    }
}
