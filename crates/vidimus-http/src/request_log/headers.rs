//! Headers of a request and a response without their secrets.

use std::borrow::Cow;

use hyper::{HeaderMap, header};

use super::redacted::{Pair, Redacted};

/// Those whose values are no secrets; of any other the log has its name and length.
const SHOWN: [&str; 34] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-allow-origin",
    "access-control-request-headers",
    "access-control-request-method",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "host",
    "origin",
    "pragma",
    "retry-after",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "strict-transport-security",
    "te",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-requested-with",
];

/// Every response has these, whatever it answers.
const ALWAYS: [&str; 5] = [
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
];

pub fn redacted(headers: &HeaderMap) -> Vec<Pair> {
    let told = headers.iter().filter(|(name, _)| !ALWAYS.contains(&name.as_str()));
    told.map(|(name, value)| {
        let text = value.to_str().unwrap_or_default();
        let value = match name {
            &header::AUTHORIZATION => authorization(text),
            &header::LOCATION | &header::REFERER => address(text),
            name if SHOWN.contains(&name.as_str()) => Redacted::shown(name.as_str(), text),
            name => Redacted::hidden(name.as_str(), value.len()),
        };
        Pair::new(name.as_str(), value)
    })
    .collect()
}

/// RFC 7617 §2: the name before the colon says who asked.
fn authorization(text: &str) -> Redacted {
    let Some((scheme, credentials)) = text.split_once(' ') else {
        return Redacted::hidden("authorization", text.len());
    };
    if scheme.eq_ignore_ascii_case("basic") {
        let basic = super::body::basic(credentials).map(|(id, secret)| (id, secret.len()));
        return match basic {
            Some((id, bytes)) => match Redacted::shown("id", &id) {
                Redacted::Shown(id) => Redacted::Basic { id, bytes },
                _ => Redacted::Credentials { scheme: "Basic".to_owned(), bytes: credentials.len() },
            },
            None => Redacted::Credentials { scheme: "Basic".to_owned(), bytes: credentials.len() },
        };
    }
    let known = ["Bearer", "DPoP", "Digest", "Negotiate"];
    match known.iter().find(|known| known.eq_ignore_ascii_case(scheme)) {
        Some(known) => {
            Redacted::Credentials { scheme: (*known).to_owned(), bytes: credentials.len() }
        }
        None => Redacted::hidden("authorization", text.len()),
    }
}

/// Without its query and fragment: codes and tokens travel there.
fn address(text: &str) -> Redacted {
    let whole = text.find(['?', '#']).map_or(text, |at| text.get(..at).unwrap_or_default());
    let rest = text.len() - whole.len();
    let whole = without_user(whole);
    match Redacted::shown("address", &crate::path::visible(&whole)) {
        Redacted::Shown(shown) if rest > 0 => Redacted::Shown(format!("{shown}?<{rest} bytes>")),
        other => other,
    }
}

/// Whoever writes a name before the host writes a password behind it (RFC 3986 §3.2.1).
pub fn without_user(address: &str) -> Cow<'_, str> {
    let parts = address.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find('/').unwrap_or(rest.len());
        let at = rest.get(..end)?.rfind('@')?;
        Some((scheme, rest.get(at..)?))
    });
    parts.map_or(Cow::Borrowed(address), |(scheme, rest)| format!("{scheme}://…{rest}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn shown(name: &'static str, value: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        redacted(&headers)[0].value.to_string()
    }

    #[test]
    fn only_what_is_known_to_be_no_secret_is_shown() {
        for (name, value, told) in [
            (
                "authorization",
                "Basic ZGVtby1hcHA6ZGVtby1zZWNyZXQ=",
                "Basic demo-app:<secret: 11 bytes>",
            ),
            ("authorization", "basic !!", "Basic <token: 2 bytes>"),
            ("authorization", "Bearer s3cret", "Bearer <token: 6 bytes>"),
            ("authorization", "s3cret", "<authorization: 6 bytes>"),
            ("authorization", "s3cret and more", "<authorization: 15 bytes>"),
            ("cookie", "a=b", "<cookie: 3 bytes>"),
            ("x-api-key", "abc", "<x-api-key: 3 bytes>"),
            ("accept", "application/json", "application/json"),
            ("location", "https://a.example/cb?code=x#y", "https://a.example/cb?<9 bytes>"),
            ("location", "/oauth2/authorize/vfl_0SFf", "/oauth2/authorize/vfl_…"),
            ("referer", "https://me:s3cret@a.example/x@y?z", "https://…@a.example/x@y?<2 bytes>"),
            ("user-agent", "eyJhbGciOiJSUzI1NiJ9.e30.x", "<user-agent: 26 bytes>"),
        ] {
            assert_eq!(shown(name, value), told, "{name}: {value}");
        }
    }
}
