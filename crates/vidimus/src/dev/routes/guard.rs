//! For this machine's programs, not for pages that a browser happens to show.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::refuse;

/// Of a request that is refused anyway.
const UNHEARD_BYTES_MAX: usize = 64 * 1024;
const NO_PAGES: &str = "The sandbox does not talk to web pages.";

/// A page of another site sends its Origin, or says that it is one; one whose name was rebound to us
/// sends that name; a form can send JSON only as plain text.
pub async fn keep_pages_out(request: Request, next: Next) -> Response {
    let Err(refusal) = is_no_page(&request) else { return next.run(request).await };
    // Some clients take it ill over HTTP/2 to be answered while they speak.
    let _ = to_bytes(request.into_body(), UNHEARD_BYTES_MAX).await;
    *refusal
}

fn is_no_page(request: &Request) -> Result<(), Box<Response>> {
    let headers = request.headers();
    if headers.contains_key(header::ORIGIN) || is_of_another_site(headers) {
        return Err(Box::new(refuse(StatusCode::FORBIDDEN, NO_PAGES)));
    }
    let authority = request.uri().authority().map(|authority| authority.host().to_owned());
    if !authority.or_else(|| host(headers)).is_some_and(|host| is_loopback(&host)) {
        let text = "The sandbox is asked as localhost or 127.0.0.1.";
        return Err(Box::new(refuse(StatusCode::FORBIDDEN, text)));
    }
    if is_a_forms(headers) {
        let text = "The Content-Type is application/json.";
        return Err(Box::new(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)));
    }
    Ok(())
}

/// Every browser says so since 2023, of forms and pictures too (Fetch Metadata §2.4).
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    sites.any(|site| !["none", "same-origin"].iter().any(|own| site == own))
}

/// The types of a form in which JSON stays JSON.
fn is_a_forms(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    ["text/plain", "multipart/form-data"].iter().any(|form| essence.eq_ignore_ascii_case(form))
}

fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    host.parse::<axum::http::uri::Authority>().ok().map(|authority| authority.host().to_owned())
}

fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn only_names_of_this_machine_are_let_in() {
        for host in ["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn pages_are_known_by_what_their_browser_says() {
        let with = |name: &'static str, value: &'static str| {
            let name = HeaderName::from_static(name);
            HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
        };
        for (site, is_other) in [("none", false), ("same-origin", false), ("cross-site", true)] {
            assert_eq!(is_of_another_site(&with("sec-fetch-site", site)), is_other, "{site}");
        }
        assert!(is_of_another_site(&with("sec-fetch-site", "same-site")));
        assert!(!is_of_another_site(&HeaderMap::new()));
        for (media_type, is_form) in [
            ("text/plain;charset=utf-8", true),
            ("multipart/form-data; boundary=x", true),
            ("application/json", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            assert_eq!(is_a_forms(&with("content-type", media_type)), is_form, "{media_type}");
        }
    }
}
