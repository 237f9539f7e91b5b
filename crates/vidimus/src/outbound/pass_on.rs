//! A request passed on to a server that the operator named, and its answer: whole bodies within a limit,
//! nothing that belongs to one hop (RFC 9110 §7.6.1), no redirect followed, nothing tried again.

use std::{path::Path, time::Duration};

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
            TRAILER, TRANSFER_ENCODING, UPGRADE,
        },
    },
};
use reqwest::{Client, redirect::Policy, retry};
use url::Url;

use super::fetch::{cause, trusting};

const CONNECT_SECONDS_MAX: u64 = 5;

/// Of one hop, whatever `Connection` says.
const OF_ONE_HOP: [HeaderName; 11] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT,
    CONTENT_LENGTH,
];

/// A request with its whole body.
#[derive(Clone)]
pub struct Asking {
    pub method: Method,
    /// Path and query, as they came.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The server is asked by its own name.
    Own,
    /// By the name that the client used.
    Clients,
}

#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub answer_bytes_max: usize,
    pub seconds_max: u64,
}

/// Why there is no answer to pass back; says nothing of the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Its target does not lie below the server's URL.
    Target,
    TooLarge,
    Away(String),
}

/// A server under one URL.
pub struct Elsewhere {
    client: Client,
    base: Url,
    host: Host,
    bounds: Bounds,
}

impl Elsewhere {
    /// # Errors
    /// The URL is none of a server, or the certificates cannot be read.
    pub fn new(
        url: &str,
        ca_file: Option<&Path>,
        host: Host,
        bounds: Bounds,
    ) -> Result<Self, String> {
        let base = Url::parse(url).map_err(|why| format!("{url}: {why}"))?;
        let is_plain = matches!(base.scheme(), "http" | "https")
            && base.has_host()
            && base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !is_plain {
            let what = "expected http://HOST or https://HOST, with a port and a path or without";
            return Err(format!("{what}; no user, query or fragment"));
        }
        let builder = Client::builder()
            .redirect(Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .timeout(Duration::from_secs(bounds.seconds_max));
        let builder = match trusting(ca_file).map_err(|why| format!("--ca-file: {why}"))? {
            Some(trusted) => builder.tls_backend_preconfigured(trusted),
            // Without TLS no certificates are needed, and a machine may have none.
            None if base.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let client = builder.build().map_err(|why| cause(&why))?;
        Ok(Self { client, base, host, bounds })
    }

    pub const fn url(&self) -> &Url {
        &self.base
    }

    /// The text before every path.
    pub fn prefix(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// # Errors
    /// There is no whole answer within the bounds.
    pub async fn ask(&self, request: Asking) -> Result<Answered, Unanswered> {
        let url = self.below(&request.target)?;
        // A tunnel would lead anywhere.
        if request.method == Method::CONNECT {
            return Err(Unanswered::Target);
        }
        let is_head = request.method == Method::HEAD;
        let mut headers = without_hop(&request.headers);
        if self.host == Host::Own {
            headers.remove(HOST);
        }
        let asked = self.client.request(request.method, url).headers(headers).body(request.body);
        let mut response = asked.send().await.map_err(|why| Unanswered::Away(cause(&why)))?;
        let (status, mut headers) = (response.status(), without_hop(response.headers()));
        if let Some(length) = response.headers().get(CONTENT_LENGTH).filter(|_| is_head) {
            // Of the body which a GET would have.
            headers.insert(CONTENT_LENGTH, length.clone());
        }
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|why| Unanswered::Away(cause(&why)))?
        {
            if body.len() + chunk.len() > self.bounds.answer_bytes_max {
                return Err(Unanswered::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answered { status, headers, body: body.into() })
    }

    /// Dots in a path must not lead out of the one that the operator named.
    fn below(&self, target: &str) -> Result<Url, Unanswered> {
        let url = Url::parse(&format!("{}{target}", self.prefix()));
        let path = self.base.path().trim_end_matches('/');
        let is_below = |url: &Url| {
            let rest = url.path().strip_prefix(path);
            url.origin() == self.base.origin()
                && url.username().is_empty()
                && rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let url = url.ok().filter(|_| target.starts_with('/'));
        url.filter(is_below).ok_or(Unanswered::Target)
    }
}

/// What goes from end to end.
fn without_hop(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let goes_on = |name: &HeaderName| !OF_ONE_HOP.contains(name) && !named.contains(name);
    let kept = headers.iter().filter(|(name, _)| goes_on(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).fold(
        HeaderMap::with_capacity(headers.len()),
        |mut all, (name, value): (HeaderName, HeaderValue)| {
            all.append(name, value);
            all
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { answer_bytes_max: 100, seconds_max: 3 };

    fn elsewhere(url: &str) -> Result<Elsewhere, String> {
        Elsewhere::new(url, None, Host::Own, BOUNDS)
    }

    #[test]
    fn only_a_server_can_be_named() {
        for url in ["http://127.0.0.1:1", "http://old.example/auth/", "http://[::1]:8080"] {
            assert!(elsewhere(url).is_ok(), "{url}");
        }
        for url in [
            "old.example",
            "ftp://old.example",
            "file:///etc/passwd",
            "http://u:p@old.example",
            "http://old.example?x",
            "http://old.example#x",
        ] {
            assert!(elsewhere(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_target_stays_below_the_url() {
        let server = elsewhere("http://old.example/auth").unwrap();
        let url = server.below("/oauth2/token?a=b").unwrap();
        assert_eq!(url.as_str(), "http://old.example/auth/oauth2/token?a=b");
        for target in ["/../admin", "/%2e%2e/admin", "@evil.example/", "", ".evil.example/", "x"] {
            assert_eq!(server.below(target).unwrap_err(), Unanswered::Target, "{target}");
        }
    }

    #[test]
    fn what_belongs_to_one_hop_ends_there() {
        let pairs = [
            ("connection", "close, x-mine"),
            ("x-mine", "1"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
            ("content-length", "3"),
            ("authorization", "Bearer x"),
            ("set-cookie", "a"),
        ];
        let headers = pairs
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let kept = without_hop(&headers.into_iter().collect());
        let names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["authorization", "set-cookie"]);
    }
}
