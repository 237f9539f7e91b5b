//! Percent-decoding of a path segment (RFC 3986 §2.1), strictly.

use std::borrow::Cow;

/// `None`: a broken encoding, no UTF-8, or a control character, which no name holds.
pub fn decode(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut out = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail;
    }
    let text = String::from_utf8(out).ok()?;
    (!text.chars().any(char::is_control)).then_some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
        assert_eq!(decode("foo.com").as_deref(), Some("foo.com"));
        assert_eq!(decode("admin%40foo.com").as_deref(), Some("admin@foo.com"));
        assert_eq!(decode("a%252Fb").as_deref(), Some("a%2Fb"));
        assert_eq!(decode("a+b%20c").as_deref(), Some("a+b c"));
    }

    #[test]
    fn broken_segments_are_none() {
        for segment in ["%", "%4", "%zz", "%+1", "%ff", "%00", "a%0a"] {
            assert_eq!(decode(segment), None, "{segment}");
        }
    }
}
