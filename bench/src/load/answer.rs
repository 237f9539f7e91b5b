//! An HTTP/1.1 answer as the load generator sees it: whole or not, its status, its body.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Of a chunked one: the chunks as they came.
    pub body: Range<usize>,
    pub closes: bool,
}

/// `None` until all of it is there.
///
/// # Panics
/// If it is no answer whose end can be told.
pub fn whole(bytes: &[u8]) -> Option<Answer> {
    let head = find(bytes, b"\r\n\r\n")?;
    let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    let status = status.and_then(|digits| digits.parse().ok());
    let Some(status) = status.filter(|_| bytes.starts_with(b"HTTP/1.1 ")) else {
        panic!("no answer: {}", String::from_utf8_lossy(bytes))
    };
    let (mut length, mut chunked, mut closes) = (None::<usize>, false, false);
    for line in bytes[..head].split(|byte| *byte == b'\n') {
        if let Some(value) = value(line, b"content-length:") {
            length = value.parse().ok();
        } else if value(line, b"transfer-encoding:").is_some() {
            chunked = true;
        } else if value(line, b"connection:").is_some_and(|told| told == "close") {
            closes = true;
        }
    }
    let start = head + 4;
    let end = match (length, chunked) {
        (Some(length), _) => start + length,
        (None, true) if bytes.ends_with(b"0\r\n\r\n") => bytes.len(),
        (None, true) => return None,
        (None, false) if status == 204 => start,
        (None, false) => panic!("no length: {}", String::from_utf8_lossy(bytes)),
    };
    (bytes.len() >= end).then_some(Answer { status, body: start..end, closes })
}

fn value<'line>(line: &'line [u8], name: &[u8]) -> Option<&'line str> {
    let (start, value) = line.split_at_checked(name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    std::str::from_utf8(value).ok().map(str::trim)
}

/// Where `wanted` begins.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_last_byte_is_there() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        for end in 0..text.len() {
            assert_eq!(whole(&text[..end]), None, "{end}");
        }
        let answer = whole(text).expect("whole");
        assert_eq!((answer.status, &text[answer.body.clone()]), (200, &b"hello"[..]));
        assert!(!answer.closes);
    }

    #[test]
    fn chunks_end_with_an_empty_one() {
        let text = b"HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                     2\r\nab\r\n0\r\n\r\n";
        assert_eq!(whole(&text[..text.len() - 3]), None);
        let answer = whole(text).expect("whole");
        assert_eq!((answer.status, answer.closes), (401, true));
        assert!(find(&text[answer.body], b"ab").is_some());
    }
}
