//! What every request must be before an operation sees it: methods, limits, content types, one
//! `Authorization`, no parameters in the query.

use hyper::{
    HeaderMap, Method, StatusCode, Version,
    header::{self, HeaderName},
    http::request::Parts,
};
use vidimus_core::{
    error::OAuthError,
    limits::{HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX},
};

use crate::failure::Refused;

/// # Errors
/// 400 for an HTTP/1.1 request without exactly one `Host` (RFC 9112 §3.2), 414 and 431. Coarser
/// limits of the same kind stand in the connection itself.
pub fn within_limits(parts: &Parts) -> Result<(), Refused> {
    let hosts = parts.headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && parts.version == Version::HTTP_11) {
        let description = "The request must have one Host header.";
        return Err(Refused { close: true, ..Refused::with(StatusCode::BAD_REQUEST, description) });
    }
    let url = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if url > URL_BYTES_MAX {
        return Err(Refused::with(StatusCode::URI_TOO_LONG, "The URL is too long."));
    }
    // Names, values and the `: ` and line end between them.
    let bytes: usize = parts.headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    // HTTP/2 has a line for each cookie (RFC 9113 §8.2.3), and they are one header all the same.
    let cookies = parts.headers.get_all(header::COOKIE).iter().count();
    let lines = parts.headers.len() - cookies.saturating_sub(1);
    if lines > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Refused::with(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The headers are too large.",
        ));
    }
    Ok(())
}

/// # Errors
/// 405 for anything that may not read.
pub fn reads(method: &Method) -> Result<(), Refused> {
    if method == Method::GET || method == Method::HEAD {
        Ok(())
    } else {
        Err(Refused::method("GET, HEAD"))
    }
}

/// The one `Authorization` header, if any.
///
/// # Errors
/// 400 for two: the reader before us may have looked at the other.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let Some(value) = single(headers, &header::AUTHORIZATION)? else { return Ok(None) };
    let malformed = || OAuthError::invalid_request("The Authorization header is malformed.");
    value.to_str().map(Some).map_err(|_| malformed())
}

/// # Errors
/// 400 where the body is of another type, or compressed.
pub fn is_of_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), OAuthError> {
    let refuse = || OAuthError::invalid_request(format!("The Content-Type must be {wanted}."));
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(OAuthError::invalid_request("The body may not be encoded."));
    }
    let value = single(headers, &header::CONTENT_TYPE)?.ok_or_else(refuse)?;
    let mut parts = value.to_str().map_err(|_| refuse())?.split(';').map(str::trim);
    let same = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted));
    let known = |parameter: &str| {
        let charset = parameter.split_once('=').filter(|(n, _)| n.eq_ignore_ascii_case("charset"));
        charset.is_some_and(|(_, set)| set.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    };
    if same && parts.all(|parameter| parameter.is_empty() || known(parameter)) {
        Ok(())
    } else {
        Err(refuse())
    }
}

/// The media type without its parameters, in lower case; empty where there is none.
///
/// # Errors
/// 400 for two of them.
pub fn media_type(headers: &HeaderMap) -> Result<String, OAuthError> {
    let value = single(headers, &header::CONTENT_TYPE)?.and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    Ok(essence.trim().to_ascii_lowercase())
}

fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a header::HeaderValue>, OAuthError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(OAuthError::invalid_request(format!("The header {name} is repeated.")));
    }
    Ok(first)
}

/// Whether the caller asks for a media type by its name; `*/*` does not ask for it.
pub fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    lists(headers, &header::ACCEPT, wanted)
}

/// The same of a content coding.
pub fn accepts_encoding(headers: &HeaderMap, wanted: &str) -> bool {
    lists(headers, &header::ACCEPT_ENCODING, wanted)
}

fn lists(headers: &HeaderMap, header: &HeaderName, wanted: &str) -> bool {
    let listed = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let refused = |p: &str| {
            let q = p.strip_prefix("q=").or_else(|| p.strip_prefix("Q="));
            q.is_some_and(|q| q.parse() == Ok(0.0_f32))
        };
        named && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn with(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn content_types() {
        let of = |values: &[&'static str]| is_of_type(&with(header::CONTENT_TYPE, values), FORM);
        for good in [
            FORM,
            "Application/X-WWW-Form-Urlencoded",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded;charset=\"utf-8\"",
        ] {
            assert!(of(&[good]).is_ok(), "{good}");
        }
        for bad in [
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; boundary=x",
            "application/x-www-form-urlencodedx",
            "",
        ] {
            assert!(of(&[bad]).is_err(), "{bad}");
        }
        assert!(of(&[]).is_err());
        assert!(of(&[FORM, FORM]).is_err());
        let mut encoded = with(header::CONTENT_TYPE, &[FORM]);
        encoded.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(is_of_type(&encoded, FORM).is_err());
    }

    #[test]
    fn many_cookies_are_one_header() {
        let of = |name: &str| {
            let request =
                (0..HEADERS_MAX).fold(hyper::Request::get("/"), |r, _| r.header(name, "a=1"));
            within_limits(&request.header("host", "x").body(()).unwrap().into_parts().0)
        };
        assert!(of("cookie").is_ok());
        assert!(of("x-other").is_err());
    }

    #[test]
    fn one_authorization() {
        let of = |values: &[&'static str]| {
            authorization(&with(header::AUTHORIZATION, values)).map(|value| value.map(str::len))
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["Basic x"]), Ok(Some(7)));
        assert!(of(&["Basic x", "Basic x"]).is_err());
    }

    #[test]
    fn accepting_by_name() {
        let jwt = "application/token-introspection+jwt";
        let of = |values: &[&'static str]| accepts(&with(header::ACCEPT, values), jwt);
        assert!(of(&["application/token-introspection+jwt"]));
        assert!(of(&["application/json;q=0.1, application/token-introspection+jwt;q=0.9"]));
        assert!(of(&["text/html", "Application/Token-Introspection+JWT"]));
        assert!(!of(&[]));
        assert!(!of(&["*/*, application/*"]));
        assert!(!of(&["application/token-introspection+jwt; q=0.0"]));
    }
}
