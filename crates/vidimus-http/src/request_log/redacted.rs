//! A text of a request or a reply that may be a secret: shown only where its name says that it is
//! none; else there is a mark with what it was and how long.

use std::fmt;

use serde::{Serialize, Serializer};

/// Of what is shown; longer ones are cut.
const SHOWN_CHARS_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redacted {
    Shown(String),
    /// What it was, and its length.
    Hidden {
        what: String,
        bytes: usize,
    },
    /// `Authorization: Basic`: the name of whoever asks, and how long the secret was.
    Basic {
        id: String,
        bytes: usize,
    },
    /// `Authorization` of another scheme.
    Credentials {
        scheme: String,
        bytes: usize,
    },
}

/// A header, a parameter or a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    pub name: String,
    pub value: Redacted,
}

impl Redacted {
    /// A value that is said to be none; what is shaped like one is hidden all the same.
    pub fn shown(name: &str, value: &str) -> Self {
        if is_shaped_like_a_secret(value) {
            return Self::hidden(name, value.len());
        }
        // Whoever shows it shows it in a terminal.
        let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let mut text: String = value.chars().take(SHOWN_CHARS_MAX).map(plain).collect();
        if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
            text.push('…');
        }
        Self::Shown(text)
    }

    pub fn hidden(what: &str, bytes: usize) -> Self {
        Self::Hidden { what: what.to_owned(), bytes }
    }

    pub fn weight(&self) -> usize {
        match self {
            Self::Shown(text) => text.len(),
            Self::Hidden { what: text, .. }
            | Self::Basic { id: text, .. }
            | Self::Credentials { scheme: text, .. } => text.len() + size_of::<usize>(),
        }
    }
}

impl Pair {
    pub fn new(name: &str, value: Redacted) -> Self {
        Self { name: name.to_owned(), value }
    }

    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.value.weight()
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) => f.write_str(text),
            Self::Hidden { what, bytes } => write!(f, "<{what}: {bytes} bytes>"),
            Self::Basic { id, bytes } => write!(f, "Basic {id}:<secret: {bytes} bytes>"),
            Self::Credentials { scheme, bytes } => write!(f, "{scheme} <token: {bytes} bytes>"),
        }
    }
}

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A token of ours, a JWT, a token with an organization's id before it: in the wrong place, too.
pub fn is_shaped_like_a_secret(text: &str) -> bool {
    let ours = |word: &str| {
        matches!(word.as_bytes(), [b'v', kind, of, b'_', rest @ ..]
            if kind.is_ascii_lowercase() && of.is_ascii_lowercase() && rest.len() > 8)
    };
    let jwt = |word: &str| word.starts_with("eyJ") && word.len() > 16;
    let of_organization = |word: &str| word.starts_with("00D") && word.contains('!');
    let separators = |c: char| !(c.is_ascii_alphanumeric() || "_-.!".contains(c));
    text.split(separators).any(|word| ours(word) || jwt(word) || of_organization(word))
}

/// A name as callers write it: one that is no name was a value in the wrong place.
pub fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:[]".contains(c);
    if text.len() <= 32 && text.chars().all(plain) && !is_shaped_like_a_secret(text) {
        text.to_owned()
    } else {
        format!("<name: {} bytes>", text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_hidden_under_any_name() {
        for text in [
            "vat_0123456789abcdef",
            "x vrt_0123456789abcdef",
            "eyJhbGciOiJSUzI1NiJ9.e30.x",
            "00Dx0000000BV7z!AR8AQAxo9UfVkh8",
            "https://a.example/?token=vat_0123456789abcdef",
        ] {
            let hidden = Redacted::shown("client_id", text);
            assert_eq!(hidden, Redacted::hidden("client_id", text.len()), "{text}");
        }
        for text in ["demo-app", "orders:read orders:write", "value_of", "3MVG9", "v1_x"] {
            assert_eq!(Redacted::shown("x", text), Redacted::Shown(text.to_owned()));
        }
    }

    #[test]
    fn a_value_that_was_sent_as_a_name_is_not_told() {
        assert_eq!(name("grant_typ"), "grant_typ");
        for text in
            ["vat_0123456789abcdef", "8f1c3a60-3a86-4bd6-a2b1-2b4c1f8a9e10", "{\"a\":1}", "a b"]
        {
            assert_eq!(name(text), format!("<name: {} bytes>", text.len()));
        }
    }

    #[test]
    fn sec_265_no_text_steers_a_terminal() {
        let shown = Redacted::shown("scope", "a\x1b[2Jb\r\nc\u{9b}");
        assert_eq!(shown.to_string(), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\u{fffd}");
    }

    #[test]
    fn long_texts_are_cut() {
        let Redacted::Shown(text) = Redacted::shown("scope", &"é ".repeat(300)) else { panic!() };
        assert_eq!(text.chars().count(), SHOWN_CHARS_MAX + 1);
    }
}
