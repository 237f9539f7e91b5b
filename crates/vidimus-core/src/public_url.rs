//! Our own URLs taken apart: the public one, and the issuers below it. They are known to be URLs, so
//! nothing is parsed.

/// Scheme, host and port (RFC 6454 §4).
pub fn origin(url: &str) -> &str {
    url.strip_suffix(path(url)).unwrap_or(url)
}

/// Host and port.
pub fn authority(url: &str) -> &str {
    behind_scheme(url).split('/').next().unwrap_or_default()
}

/// Behind the authority; empty at a root.
pub fn path(url: &str) -> &str {
    behind_scheme(url).strip_prefix(authority(url)).unwrap_or_default()
}

fn behind_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let url = "https://login.example/base/t/foo.com";
        assert_eq!(origin(url), "https://login.example");
        assert_eq!(authority(url), "login.example");
        assert_eq!(path(url), "/base/t/foo.com");
        let bare = "http://[::1]:8080";
        assert_eq!((origin(bare), authority(bare), path(bare)), (bare, "[::1]:8080", ""));
    }
}
