//! The native opaque token: `vat_` (access) or `vrt_` (refresh), row key, 256-bit secret, CRC-32.

// The prefix and the checksum let a secret scanner tell a leaked token from random text without
// asking us; the row key lets the store find the row where it was last written. One text per
// token: see [`crate::base62`].

use super::body;
use crate::{model::TokenKind, row_key::RowKey, secret::Secret};

const KINDS: [TokenKind; 2] = [TokenKind::Access, TokenKind::Refresh];

const fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "vat_",
        TokenKind::Refresh => "vrt_",
    }
}

/// A token around a secret.
pub fn mint(kind: TokenKind, key: RowKey, secret: &[u8; 32]) -> Secret {
    body::mint(prefix(kind), key, secret)
}

/// The row that a token names; `None` where the text has another prefix. Shape only; the secret is
/// compared by the decider.
pub fn parse(text: &str) -> Option<Result<RowKey, body::Damaged>> {
    let kind = KINDS.into_iter().find(|&kind| text.starts_with(prefix(kind)))?;
    Some(body::parse(prefix(kind), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        context::{Entropy as _, SeededEntropy},
        time::Time,
    };
    use proptest::prelude::*;

    const TOKEN_CHARS: usize = 4 + body::BODY_CHARS;

    fn sample(seed: u64) -> (RowKey, Secret) {
        let mut entropy = SeededEntropy::new(seed);
        let key = RowKey::draw(Time(1_800_000_000_000), &mut entropy);
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        (key, mint(TokenKind::Access, key, &secret))
    }

    #[test]
    fn a_token_names_its_row() {
        let (key, token) = sample(1);
        assert_eq!(parse(token.expose()), Some(Ok(key)));
        assert!(token.expose().chars().skip(4).all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn every_truncation_and_extension_is_damaged() {
        let (_, token) = sample(2);
        let text = token.expose();
        for end in 4..text.len() {
            assert_eq!(parse(&text[..end]), Some(Err(body::Damaged)));
        }
        assert_eq!(parse(&format!("{text}0")), Some(Err(body::Damaged)));
        assert_eq!(parse(&text[..3]), None);
    }

    proptest! {
        #[test]
        fn no_single_change_parses(seed: u64, at in 0..TOKEN_CHARS, with in "[ -~]") {
            let (_, token) = sample(seed);
            let mut text = token.expose().to_owned();
            text.replace_range(at..=at, &with);
            prop_assume!(text != token.expose());
            prop_assert!(!matches!(parse(&text), Some(Ok(_))));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,100}") {
            let _ = parse(&text);
        }
    }
}
