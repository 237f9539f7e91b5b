//! What scripts of other origins may do (WHATWG Fetch §3.2, RFC 9700 §2.6): ask the endpoints that
//! look at no cookie, for what they would get without a browser. Pages share nothing.

use hyper::{
    HeaderMap, Method,
    header::{self, HeaderName, HeaderValue},
    http::request::Parts,
};
use vidimus_dialect::Endpoint;

const METHOD: HeaderName = header::ACCESS_CONTROL_REQUEST_METHOD;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharing {
    Nobody,
    /// With scripts that say where they are from, and these methods.
    Scripts(&'static str),
    /// A document for everybody, which others may keep for each other.
    Everybody,
}

const fn sharing(endpoint: Endpoint) -> Sharing {
    match endpoint {
        Endpoint::Token
        | Endpoint::Revoke
        | Endpoint::PushedAuthorization
        | Endpoint::DeviceAuthorization
        | Endpoint::Register => Sharing::Scripts("POST"),
        Endpoint::Userinfo => Sharing::Scripts("GET, POST"),
        Endpoint::Registration => Sharing::Scripts("GET, PUT, DELETE"),
        Endpoint::Metadata | Endpoint::ResourceMetadata | Endpoint::Jwks => Sharing::Everybody,
        Endpoint::Introspect
        | Endpoint::Identity
        | Endpoint::TokenDetails
        | Endpoint::Organization
        | Endpoint::Logout
        | Endpoint::Authorize
        | Endpoint::DeviceVerification
        | Endpoint::EndSession
        | Endpoint::CheckSession
        | Endpoint::Account
        | Endpoint::Logo => Sharing::Nobody,
    }
}

/// A script's question whether it may ask, where it may; these methods then.
pub fn preflight(endpoint: Endpoint, parts: &Parts) -> Option<&'static str> {
    let asks = parts.method == Method::OPTIONS && parts.headers.contains_key(METHOD);
    let methods = match sharing(endpoint) {
        Sharing::Nobody => return None,
        Sharing::Scripts(methods) => methods,
        Sharing::Everybody => "GET, HEAD",
    };
    (asks && is_from_somewhere(&parts.headers)).then_some(methods)
}

/// The answer to it, beside what every answer has.
pub fn allow(methods: &'static str, headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        // A wildcard covers every header but the one that carries credentials.
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, *"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Never for credentials that a browser adds by itself, hence for any origin but `null`, which
/// every sandboxed frame has.
pub fn share(endpoint: Endpoint, asked: &HeaderMap, headers: &mut HeaderMap) {
    let sharing = sharing(endpoint);
    if sharing == Sharing::Nobody {
        return;
    }
    let says = asked.contains_key(header::ORIGIN);
    if !says && sharing != Sharing::Everybody {
        return;
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if !says || is_from_somewhere(asked) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static("WWW-Authenticate, Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

fn is_from_somewhere(asked: &HeaderMap) -> bool {
    let mut origins = asked.get_all(header::ORIGIN).iter();
    let first = origins.next().filter(|_| origins.next().is_none());
    first.is_some_and(|origin| !origin.as_bytes().eq_ignore_ascii_case(b"null"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn asked(method: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn allowed(endpoint: Endpoint, headers: &[(&str, &str)]) -> Option<String> {
        let mut answer = HeaderMap::new();
        share(endpoint, &asked("POST", headers).headers, &mut answer);
        assert!(!answer.contains_key("access-control-allow-credentials"));
        let allowed = answer.get("access-control-allow-origin")?;
        Some(allowed.to_str().unwrap().to_owned())
    }

    #[test]
    fn sec_014_scripts_may_ask_what_looks_at_no_cookie() {
        let spa = [("Origin", "https://spa.example")];
        for (endpoint, headers, wanted) in [
            (Endpoint::Token, &spa[..], true),
            (Endpoint::Token, &[], false),
            (Endpoint::Token, &[("Origin", "null")], false),
            (Endpoint::Token, &[spa[0], spa[0]], false),
            (Endpoint::Jwks, &[], true),
            (Endpoint::Jwks, &[("Origin", "null")], false),
            (Endpoint::Authorize, &spa, false),
            (Endpoint::EndSession, &spa, false),
            (Endpoint::Introspect, &spa, false),
        ] {
            let wanted = wanted.then(|| "*".to_owned());
            assert_eq!(allowed(endpoint, headers), wanted, "{endpoint:?} {headers:?}");
        }
    }

    #[test]
    fn a_preflight_is_one_only_with_its_headers() {
        let origin = ("Origin", "https://spa.example");
        let method = ("Access-Control-Request-Method", "POST");
        let of = |parts: &Parts| preflight(Endpoint::Token, parts);
        assert_eq!(of(&asked("OPTIONS", &[origin, method])), Some("POST"));
        assert_eq!(of(&asked("OPTIONS", &[origin])), None);
        assert_eq!(of(&asked("OPTIONS", &[method])), None);
        assert_eq!(of(&asked("OPTIONS", &[("Origin", "null"), method])), None);
        assert_eq!(of(&asked("POST", &[origin, method])), None);
        let authorize = preflight(Endpoint::Authorize, &asked("OPTIONS", &[origin, method]));
        assert_eq!(authorize, None);
    }
}
