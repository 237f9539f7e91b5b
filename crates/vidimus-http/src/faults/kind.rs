//! The catalogue: every kind of fault there is, with its name and what a client meets.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Delay,
    TooManyRequests,
    ServerError,
    Unavailable,
    BadGateway,
    Redirect,
    Truncated,
    Html,
    Empty,
    WrongType,
    NoType,
    DuplicateKeys,
    HugeNumber,
    ByteOrderMark,
    Utf16,
    NotUtf8,
    Deep,
    Trailing,
    Array,
    Strings,
    MemberMissing,
    MembersNull,
    MembersExtra,
    Gzip,
    Closed,
    Slow,
}

/// A kind with its name.
pub struct Described {
    pub name: &'static str,
    pub kind: Kind,
    pub what: &'static str,
    /// How long it takes where nobody says.
    pub delay_ms: Option<u64>,
}

const fn kind(name: &'static str, kind: Kind, what: &'static str) -> Described {
    Described { name, kind, what, delay_ms: None }
}

const fn slow(described: Described, delay_ms: u64) -> Described {
    Described { delay_ms: Some(delay_ms), ..described }
}

pub const KINDS: [Described; 26] = [
    slow(kind("delay", Kind::Delay, "the right answer, later"), 1000),
    kind("429", Kind::TooManyRequests, "too many requests, with Retry-After; nothing was done"),
    kind("500", Kind::ServerError, "a server error; nothing was done"),
    kind("503", Kind::Unavailable, "unavailable, with Retry-After; nothing was done"),
    kind("502-html", Kind::BadGateway, "a proxy's 502 page"),
    kind("redirect", Kind::Redirect, "a redirect to a sign-in page"),
    kind("truncated", Kind::Truncated, "JSON that ends half-way"),
    kind("html", Kind::Html, "a page instead of JSON, with status 200"),
    kind("empty", Kind::Empty, "no body"),
    kind("wrong-type", Kind::WrongType, "JSON as text/plain"),
    kind("no-type", Kind::NoType, "JSON without a Content-Type"),
    kind("duplicate-keys", Kind::DuplicateKeys, "the first member again, with another value"),
    kind("huge-number", Kind::HugeNumber, "numbers that no 64 bits hold"),
    kind("bom", Kind::ByteOrderMark, "a byte order mark before the JSON"),
    kind("utf-16", Kind::Utf16, "JSON in UTF-16, and a charset that says so"),
    kind("not-utf-8", Kind::NotUtf8, "a byte that is no UTF-8"),
    kind("deep", Kind::Deep, "ten thousand arrays in one another"),
    kind("trailing", Kind::Trailing, "something after the JSON"),
    kind("array", Kind::Array, "an array around the object"),
    kind("strings", Kind::Strings, "booleans and numbers as strings: active is \"true\""),
    kind("member-missing", Kind::MemberMissing, "without the member that matters most"),
    kind("members-null", Kind::MembersNull, "every member is null"),
    kind("members-extra", Kind::MembersExtra, "members that nobody knows"),
    kind("gzip", Kind::Gzip, "a Content-Encoding that is not true"),
    kind("closed", Kind::Closed, "the connection closes in mid-body; what was asked was done"),
    slow(kind("slow", Kind::Slow, "the body comes in small pieces"), 2000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there_once() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
        for kind in &KINDS {
            assert!(kind.name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'));
        }
    }
}
