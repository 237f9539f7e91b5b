//! What tokens that carry their row key have in common: row key, 256-bit secret, CRC-32, in base62.

use crate::{
    base62::{U32_CHARS, U64_CHARS, parse_u32, parse_u64, push_u32, push_u64},
    row_key::RowKey,
    secret::Secret,
};

const SECRET_WORDS: usize = 4;
pub const BODY_CHARS: usize = (1 + SECRET_WORDS) * U64_CHARS + U32_CHARS;

/// Our prefix, but truncated, extended or mistyped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

pub fn mint(prefix: &str, key: RowKey, secret: &[u8; 32]) -> Secret {
    let mut text = String::with_capacity(prefix.len() + BODY_CHARS);
    text.push_str(prefix);
    push_u64(key.0.cast_unsigned(), &mut text);
    for word in secret.as_chunks::<8>().0 {
        push_u64(u64::from_le_bytes(*word), &mut text);
    }
    let checksum = crc32(text.as_bytes());
    push_u32(checksum, &mut text);
    Secret::new(text)
}

/// The row that a text with this prefix names.
pub fn parse(prefix: &str, text: &str) -> Result<RowKey, Damaged> {
    let bytes = text.as_bytes();
    if bytes.len() != prefix.len() + BODY_CHARS || !text.starts_with(prefix) {
        return Err(Damaged);
    }
    let (body, checksum) = bytes.split_at(bytes.len() - U32_CHARS);
    if parse_u32(checksum) != Some(crc32(body)) {
        return Err(Damaged);
    }
    let words = body.get(prefix.len()..).ok_or(Damaged)?;
    let mut words = words.chunks_exact(U64_CHARS).map(parse_u64);
    let key = words.next().flatten().and_then(|key| i64::try_from(key).ok());
    if words.any(|word| word.is_none()) {
        return Err(Damaged);
    }
    key.filter(|&key| key > 0).map(RowKey).ok_or(Damaged)
}

/// CRC-32/ISO-HDLC, as scanners of this kind of token compute it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        let of_byte = CRC_OF_BYTE.get(usize::from(low ^ byte)).copied().unwrap_or_default();
        (crc >> 8) ^ of_byte
    })
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses a panic")]
const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_common_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_text_names_its_row_behind_its_own_prefix_only() {
        let token = mint("p_", RowKey(77), &[9; 32]);
        assert_eq!(parse("p_", token.expose()), Ok(RowKey(77)));
        assert_eq!(parse("q_", token.expose()), Err(Damaged));
    }
}
