//! The answers of the catalogue: a right one, made wrong in one way.

use std::{
    io::{self, Read as _},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use flate2::read::GzDecoder;
use futures_util::stream;
use hyper::{
    Response, StatusCode,
    body::{Bytes, Frame, SizeHint},
    header::{self, HeaderValue},
};
use serde_json::{Map, Value, json};
use vidimus_core::limits::BODY_BYTES_MAX;

use super::{Kind, Shown, staged::wait};
use crate::body::Body;

/// What an answer is about; the first that it has is the one that matters most.
const MATTERS: [&str; 6] = ["active", "access_token", "client_id", "keys", "issuer", "sub"];
const HUGE: &str = "99999999999999999999999999999999";
const DEPTH: usize = 10_000;
const PIECES: usize = 10;
const PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head>\
                    <body><h1>Sign in to the network</h1></body></html>\n";
const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head>\
                           <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";

pub fn spoil(mut response: Response<Body>, shown: Shown) -> Response<Body> {
    let Some(body) = plain(&mut response) else { return response };
    let text = String::from_utf8_lossy(&body).into_owned();
    let typed = |value| (header::CONTENT_TYPE, HeaderValue::from_static(value));
    let html = typed("text/html; charset=utf-8");
    let (body, headers): (Vec<u8>, Vec<_>) = match shown.kind {
        Kind::Delay | Kind::TooManyRequests | Kind::ServerError | Kind::Unavailable => {
            (body.to_vec(), vec![])
        }
        Kind::Closed => return closed(response, body),
        Kind::Slow => return slow(response, body, shown.delay),
        Kind::Html => (PAGE.into(), vec![html]),
        Kind::BadGateway => {
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            (BAD_GATEWAY.into(), vec![html])
        }
        Kind::Redirect => {
            *response.status_mut() = StatusCode::FOUND;
            let location = HeaderValue::from_static("/sign-in-to-the-network");
            (vec![], vec![(header::LOCATION, location)])
        }
        Kind::Empty => (vec![], vec![]),
        Kind::WrongType => (body.to_vec(), vec![typed("text/plain; charset=utf-8")]),
        Kind::NoType => {
            response.headers_mut().remove(header::CONTENT_TYPE);
            (body.to_vec(), vec![])
        }
        Kind::Gzip => {
            let gzip = HeaderValue::from_static("gzip");
            (body.to_vec(), vec![(header::CONTENT_ENCODING, gzip)])
        }
        Kind::Utf16 => {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            (
                units.flat_map(u16::to_be_bytes).collect(),
                vec![typed("application/json; charset=utf-16")],
            )
        }
        Kind::Truncated => (body.slice(..body.len() / 2).to_vec(), vec![]),
        Kind::ByteOrderMark => ([&b"\xEF\xBB\xBF"[..], &body].concat(), vec![]),
        Kind::Trailing => (format!("{text}{{}}\n<!-- cached -->\n").into(), vec![]),
        Kind::Array => (format!("[{text}]").into(), vec![]),
        Kind::Deep => (("[".repeat(DEPTH) + &"]".repeat(DEPTH)).into(), vec![]),
        Kind::NotUtf8 => (not_utf8(&text), vec![]),
        kind => (object(kind, &text).into(), vec![]),
    };
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    *response.body_mut() = Body::Whole(body.into());
    response
}

/// The body as it was before it was compressed; `None` for one that streams.
fn plain(response: &mut Response<Body>) -> Option<Bytes> {
    let Body::Whole(body) = response.body() else { return None };
    let body = body.clone();
    if response.headers_mut().remove(header::CONTENT_ENCODING).is_none() {
        return Some(body);
    }
    let mut plain = Vec::new();
    let room = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
    GzDecoder::new(body.as_ref()).take(room).read_to_end(&mut plain).ok()?;
    Some(plain.into())
}

fn object(kind: Kind, text: &str) -> String {
    let mut map = match serde_json::from_str(text) {
        Ok(Value::Object(map)) => map,
        _ => Map::from_iter([("active".to_owned(), json!(false))]),
    };
    let first = MATTERS.iter().find(|name| map.contains_key(**name)).map(|name| (*name).to_owned());
    let first = first.or_else(|| map.keys().next().cloned()).unwrap_or_default();
    match kind {
        Kind::MemberMissing => {
            map.shift_remove(&first);
        }
        Kind::MembersNull => map.values_mut().for_each(|value| *value = Value::Null),
        Kind::MembersExtra => {
            map.insert("x_unknown".to_owned(), json!({"nested": [1, {"deep": null}], "é": "✓"}));
            map.insert(String::new(), json!("a member without a name"));
            map.insert("x_long".to_owned(), json!("x".repeat(8192)));
        }
        Kind::Strings => {
            for value in map.values_mut().filter(|value| value.is_boolean() || value.is_number()) {
                *value = Value::String(value.to_string());
            }
        }
        Kind::HugeNumber => return huge(map),
        // Another value of the same type, behind the right one: most readers take the last.
        _ => {
            let other = match map.get(&first) {
                Some(Value::Bool(is)) => json!(!is),
                Some(Value::Number(_)) => json!(0),
                Some(Value::Array(_)) => json!([]),
                Some(Value::Object(_)) => json!({}),
                _ => json!("another"),
            };
            let whole = Value::Object(map).to_string();
            let open = whole.strip_suffix('}').unwrap_or(&whole);
            let between = if open.len() > 1 { "," } else { "" };
            return format!("{open}{between}{}:{other}}}", json!(first));
        }
    }
    Value::Object(map).to_string()
}

fn huge(mut map: Map<String, Value>) -> String {
    const MARK: &str = "a number that is too large";
    map.entry("exp").or_insert(json!(0));
    for value in map.values_mut().filter(|value| value.is_number()) {
        *value = json!(MARK);
    }
    Value::Object(map).to_string().replace(&json!(MARK).to_string(), HUGE)
}

fn not_utf8(text: &str) -> Vec<u8> {
    let open = text.trim_end().strip_suffix('}').unwrap_or("{\"active\":false");
    [open.as_bytes(), b",\"note\":\"caf\xE9\"}"].concat()
}

/// Says how long it would be, and ends half-way.
struct Closed {
    half: Option<Bytes>,
    is_sent: bool,
    whole: u64,
}

impl hyper::body::Body for Closed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // What there is leaves when nothing more is at hand, and not before.
        if !self.is_sent {
            self.is_sent = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole)
    }
}

fn closed(response: Response<Body>, body: Bytes) -> Response<Body> {
    let whole = body.len() as u64;
    let half = Some(body.slice(..body.len() / 2));
    response.map(|_| Body::Added(axum::body::Body::new(Closed { half, is_sent: false, whole })))
}

fn slow(response: Response<Body>, body: Bytes, whole: Duration) -> Response<Body> {
    let piece = body.len().div_ceil(PIECES).max(1);
    let pause = whole / u32::try_from(PIECES).unwrap_or(1);
    let pieces = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        wait(pause).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, io::Error>(next), rest))
    });
    response.map(|_| Body::Added(axum::body::Body::from_stream(pieces)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::KINDS;

    fn spoilt(kind: Kind, body: &'static str) -> (Response<()>, Bytes) {
        let mut response = Response::new(Body::Whole(Bytes::from_static(body.as_bytes())));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        let described = KINDS.iter().find(|known| known.kind == kind).unwrap();
        let delay = Duration::ZERO;
        let shown = Shown { name: described.name, kind, delay, retry_after_seconds: 1 };
        let (head, body) = spoil(response, shown).into_parts();
        let Body::Whole(bytes) = body else { panic!("{kind:?} streams") };
        (Response::from_parts(head, ()), bytes)
    }

    const ACTIVE: &str = r#"{"scope":"a","active":true,"exp":1800000000}"#;

    #[test]
    fn each_is_wrong_in_its_own_way() {
        for (kind, expected) in [
            (Kind::Truncated, r#"{"scope":"a","active":"#),
            (Kind::Strings, r#"{"scope":"a","active":"true","exp":"1800000000"}"#),
            (Kind::MemberMissing, r#"{"scope":"a","exp":1800000000}"#),
            (Kind::MembersNull, r#"{"scope":null,"active":null,"exp":null}"#),
            (Kind::DuplicateKeys, r#"{"scope":"a","active":true,"exp":1800000000,"active":false}"#),
            (Kind::Array, r#"[{"scope":"a","active":true,"exp":1800000000}]"#),
            (Kind::Empty, ""),
        ] {
            assert_eq!(spoilt(kind, ACTIVE).1, expected, "{kind:?}");
        }
        let (_, body) = spoilt(Kind::HugeNumber, ACTIVE);
        assert!(body.ends_with(format!("\"exp\":{HUGE}}}").as_bytes()), "{body:?}");
        assert!(spoilt(Kind::ByteOrderMark, ACTIVE).1.starts_with(b"\xEF\xBB\xBF{"));
        assert!(std::str::from_utf8(&spoilt(Kind::NotUtf8, ACTIVE).1).is_err());
        assert_eq!(spoilt(Kind::BadGateway, ACTIVE).0.status(), 502);
        assert!(spoilt(Kind::NoType, ACTIVE).0.headers().is_empty());
    }

    #[test]
    fn an_answer_without_json_is_spoilt_too() {
        for kind in KINDS.iter().map(|known| known.kind) {
            if !matches!(kind, Kind::Closed | Kind::Slow) {
                spoilt(kind, "");
                spoilt(kind, "null");
            }
        }
    }
}
