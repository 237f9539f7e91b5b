//! What pages load, by names that change with their content.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};

use crate::accent::{DEFAULT, stylesheet};

/// A file that pages load: it never changes under its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// From the root: `/assets/…`.
    pub path: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

static ALL: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let style = include_str!("../assets/vidimus.css").to_owned() + &stylesheet(DEFAULT);
    let icon = include_str!("../assets/favicon.svg").to_owned();
    let console = include_str!("../assets/console.css");
    let script = include_str!("../assets/console.js");
    [
        Asset::named("css", "text/css; charset=utf-8", style),
        Asset::named("svg", "image/svg+xml", icon),
        Asset::named("css", "text/css; charset=utf-8", console.to_owned()),
        Asset::named("js", "text/javascript; charset=utf-8", script.to_owned()),
    ]
});

/// All of them, beside the colours of tenants: those are [`crate::accent`]'s.
pub fn assets() -> &'static [Asset] {
    ALL.as_slice()
}

pub fn style() -> &'static str {
    let [style, ..] = &*ALL;
    &style.path
}

pub fn icon() -> &'static str {
    let [_, icon, ..] = &*ALL;
    &icon.path
}

/// Beside [`style`], for the operators' pages.
pub fn console_style() -> &'static str {
    let [_, _, console, _] = &*ALL;
    &console.path
}

/// Keeps what an operator watches up to date.
pub fn console_script() -> &'static str {
    let [.., script] = &*ALL;
    &script.path
}

impl Asset {
    fn named(ending: &str, content_type: &'static str, text: String) -> Self {
        let hash = digest(&SHA256, text.as_bytes());
        let name: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let path = format!("/assets/vidimus-{name}.{ending}");
        Self { path, content_type, bytes: text.into_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_contents_and_nothing_comes_from_elsewhere() {
        let [style, icon, ..] = assets() else { panic!("two") };
        assert_eq!((style.path.as_str(), icon.path.as_str()), (self::style(), self::icon()));
        assert_eq!(style.path.len(), "/assets/vidimus-0123456789abcdef.css".len());
        let other = Asset::named("css", "text/css", "x".to_owned());
        assert_ne!(other.path, style.path);
        let text = String::from_utf8(style.bytes.clone()).expect("text");
        assert!(text.contains("--accent:#"), "the colour of those who have none");
        for foreign in ["url(", "@import", "@font-face", "http:", "https:"] {
            assert!(!text.contains(foreign), "{foreign}");
        }
    }
}
