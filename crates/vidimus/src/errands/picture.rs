//! What a picture's first bytes tell: its kind and its size. Never SVG, which is a program.

#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub content_type: &'static str,
    pub width: u32,
    pub height: u32,
}

/// `None`: none of the four kinds, or cut off before its size, or empty.
pub fn read(bytes: &[u8]) -> Option<Head> {
    let (content_type, (width, height)) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png(bytes)?)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg(bytes)?)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", (le(bytes, 6, 2)?, le(bytes, 8, 2)?))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12)? == b"WEBP" {
        ("image/webp", webp(bytes)?)
    } else {
        return None;
    };
    (width > 0 && height > 0).then_some(Head { content_type, width, height })
}

/// Its first chunk is its header (PNG §11.2.1).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some((be(bytes, 16, 4)?, be(bytes, 20, 4)?))
}

/// Segments up to the start of a frame (ITU-T T.81 §B.2.2).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // A byte that fills.
            0xff => at += 1,
            // Tables of Huffman codes and of arithmetic, and an extension: no frames.
            0xc4 | 0xc8 | 0xcc => at += 2 + usize::try_from(be(bytes, at + 2, 2)?).ok()?,
            0xc0..=0xcf => return Some((be(bytes, at + 7, 2)?, be(bytes, at + 5, 2)?)),
            // Without a length, or the picture itself before any frame.
            0x00 | 0x01 | 0xd0..=0xda => return None,
            _ => at += 2 + usize::try_from(be(bytes, at + 2, 2)?).ok()?,
        }
    }
}

/// The first chunk: lossy (RFC 6386 §9.1), lossless or extended (RFC 9649 §2).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => {
            Some((le(bytes, 26, 2)? & 0x3fff, le(bytes, 28, 2)? & 0x3fff))
        }
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let sizes = le(bytes, 21, 4)?;
            Some(((sizes & 0x3fff) + 1, ((sizes >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => Some((le(bytes, 24, 3)? + 1, le(bytes, 27, 3)? + 1)),
        _ => None,
    }
}

fn be(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(count)?)?.iter();
    Some(digits.fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn le(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(count)?)?.iter();
    Some(digits.rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Vec<(&'static str, Vec<u8>)> {
        let riff = |chunk: &[u8]| [b"RIFF\x20\0\0\0WEBP", chunk].concat();
        let jpeg = b"\xff\xd8\xff\xe0\0\x04JF\xff\xc4\0\x03x\xff\xff\xc2\0\x11\x08\0\x20\0\x10";
        vec![
            ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x20".to_vec()),
            ("image/jpeg", jpeg.to_vec()),
            ("image/gif", b"GIF87a\x10\0\x20\0".to_vec()),
            ("image/webp", riff(b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x10\x40\x20\x40")),
            ("image/webp", riff(b"VP8L\0\0\0\0\x2f\x0f\xc0\x07\x00")),
            ("image/webp", riff(b"VP8X\0\0\0\0\0\0\0\0\x0f\0\0\x1f\0\0")),
        ]
    }

    #[test]
    fn the_size_is_read_of_each_kind() {
        for (content_type, bytes) in whole() {
            let expected = Head { content_type, width: 16, height: 32 };
            assert_eq!(read(&bytes), Some(expected));
        }
    }

    #[test]
    fn what_is_cut_off_is_no_picture() {
        for (content_type, bytes) in whole() {
            for length in 0..bytes.len() {
                assert_eq!(read(&bytes[..length]), None, "{content_type} {length}");
            }
        }
    }

    #[test]
    fn whatever_the_bytes_it_ends() {
        for byte in 0..=u8::MAX {
            for start in ["\u{89}PNG", "GIF89a", "RIFF", ""] {
                let _ = read(&[start.as_bytes(), &[byte; 64]].concat());
            }
            let _ = read(&[b"\xff\xd8\xff", &vec![byte; 4096][..]].concat());
        }
        for kind in [&b"<svg"[..], b"<?xml version='1.0'?><svg", b"BM", b"\0\0\x01\0", b"%PDF"] {
            assert_eq!(read(&[kind, &[0; 64]].concat()), None);
        }
        assert_eq!(read(b"GIF89a\0\0\x20\0"), None, "nothing to see");
    }
}
