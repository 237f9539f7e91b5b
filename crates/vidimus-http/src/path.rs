//! Percent-decoding of a path segment (RFC 3986 §2.1), strictly; and paths as others may read them.

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

/// As it is logged: a flow's page has its secret in its path, and whatever else is shaped like a
/// secret of ours may be one.
pub fn visible(path: &str) -> Cow<'_, str> {
    if !path.split('/').any(is_secret) {
        return Cow::Borrowed(path);
    }
    let segments = path.split('/').map(|segment| {
        if !is_secret(segment) {
            return segment.to_owned();
        }
        let decoded = decode(segment);
        let decoded = decoded.as_deref().unwrap_or(segment);
        format!("{}…", decoded.get(..SECRET_PREFIX_CHARS).unwrap_or_default())
    });
    Cow::Owned(segments.collect::<Vec<_>>().join("/"))
}

/// `vfl_`: what it is, and of whom.
const SECRET_PREFIX_CHARS: usize = 4;

fn is_secret(segment: &str) -> bool {
    // As it is read: a browser's own spelling opens the same page.
    let decoded = decode(segment);
    matches!(decoded.as_deref().unwrap_or(segment).as_bytes(), [b'v', kind, of, b'_', _, ..]
        if kind.is_ascii_lowercase() && of.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_265_a_flow_is_not_read_off_its_path() {
        for (path, shown) in [
            ("/t/a/oauth2/authorize/vfl_0SFf", "/t/a/oauth2/authorize/vfl_…"),
            ("/vat_x/vrt_y", "/vat_…/vrt_…"),
            ("/oauth2/authorize/%76fl%5F0SFf", "/oauth2/authorize/vfl_…"),
            ("/%zz/vfl_0SFf", "/%zz/vfl_…"),
            ("/oauth2/token", "/oauth2/token"),
            ("/t/vfl_/v1/vers_ion", "/t/vfl_/v1/vers_ion"),
            ("", ""),
        ] {
            assert_eq!(visible(path), shown);
        }
    }

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
