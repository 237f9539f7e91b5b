//! Tokens that look like UUIDs of version 3 (RFC 9562 §5.3): 122 bits of the secret, no row key.

use std::fmt::Write as _;

use crate::secret::Secret;

const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const CHARS: usize = 36;

pub fn mint(secret: &[u8; 32]) -> Secret {
    let mut text = String::with_capacity(CHARS);
    for (at, byte) in secret.iter().take(16).enumerate() {
        let byte = match at {
            6 => (byte & 0x0F) | 0x30,
            8 => (byte & 0x3F) | 0x80,
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}

pub fn has_shape(text: &str) -> bool {
    text.len() == CHARS
        && text
            .bytes()
            .enumerate()
            .all(|(at, c)| if HYPHENS.contains(&at) { c == b'-' } else { c.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_are_those_of_the_wild() {
        for fill in [0x00, 0x5A, 0xFF] {
            let text = mint(&[fill; 32]);
            let text = text.expose();
            assert!(has_shape(text), "{text}");
            assert_eq!(text.as_bytes()[14], b'3', "{text}");
            assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
        }
        assert!(!has_shape("334060588-dd4e-36a5-ad93-440cc77a1cfb"));
    }
}
