//! The native opaque token: `vat_` (access) or `vrt_` (refresh), row key, 256-bit secret, CRC-32.

// The prefix and the checksum let a secret scanner tell a leaked token from random text without
// asking us; the row key lets the store find the row where it was last written. One text per
// token: see [`crate::base62`].

use crate::{
    base62::{U32_CHARS, U64_CHARS, parse_u32, parse_u64, push_u32, push_u64},
    context::Entropy,
    facts::TokenRef,
    introspect::Reason,
    jwt::Unverified,
    model::TokenKind,
    row_key::RowKey,
    secret::Secret,
};

const PREFIX_CHARS: usize = 4;
const SECRET_WORDS: usize = 4;
const TOKEN_CHARS: usize = PREFIX_CHARS + (1 + SECRET_WORDS) * U64_CHARS + U32_CHARS;

const KINDS: [TokenKind; 2] = [TokenKind::Access, TokenKind::Refresh];

const fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "vat_",
        TokenKind::Refresh => "vrt_",
    }
}

/// A fresh token around a fresh secret.
pub fn mint(kind: TokenKind, key: RowKey, entropy: &mut dyn Entropy) -> Secret {
    let mut text = String::with_capacity(TOKEN_CHARS);
    text.push_str(prefix(kind));
    push_u64(key.0.cast_unsigned(), &mut text);
    for _ in 0..SECRET_WORDS {
        let mut word = [0; 8];
        entropy.fill(&mut word);
        push_u64(u64::from_le_bytes(word), &mut text);
    }
    let checksum = crc32(text.as_bytes());
    push_u32(checksum, &mut text);
    Secret::new(text)
}

/// Why a string is no native token. For the operator only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unparsed {
    /// Another prefix: not ours, or another kind of token.
    Foreign,
    /// Our prefix, but truncated, extended or mistyped.
    Damaged,
}

/// The row that a token names. Shape only; the secret is compared by the decider.
pub fn parse(text: &str) -> Result<TokenRef, Unparsed> {
    if !KINDS.iter().any(|&kind| text.starts_with(prefix(kind))) {
        return Err(Unparsed::Foreign);
    }
    let bytes = text.as_bytes();
    if bytes.len() != TOKEN_CHARS {
        return Err(Unparsed::Damaged);
    }
    let (body, checksum) = bytes.split_at(TOKEN_CHARS - U32_CHARS);
    if parse_u32(checksum) != Some(crc32(body)) {
        return Err(Unparsed::Damaged);
    }
    let words = body.get(PREFIX_CHARS..).ok_or(Unparsed::Damaged)?;
    let mut words = words.chunks_exact(U64_CHARS).map(parse_u64);
    let key = words.next().flatten().and_then(|key| i64::try_from(key).ok());
    if words.any(|word| word.is_none()) {
        return Err(Unparsed::Damaged);
    }
    key.filter(|&key| key > 0).map(|key| TokenRef(RowKey(key))).ok_or(Unparsed::Damaged)
}

/// Where to look for a presented token of any shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub token: TokenRef,
    /// Of a JWT: the key that is said to have signed it.
    pub kid: Option<String>,
}

/// The row that a native token or one of our JWTs (RFC 9068) names; nothing is believed yet.
///
/// # Errors
/// [`Reason::Malformed`] for a text that no format we mint could be.
pub fn locate(text: &str) -> Result<Located, Reason> {
    match parse(text) {
        Ok(token) => return Ok(Located { token, kid: None }),
        Err(Unparsed::Damaged) => return Err(Reason::Malformed),
        Err(Unparsed::Foreign) => {}
    }
    let jwt = Unverified::parse(text).filter(|jwt| jwt.header("typ") == Some(ACCESS_TOKEN_TYP));
    let jwt = jwt.ok_or(Reason::Malformed)?;
    let key = jwt.claim("jti").and_then(RowKey::from_text).ok_or(Reason::Malformed)?;
    let kid = jwt.header("kid").ok_or(Reason::Malformed)?;
    Ok(Located { token: TokenRef(key), kid: Some(kid.to_owned()) })
}

/// `typ` of a JWT access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";

/// CRC-32/ISO-HDLC, as scanners of this kind of token compute it.
const fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        crc ^= *byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        rest = tail;
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context::SeededEntropy, time::Time};
    use proptest::prelude::*;

    fn sample(seed: u64) -> (RowKey, Secret) {
        let mut entropy = SeededEntropy::new(seed);
        let key = RowKey::draw(Time(1_800_000_000_000), &mut entropy);
        (key, mint(TokenKind::Access, key, &mut entropy))
    }

    #[test]
    fn crc_is_the_common_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_token_names_its_row() {
        let (key, token) = sample(1);
        assert_eq!(parse(token.expose()), Ok(TokenRef(key)));
        assert!(token.expose().chars().skip(4).all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn every_truncation_and_extension_is_damaged() {
        let (_, token) = sample(2);
        let text = token.expose();
        for end in 4..text.len() {
            assert_eq!(parse(&text[..end]), Err(Unparsed::Damaged));
        }
        assert_eq!(parse(&format!("{text}0")), Err(Unparsed::Damaged));
        assert_eq!(parse(&text[..3]), Err(Unparsed::Foreign));
    }

    proptest! {
        #[test]
        fn no_single_change_parses(seed: u64, at in 0..TOKEN_CHARS, with in "[ -~]") {
            let (_, token) = sample(seed);
            let mut text = token.expose().to_owned();
            text.replace_range(at..=at, &with);
            prop_assume!(text != token.expose());
            prop_assert!(parse(&text).is_err());
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,100}") {
            let _ = parse(&text);
        }
    }
}
