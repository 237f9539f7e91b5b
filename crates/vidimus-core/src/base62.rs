//! Fixed-width base62 of 64-bit words: eleven characters each, one spelling per value.
//!
//! Letters and digits only, so that a double click selects a whole token and scanners need no
//! escapes; fixed width and a range check, so that no second text decodes to the same bytes.

pub const U64_CHARS: usize = 11;
pub const U32_CHARS: usize = 6;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub fn push_u64(value: u64, out: &mut String) {
    push::<U64_CHARS>(value, out);
}

pub fn push_u32(value: u32, out: &mut String) {
    push::<U32_CHARS>(u64::from(value), out);
}

fn push<const N: usize>(mut value: u64, out: &mut String) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        let at = usize::try_from(value % 62).unwrap_or(0);
        *digit = ALPHABET.get(at).copied().unwrap_or(b'0');
        value /= 62;
    }
    out.extend(digits.iter().map(|&digit| char::from(digit)));
}

/// `None` unless `text` is exactly eleven characters that [`push_u64`] could have written.
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    if text.len() != U64_CHARS {
        return None;
    }
    parse(text)
}

/// `None` unless `text` is exactly six characters that [`push_u32`] could have written.
pub fn parse_u32(text: &[u8]) -> Option<u32> {
    if text.len() != U32_CHARS {
        return None;
    }
    u32::try_from(parse(text)?).ok()
}

fn parse(text: &[u8]) -> Option<u64> {
    // Ten digits always fit into 60 bits; only what an eleventh adds may be too much.
    let (last, rest) = text.split_last()?;
    let value = rest.iter().try_fold(0_u64, |value, &c| Some(value * 62 + digit(c)?))?;
    value.checked_mul(62)?.checked_add(digit(*last)?)
}

/// By table: a processor cannot guess which of three ranges a random character is in.
fn digit(c: u8) -> Option<u64> {
    DIGITS.get(usize::from(c)).filter(|&&digit| digit < 62).map(|&digit| u64::from(digit))
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses a panic")]
const DIGITS: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        table[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_has_one_text(value: u64) {
            let mut text = String::new();
            push_u64(value, &mut text);
            prop_assert_eq!(text.len(), U64_CHARS);
            prop_assert_eq!(parse_u64(text.as_bytes()), Some(value));
        }

        #[test]
        fn every_text_that_parses_is_the_one_that_is_written(text in "[0-9A-Za-z]{11}") {
            if let Some(value) = parse_u64(text.as_bytes()) {
                let mut again = String::new();
                push_u64(value, &mut again);
                prop_assert_eq!(again, text);
            }
        }
    }
}
