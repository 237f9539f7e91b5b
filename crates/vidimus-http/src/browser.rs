//! What a browser says of itself and of the page that sent it: cookies, fetch metadata (W3C Fetch
//! Metadata §2), `Origin` (RFC 6454 §7), the languages it asks for (RFC 9110 §12.5.4).

use std::net::IpAddr;

use hyper::{HeaderMap, Method, header, http::request::Parts};
use vidimus_core::{browser::Browser, public_url::origin};

use crate::{cookies, tenant::authority};

const AGENT_CHARS_MAX: usize = 512;
const LANGUAGES_MAX: usize = 16;

pub fn of(parts: &Parts, address: IpAddr, public_url: &str) -> Browser {
    let agent = parts.headers.get(header::USER_AGENT).map(|value| value.as_bytes());
    let agent = String::from_utf8_lossy(agent.unwrap_or_default());
    Browser {
        cookies: cookies::read(&parts.headers, is_secure(public_url)),
        agent: agent.chars().take(AGENT_CHARS_MAX).collect(),
        address: Some(address),
    }
}

/// Whether people reach us over TLS, ours or a proxy's.
pub fn is_secure(public_url: &str) -> bool {
    public_url.starts_with("https://")
}

/// Whether a page of ours sent the request; `None` where nothing says so.
pub fn from_ours(parts: &Parts, public_url: &str) -> Option<bool> {
    if parts.headers.contains_key("sec-fetch-site") {
        return match (single(&parts.headers, "sec-fetch-site"), &parts.method) {
            (Some("same-origin"), _) | (Some("none"), &Method::GET) => Some(true),
            // Sent again by its user, who is asked nothing more by browsers.
            (Some("none"), _) => None,
            _ => Some(false),
        };
    }
    if !parts.headers.contains_key(header::ORIGIN) {
        return None;
    }
    match single(&parts.headers, header::ORIGIN.as_str()) {
        // Our pages send no referrer, and with it goes the origin.
        Some("null") => None,
        Some(said) => Some(said == origin(public_url) || is_of_asked(said, parts, public_url)),
        None => Some(false),
    }
}

/// The same host as the one that was asked: browsers say both, and no page chooses either.
fn is_of_asked(said: &str, parts: &Parts, public_url: &str) -> bool {
    let scheme = if is_secure(public_url) { "https" } else { "http" };
    let host = said.split_once("://").filter(|(named, _)| *named == scheme).map(|(_, host)| host);
    let asked = authority(parts).map(str::to_ascii_lowercase);
    host.is_some_and(|host| asked.as_deref() == Some(host))
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().filter(|_| values.next().is_none())?;
    first.to_str().ok()
}

/// The languages that its user reads, best first.
pub fn languages(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut weighed: Vec<(f32, String)> = ranges.take(LANGUAGES_MAX).filter_map(weigh).collect();
    weighed.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    weighed.into_iter().map(|(_, language)| language).collect()
}

fn weigh(range: &str) -> Option<(f32, String)> {
    let mut parts = range.split(';').map(str::trim);
    let language = parts.next().filter(|language| !language.is_empty() && *language != "*")?;
    let said = parts.find_map(|part| part.strip_prefix("q="));
    let weight = said.map_or(Some(1.0), |said| said.parse().ok())?;
    (weight > 0.0).then(|| (weight, language.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const URL: &str = "https://login.example/base";

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri("/oauth2/authorize/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn sec_194_a_request_says_whose_page_sent_it() {
        let site = "Sec-Fetch-Site";
        for (method, headers, wanted) in [
            ("POST", vec![(site, "same-origin")], Some(true)),
            ("GET", vec![(site, "none")], Some(true)),
            ("POST", vec![(site, "none")], None),
            ("POST", vec![(site, "same-site")], Some(false)),
            ("POST", vec![(site, "cross-site")], Some(false)),
            ("POST", vec![(site, "cross-site"), ("Origin", "https://login.example")], Some(false)),
            ("POST", vec![(site, "same-origin"), (site, "same-origin")], Some(false)),
            ("POST", vec![], None),
            ("POST", vec![("Origin", "null")], None),
            ("POST", vec![("Origin", "https://login.example")], Some(true)),
            ("POST", vec![("Origin", "https://login.example.evil.example")], Some(false)),
            ("POST", vec![("Origin", "http://login.example")], Some(false)),
            ("POST", vec![("Origin", "null"), ("Origin", "null")], Some(false)),
            ("POST", vec![("Origin", "https://a.example"), ("Host", "A.example")], Some(true)),
            ("POST", vec![("Origin", "http://a.example"), ("Host", "a.example")], Some(false)),
            ("POST", vec![("Origin", "https://b.example"), ("Host", "a.example")], Some(false)),
        ] {
            assert_eq!(from_ours(&parts(method, &headers), URL), wanted, "{method} {headers:?}");
        }
    }

    #[test]
    fn languages_come_in_the_order_they_are_wanted() {
        let of = |value: &str| languages(&parts("GET", &[("Accept-Language", value)]).headers);
        assert_eq!(of("en;q=0.8, de-CH, fr;q=0, *;q=0.1, de;q=0.9"), ["de-CH", "de", "en"]);
        assert_eq!(of("en;q=x, it"), ["it"]);
        assert_eq!(of(&"a,".repeat(100)).len(), LANGUAGES_MAX);
        assert_eq!(of("en;q=NaN"), Vec::<String>::new());
    }

    #[test]
    fn an_agent_may_be_anything_but_endless() {
        let long = "é".repeat(1000);
        let parts = parts("GET", &[("User-Agent", &long)]);
        let browser = of(&parts, IpAddr::from([192, 0, 2, 1]), URL);
        assert_eq!(browser.agent.chars().count(), AGENT_CHARS_MAX);
    }
}
