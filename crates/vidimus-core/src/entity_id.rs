//! Ids of fifteen characters made from row keys: a prefix for the kind, then base62; and the form
//! of eighteen, whose last three tell upper from lower case for readers that do not.

use std::fmt::Write as _;

use crate::{row_key::RowKey, vault::sha256};

pub const ORGANIZATION: &str = "00D";
pub const USER: &str = "005";

const SHORT_CHARS: usize = 15;
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// Fifteen characters.
pub fn short(prefix: &str, key: RowKey) -> String {
    format!("{prefix}0{}", key.to_text())
}

/// Eighteen characters.
pub fn long(prefix: &str, key: RowKey) -> String {
    let mut id = short(prefix, key);
    let suffix = suffix(&id);
    id.push_str(&suffix);
    id
}

/// A UUID that always stands for this row, in the form of version 5 (RFC 9562 §5.5), which older
/// readers know. The label tells kinds of rows apart. The row cannot be read out of it.
pub fn uuid_of(key: RowKey, label: &str) -> String {
    let digest = sha256(format!("{label} {}", key.0).as_bytes());
    let mut text = String::with_capacity(36);
    for (at, byte) in digest.into_iter().take(16).enumerate() {
        let byte = match at {
            6 => (byte & 0x0F) | 0x50,
            8 => (byte & 0x3F) | 0x80,
            _ => byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The row behind an id of either length; of the longer one the suffix must be right.
pub fn parse(prefix: &str, id: &str) -> Option<RowKey> {
    let (short, given) = id.split_at_checked(SHORT_CHARS)?;
    if !given.is_empty() && given != suffix(short) {
        return None;
    }
    RowKey::from_text(short.strip_prefix(prefix)?.strip_prefix('0')?)
}

/// Of each five characters, one bit for every upper-case one, the first the lowest.
fn suffix(short: &str) -> String {
    let group = |five: &[u8]| {
        let bits = five.iter().enumerate().filter(|(_, c)| c.is_ascii_uppercase());
        let index: usize = bits.map(|(at, _)| 1 << at).sum();
        SUFFIX.get(index).map_or('A', |c| char::from(*c))
    };
    short.as_bytes().chunks(5).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_the_one_in_the_wild() {
        for id in [
            "00Dxx0000001gEREAY",
            "005xx000001Sv6AAAS",
            "00D58000000arpqEAA",
            "00558000000yFyDAAU",
            "00D41000000F8A0EAK",
            "00Dxx0000001gPLEAY",
        ] {
            assert_eq!(suffix(&id[..15]), id[15..], "{id}");
        }
    }

    #[test]
    fn a_uuid_is_of_one_row_and_one_kind() {
        let of = |key, label| uuid_of(RowKey(key), label);
        assert_eq!(of(7, "user"), of(7, "user"));
        assert_ne!(of(7, "user"), of(8, "user"));
        assert_ne!(of(7, "user"), of(7, "organization"));
        let text = of(7, "user");
        assert_eq!((text.len(), &text[14..15]), (36, "5"));
        assert!("89ab".contains(&text[19..20]), "{text}");
    }

    #[test]
    fn both_lengths_name_the_row() {
        let key = RowKey(123_456_789_012);
        let (short, long) = (short(ORGANIZATION, key), long(ORGANIZATION, key));
        assert_eq!((short.len(), long.len()), (15, 18));
        assert_eq!(parse(ORGANIZATION, &short), Some(key));
        assert_eq!(parse(ORGANIZATION, &long), Some(key));
        assert_eq!(parse(USER, &short), None);
        assert_eq!(parse(ORGANIZATION, &format!("{short}zzz")), None);
        assert_eq!(parse(ORGANIZATION, &short[..14]), None);
        assert_eq!(parse(ORGANIZATION, "00Dé"), None);
    }
}
