//! DER (X.690 §8, §10), one element after the other: as much as certificates need.

pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const SEQUENCE: u8 = 0x30;

/// Tag, contents, and what comes after. `None` where the bytes end before the element does.
pub fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// The contents of an element of this tag, and what comes after.
pub fn tagged(wanted: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, contents, rest) = element(der)?;
    (tag == wanted).then_some((contents, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_follow_one_another() {
        let der = [SEQUENCE, 3, INTEGER, 1, 5, INTEGER, 0];
        let (inner, rest) = tagged(SEQUENCE, &der).unwrap();
        assert_eq!(tagged(INTEGER, inner), Some((&[5][..], &[][..])));
        assert_eq!(tagged(INTEGER, rest), Some((&[][..], &[][..])));
        assert_eq!(tagged(BIT_STRING, rest), None);
        let long = [&[BIT_STRING, 0x82, 1, 0][..], &[7; 256], &[1]].concat();
        assert_eq!(element(&long), Some((BIT_STRING, &[7; 256][..], &[1][..])));
    }

    #[test]
    fn what_ends_early_is_no_element() {
        for der in [&[][..], &[SEQUENCE], &[SEQUENCE, 1], &[SEQUENCE, 0x80], &[SEQUENCE, 0x85, 0]] {
            assert_eq!(element(der), None, "{der:?}");
        }
        assert_eq!(element(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]), None);
    }
}
