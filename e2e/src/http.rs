//! A request and a response as a test writes and reads them: names, values and bytes, nothing clever.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// Adds: a name given twice is sent twice.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let value = format!("Basic {}", basic(id, secret));
        self.header("Authorization", &value)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn form(self, parameters: &[(&str, &str)]) -> Self {
        let body = form(parameters);
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    pub fn json(self, value: &Value) -> Self {
        self.header("Content-Type", "application/json").body(value.to_string())
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// `Host` and `Content-Length` are filled in unless the test wrote its own.
    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.names("host") {
            head.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framed = self.names("content-length") || self.names("transfer-encoding");
        if !framed && (!self.body.is_empty() || self.method != "GET") {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }

    fn names(&self, wanted: &str) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header that is there once; `None` also if it is there twice.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        match self.header_all(wanted).as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    pub fn header_all(&self, wanted: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Sorted and in lower case, to compare two answers' sets.
    pub fn header_names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|fault| panic!("not JSON ({fault}): {}", self.text()))
    }

    /// A string member of a JSON body.
    pub fn member(&self, name: &str) -> String {
        match self.json().get(name) {
            Some(Value::String(value)) => value.clone(),
            other => panic!("member {name} is {other:?} in {}", self.text()),
        }
    }
}

/// What follows `Basic `.
pub fn basic(id: &str, secret: &str) -> String {
    STANDARD.encode(format!("{}:{}", form_encode(id), form_encode(secret)))
}

/// application/x-www-form-urlencoded.
pub fn form(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", form_encode(name), form_encode(value)))
        .collect();
    pairs.join("&")
}

pub fn form_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The reverse; bytes that are no text are shown as such.
pub fn form_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let every: String = (0x20_u8..=0x7E).map(char::from).chain("ü€".chars()).collect();
        assert_eq!(form_decode(&form_encode(&every)), every);
        assert_eq!(form_decode("a%2"), "a%2");
    }

    #[test]
    fn a_form_is_encoded_and_measured() {
        let request = Request::post("/oauth2/token").form(&[("scope", "a b"), ("x", "ü&=")]);
        let text = String::from_utf8(request.bytes("h:1")).expect("text");
        assert_eq!(
            text,
            "POST /oauth2/token HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 22\r\n\r\nscope=a+b&x=%C3%BC%26%3D"
                .replace("22", &"scope=a+b&x=%C3%BC%26%3D".len().to_string())
        );
    }

    #[test]
    fn what_the_test_wrote_is_not_written_over() {
        let request = Request::post("/x").header("host", "evil").header("content-length", "9");
        let text = String::from_utf8(request.bytes("h:1")).expect("text");
        assert_eq!(text, "POST /x HTTP/1.1\r\nhost: evil\r\ncontent-length: 9\r\n\r\n");
    }

    #[test]
    fn basic_encodes_each_half_first() {
        // base64 of "a%3Ab:c+d"
        assert_eq!(basic("a:b", "c d"), "YSUzQWI6Yytk");
    }

    #[test]
    fn a_repeated_header_is_not_one_value() {
        let headers = vec![("A".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())];
        let response = Response { status: 200, headers, body: Vec::new() };
        assert_eq!(response.header("a"), None);
        assert_eq!(response.header_all("A"), ["1", "2"]);
    }
}
