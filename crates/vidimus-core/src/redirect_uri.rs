//! What may be registered as a redirect URI (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.6), and what
//! then is one: byte for byte (RFC 9700 §4.1.3).

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
        _ => Err("a scheme of an application's own has a dot in it, such as com.example.app"),
    }
}

/// Whether a browser may be sent there, or a document fetched: `https`, or plain `http` on the same
/// machine. A fragment is allowed (OpenID Connect Registration §2, `request_uris`).
pub fn is_web(uri: &str) -> bool {
    let bare = uri.split('#').next().unwrap_or_default();
    let is_web = |url: Url| matches!(url.scheme(), "https" | "http");
    check(bare).is_ok() && Url::parse(bare).is_ok_and(is_web)
}

/// Whether it is one of those registered. A native application cannot choose its port, so on a
/// loopback address, and only there, any will do (RFC 8252 §7.3).
pub fn matches(registered: &[String], presented: &str) -> bool {
    let without_port = loopback(presented);
    registered.iter().any(|known| {
        known == presented || without_port.is_some() && loopback(known) == without_port
    })
}

/// The host and what stands behind the port, of a URI on a loopback address. `localhost` may be
/// anything: only literals count.
fn loopback(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let mut hosts = ["127.0.0.1", "[::1]"].into_iter();
    let (host, rest) = hosts.find_map(|host| Some((host, rest.strip_prefix(host)?)))?;
    let (port, rest) = match rest.strip_prefix(':') {
        None => (None, rest),
        Some(rest) => {
            let (port, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            (Some(port), rest)
        }
    };
    // As anybody writes it: no sign, no zero before it, nothing else.
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port.to_string() == text);
    let is_whole = rest.is_empty() || rest.starts_with(['/', '?']);
    (is_whole && port.is_none_or(is_port)).then_some((host, rest))
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
    use super::{check, is_web, matches};

    fn one(registered: &str, presented: &str) -> bool {
        matches(&["https://other.example/".to_owned(), registered.to_owned()], presented)
    }

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
        assert!(check("acme:/cb").unwrap_err().contains("com.example.app"));
    }

    #[test]
    fn pages_are_https_or_on_loopback() {
        for good in ["https://app.example/", "https://app.example/tos#privacy", "http://[::1]/"] {
            assert!(is_web(good), "{good}");
        }
        for bad in [
            "http://app.example/",
            "javascript:alert(1)",
            "com.example.app:/page",
            "file:///etc/passwd",
            "https://a@evil.example/",
            "/relative",
            "",
        ] {
            assert!(!is_web(bad), "{bad}");
        }
    }

    #[test]
    fn sec_001_nothing_else_is_the_redirect_uri() {
        let registered = "https://app.example/cb";
        assert!(one(registered, registered));
        for other in [
            "https://app.example/CB",
            "https://APP.EXAMPLE/cb",
            "HTTPS://app.example/cb",
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/cb?",
            "https://app.example/cb#f",
            "https://app.example/cb#",
            "https://app.example/cb/../x",
            "https://app.example/x/../cb",
            "https://app.example/./cb",
            "https://app.example/cb/..;/x",
            "https://app.example/cb%2f..%2fx",
            "https://app.example/cb\\..\\x",
            "https://app.example/cb%00",
            "https://app.example/cb\0",
            "https://app.example:443/cb",
            "https://app.example:8443/cb",
            "http://app.example/cb",
            "https://app.example/cb ",
            " https://app.example/cb",
            "https://app.example/cb\t",
            "https://app.example/cb%0a",
            "https://app.example/cb\n",
            "https://app.example.evil/cb",
            "https://appXexample/cb",
            "https://app.example./cb",
            "//app.example/cb",
            "https://app.example/c",
            "",
        ] {
            assert!(!one(registered, other), "{other:?}");
        }
        assert!(!matches(&[], ""));
    }

    #[test]
    fn sec_002_user_information_is_neither_registered_nor_the_same() {
        for trick in [
            "https://app.example@evil/cb",
            "https://app.example:x@evil/cb",
            "https://a@b@evil/cb",
            "https://evil\\@app.example/cb",
            "https://evil%40app.example/cb",
            "https://@app.example/cb",
        ] {
            assert!(check(trick).is_err(), "{trick}");
            assert!(!one("https://app.example/cb", trick), "{trick}");
        }
    }

    #[test]
    fn sec_003_a_path_is_no_prefix_of_others() {
        let registered = "https://app.example/cb/";
        for trick in ["..;/x", "%2e%2e/x", "%252e%252e/x", ";x=/../x", "x", "../cb/", "%2e/"] {
            assert!(!one(registered, &format!("{registered}{trick}")), "{trick}");
        }
        for wild in ["https://app.example/*", "https://*.example/cb", "https://app.example/cb/**"] {
            assert!(check(wild).is_err(), "{wild}");
        }
    }

    #[test]
    fn sec_004_case_counts() {
        assert!(!one("https://app.example/callback", "https://app.example/CALLBACK"));
        assert!(!one("com.example.app:/cb", "com.example.App:/cb"));
    }

    #[test]
    fn sec_005_on_a_loopback_address_only_the_port_may_differ() {
        let registered = "http://127.0.0.1/callback";
        for same in [registered, "http://127.0.0.1:51004/callback", "http://127.0.0.1:1/callback"] {
            assert!(one(registered, same), "{same}");
        }
        assert!(one("http://127.0.0.1:8080/callback", "http://127.0.0.1:51004/callback"));
        assert!(one("http://[::1]/cb?a=b", "http://[::1]:65535/cb?a=b"));
        for other in [
            "http://127.0.0.1:51004/callback?bar=foo",
            "http://127.0.0.1:51004/CALLBACK",
            "http://127.0.0.1:51004",
            "http://localhost:51004/callback",
            "http://localhost/callback",
            "http://127.0.0.1.evil:80/callback",
            "http://127.0.0.1:1@evil/callback",
            "http://127.0.0.1:@evil/callback",
            "http://127.0.0.1@evil/callback",
            "http://[::1]:1/callback",
            "http://2130706433/callback",
            "http://127.1:1/callback",
            "http://127.0.0.2:1/callback",
            "http://0.0.0.0:1/callback",
            "https://127.0.0.1:1/callback",
            "HTTP://127.0.0.1:1/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:+80/callback",
            "http://127.0.0.1:080/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:80\\@evil/callback",
            "http://127.0.0.1:80#/callback",
        ] {
            assert!(!one(registered, other), "{other}");
        }
        assert!(!one("http://localhost/cb", "http://localhost:51004/cb"), "no literal");
        assert!(!one("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb"), "no plain http");
    }

    #[test]
    fn sec_007_schemes_that_run_or_read_something_are_refused() {
        for scheme in ["javascript:", "JaVaScRiPt:", "data:", "vbscript:", "file:", "blob:"] {
            for before in ["", " ", "\u{1}", "\t", "java\t"] {
                let uri = format!("{before}{scheme}//app.example/%0aalert(1)");
                assert!(check(&uri).is_err() && !is_web(&uri), "{uri:?}");
            }
        }
        assert!(!is_web("com.example.app:/page"));
    }
}
