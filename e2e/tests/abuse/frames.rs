//! HTTP/2 frames by hand (RFC 9113 §4, HPACK without indexing: RFC 7541 §6.2.2).

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const INITIAL_WINDOW_SIZE: u16 = 4;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame's length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// With which a client begins, by prior knowledge (RFC 9113 §3.3).
pub fn preface() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, b"")].concat()
}

pub fn header(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
        [&[length.expect("a short text")], text.as_bytes()].concat()
    };
    [vec![0], text(name), text(value)].concat()
}

pub fn request(method: &str, path: &str) -> Vec<u8> {
    [(":method", method), (":scheme", "http"), (":path", path), (":authority", "as.example")]
        .map(|(name, value)| header(name, value))
        .concat()
}

pub fn form_request() -> Vec<u8> {
    let kind = header("content-type", "application/x-www-form-urlencoded");
    [request("POST", "/oauth2/introspect"), kind].concat()
}

/// Many requests whose answers may be sent one byte at a time, and no byte more is ever allowed.
pub fn starved() -> Vec<u8> {
    let one_byte = [INITIAL_WINDOW_SIZE.to_be_bytes().to_vec(), 1_u32.to_be_bytes().to_vec()];
    let mut bytes = [PREFACE, &frame(SETTINGS, 0, 0, &one_byte.concat())].concat();
    let request = request("GET", "/.well-known/openid-configuration");
    for stream in (1..200).step_by(2) {
        bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, &request));
    }
    bytes
}
