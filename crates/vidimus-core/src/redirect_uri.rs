//! What may be registered as a redirect URI (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.6).

use url::{Host, Url};

use crate::limits::NAME_BYTES_MAX;

/// # Errors
/// Why the URI cannot be registered: relative, with a fragment, a wildcard or user information,
/// plain `http` beyond loopback, or a scheme that runs or reads something.
pub fn check(uri: &str) -> Result<(), &'static str> {
    if uri.len() > NAME_BYTES_MAX || !uri.bytes().all(|c| matches!(c, 0x21..=0x7E)) {
        return Err("it is too long or has characters that no URI has");
    }
    if uri.contains(['*', '\\', '"', '<', '>']) {
        return Err("it has a wildcard or a character that no URI has");
    }
    let url = Url::parse(uri).map_err(|_| "it is no absolute URI")?;
    if uri.contains('#') {
        return Err("it has a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() || has_user_information(uri) {
        return Err("it has user information");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("plain http is only for loopback"),
        // Private-use schemes are reverse domain names (RFC 8252 §7.1), so they have a dot.
        scheme if scheme.contains('.') => Ok(()),
        _ => Err("the scheme is not allowed"),
    }
}

fn has_user_information(uri: &str) -> bool {
    let authority = uri.split_once("://").map_or("", |(_, rest)| rest);
    authority.split(['/', '?']).next().is_some_and(|authority| authority.contains('@'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_safe_uris_are_registered() {
        for good in [
            "https://app.example/cb",
            "http://localhost:8080/cb",
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "/cb",
            "https://app.example/cb#f",
            "https://*.example/cb",
            "https://app.example@evil/cb",
            "https://a@b@evil/cb",
            "http://app.example/cb",
            "http://127.0.0.1.evil/cb",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "https://app.example/c b",
            "https://evil\\@app.example/cb",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
