//! A client's name as people may be shown it: what it says of itself must not say more than that by
//! turning or hiding what stands beside it (Unicode TR36 §2.10).

use crate::limits::CLIENT_NAME_CHARS_MAX;

/// Without what turns the direction of text or cannot be seen; `None` where nothing is left.
///
/// # Errors
/// Why it cannot be a name.
pub fn clean(name: &str) -> Result<Option<String>, &'static str> {
    let visible: String = name.chars().filter(|&c| !is_hidden(c)).collect();
    let visible = visible.trim();
    if visible.chars().any(char::is_control) {
        return Err("it has control characters");
    }
    if visible.chars().count() > CLIENT_NAME_CHARS_MAX {
        return Err("it is too long");
    }
    Ok(Some(visible).filter(|name| !name.is_empty()).map(str::to_owned))
}

const fn is_hidden(c: char) -> bool {
    matches!(c,
        // Marks, embeddings, overrides and isolates of direction.
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
        // Of no width, joiners and invisible operators; lines and paragraphs; tags.
        | '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{E0000}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn sec_165_a_name_is_short_and_shows_itself() {
        for (sent, shown) in [
            ("Example Olivier", "Example Olivier"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("evil\u{202E}moc.elpmaxe", "evilmoc.elpmaxe"),
            ("Exam\u{200B}ple", "Example"),
            ("\u{2066}a\u{2069}\u{FEFF}", "a"),
            ("Ω ☃ 😀", "Ω ☃ 😀"),
        ] {
            assert_eq!(clean(sent).unwrap().as_deref(), Some(shown), "{sent:?}");
        }
        assert_eq!(clean("\u{200B} \u{202E}"), Ok(None));
        assert_eq!(clean(&"é".repeat(120)).unwrap().unwrap().chars().count(), 120);
        for bad in ["two\nlines", "a\u{7}", "a\u{85}b", &"x".repeat(121), &"x".repeat(10_000)] {
            assert!(clean(bad).is_err(), "{bad:?}");
        }
    }
}
