//! Cookies (RFC 6265, and the prefixes of its successor): how a browser's are read, and how those it
//! is given are spelled. Where people come over TLS, only `__Host-` counts: no neighbour can set it.

use hyper::{HeaderMap, header};
use vidimus_core::{
    browser::{Cookie, Reach},
    error::Fault,
    secret::Secret,
};

const HOST: &str = "__Host-";
const COOKIES_MAX: usize = 64;

/// Every cookie of the request, by its neutral name.
pub fn read(headers: &HeaderMap, secure: bool) -> Vec<(String, Secret)> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let name = if secure { name.strip_prefix(HOST)? } else { name };
        Some((name.to_owned(), Secret::new(value)))
    });
    pairs.take(COOKIES_MAX).collect()
}

/// The name as the browser has it.
pub fn name(neutral: &str, secure: bool) -> String {
    if secure { format!("{HOST}{neutral}") } else { neutral.to_owned() }
}

/// The value of a `Set-Cookie` header.
///
/// # Errors
/// [`Fault::Corrupt`] for a name or value that would mean another cookie than the one decided on.
pub fn spell(cookie: &Cookie, secure: bool) -> Result<String, Fault> {
    let value = cookie.value.expose();
    if !cookie.name.bytes().all(is_of_name) || !value.bytes().all(is_of_value) {
        return Err(Fault::Corrupt(format!("the cookie {} cannot be sent", cookie.name)));
    }
    let mut text = format!("{}={value}; Path=/", name(&cookie.name, secure));
    if value.is_empty() {
        text.push_str("; Max-Age=0");
    } else if let Some(seconds) = cookie.max_age_seconds {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    if secure {
        text.push_str("; Secure");
    }
    text.push_str(match (cookie.reach, secure) {
        (Reach::Ours, _) => "; HttpOnly; SameSite=Lax",
        (Reach::Alone, _) => "; HttpOnly; SameSite=Strict",
        // Without TLS no browser takes `None`; there, frames of other sites see nothing.
        (Reach::Framed, false) => "; SameSite=Lax",
        (Reach::Framed, true) => "; SameSite=None",
    });
    Ok(text)
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// `cookie-octet` of RFC 6265 §4.1.1.
const fn is_of_value(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2B | 0x2D..=0x3A | 0x3C..=0x5B | 0x5D..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, HeaderValue::from_static(value));
        }
        headers
    }

    fn found(values: &[&'static str], secure: bool) -> Vec<(String, String)> {
        let cookies = read(&headers(values), secure);
        cookies.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect()
    }

    fn cookie(value: &str, reach: Reach) -> Cookie {
        let (name, value) = ("vidimus-session-1".to_owned(), Secret::new(value));
        Cookie { name, value, max_age_seconds: None, reach }
    }

    #[test]
    fn sec_200_over_tls_only_what_no_neighbour_can_set_is_read() {
        let sent = ["a=1; __Host-b=2=3", "__Secure-c=4; d; __Host-b=5"];
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found(&sent, true), [pair("b", "2=3"), pair("b", "5")]);
        assert_eq!(found(&sent, false).first(), Some(&pair("a", "1")));
        assert_eq!(found(&["__Host-"], true), []);
    }

    #[test]
    fn many_cookies_are_bounded() {
        let many = "a=1;".repeat(1000);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::try_from(many).unwrap());
        assert_eq!(read(&headers, false).len(), COOKIES_MAX);
    }

    #[test]
    fn sec_200_cookies_are_spelled_for_us_alone() {
        let of = |reach, secure| spell(&cookie("vss_x~vss_y", reach), secure).unwrap();
        assert_eq!(
            of(Reach::Ours, true),
            "__Host-vidimus-session-1=vss_x~vss_y; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            of(Reach::Ours, false),
            "vidimus-session-1=vss_x~vss_y; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            of(Reach::Framed, true),
            "__Host-vidimus-session-1=vss_x~vss_y; Path=/; Secure; SameSite=None"
        );
        assert_eq!(of(Reach::Framed, false), "vidimus-session-1=vss_x~vss_y; Path=/; SameSite=Lax");
    }

    #[test]
    fn a_cookie_lives_as_long_as_it_is_to_or_goes() {
        let lasting = Cookie { max_age_seconds: Some(60), ..cookie("x", Reach::Ours) };
        assert!(spell(&lasting, true).unwrap().contains("; Max-Age=60; Secure"));
        let gone = Cookie { max_age_seconds: Some(60), ..cookie("", Reach::Ours) };
        let gone = spell(&gone, true).unwrap();
        assert!(gone.starts_with("__Host-vidimus-session-1=; Path=/; Max-Age=0; Secure"), "{gone}");
    }

    #[test]
    fn what_would_end_a_cookie_is_never_sent() {
        for value in ["a;b", "a b", "a\r\nb", "a,b", "ä", "\"a\""] {
            assert!(spell(&cookie(value, Reach::Ours), true).is_err(), "{value}");
        }
        let named = Cookie { name: "a=b".to_owned(), ..cookie("x", Reach::Ours) };
        assert!(spell(&named, true).is_err());
    }
}
