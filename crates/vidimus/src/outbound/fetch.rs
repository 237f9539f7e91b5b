//! One GET or POST within its limits.

use std::{error::Error as _, fs, path::Path, time::Duration};

use reqwest::{
    Client,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    redirect::Policy,
};
use rustls::ClientConfig;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use url::{Host, Url, form_urlencoded};
use vidimus_core::secret::Secret;

use crate::{
    config,
    outbound::{address::is_public, resolver::GuardedResolver, trust},
};

const CONNECT_SECONDS_MAX: u64 = 2;
const TOTAL_SECONDS_MAX: u64 = 3;
/// Nobody waits for the answer to what is posted.
const POST_SECONDS_MAX: u64 = 5;

pub struct Outbound {
    client: Client,
    allow_private: bool,
}

#[derive(Debug)]
pub struct Fetched {
    pub body: Vec<u8>,
    /// `max-age` of Cache-Control (RFC 9111 §5.2.2.1).
    pub max_age_seconds: Option<u64>,
}

impl Outbound {
    /// # Errors
    /// The extra certificates cannot be read, or TLS cannot be set up.
    pub fn new(config: &config::Outbound) -> Result<Self, String> {
        let extra = trusting(config.extra_ca_file.as_deref())
            .map_err(|why| format!("outbound.extra_ca_file {why}"))?;
        let builder = || {
            Client::builder()
                .https_only(!config.allow_private)
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .no_gzip()
                .no_brotli()
                .no_zstd()
                .no_deflate()
                .user_agent(concat!("vidimus/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(GuardedResolver { allow_private: config.allow_private })
                .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
                .timeout(Duration::from_secs(TOTAL_SECONDS_MAX))
                .pool_max_idle_per_host(0)
        };
        let client = match extra {
            // A machine without the usual certificates can still trust those it was given.
            Some(trusted) => builder().tls_backend_preconfigured(trusted).build(),
            None => builder().build().or_else(|why| {
                tracing::warn!("no system certificates for outbound requests: {}", cause(&why));
                builder().tls_certs_only([]).build()
            }),
        };
        let client = client.map_err(|why| format!("outbound client: {}", cause(&why)))?;
        Ok(Self { client, allow_private: config.allow_private })
    }

    /// The body of a 200, or why there is none.
    pub async fn get(
        &self,
        uri: &str,
        accept: &'static str,
        body_bytes_max: usize,
    ) -> Result<Fetched, String> {
        let url = self.permitted(uri)?;
        let request = self.client.get(url).header(ACCEPT, accept);
        let mut response = request.send().await.map_err(|why| cause(&why))?;
        if response.status().as_u16() != 200 {
            return Err(format!("answered {}", response.status()));
        }
        let max_age_seconds = response
            .headers()
            .get_all(CACHE_CONTROL)
            .iter()
            .filter_map(|value| max_age_seconds(value.to_str().ok()?))
            .min();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|why| cause(&why))? {
            if body.len() + chunk.len() > body_bytes_max {
                return Err(format!("answered with more than {body_bytes_max} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { body, max_age_seconds })
    }

    /// Posts a form (RFC 6749 appendix B), whose answer is not read beyond its status.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn post(&self, uri: &str, form: &[(&'static str, Secret)]) -> Result<(), String> {
        let url = self.permitted(uri)?;
        let pairs = form.iter().map(|(name, value)| (name, value.expose()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(Duration::from_secs(POST_SECONDS_MAX))
            .body(body);
        let status = request.send().await.map_err(|why| cause(&why))?.status();
        if status.is_success() { Ok(()) } else { Err(format!("answered {status}")) }
    }

    /// An address written into the URL never reaches the resolver, so it is checked here.
    fn permitted(&self, uri: &str) -> Result<Url, String> {
        let url = Url::parse(uri).map_err(|why| why.to_string())?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            scheme => return Err(format!("scheme {scheme} is not allowed")),
        }
        let public = match url.host() {
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            Some(Host::Domain(_)) => true,
            None => return Err("no host".to_owned()),
        };
        if !public && !self.allow_private {
            return Err("the address is not on the public internet".to_owned());
        }
        Ok(url)
    }
}

/// Whom to trust where the operator names certificates beside the machine's.
pub fn trusting(ca_file: Option<&Path>) -> Result<Option<ClientConfig>, String> {
    let Some(path) = ca_file else { return Ok(None) };
    fs::read(path)
        .map_err(|why| why.to_string())
        .and_then(|pem| certificates(&pem))
        .and_then(|named| trust::config(named).map_err(|why| why.to_string()))
        .map(Some)
        .map_err(|why| format!("{}: {why}", path.display()))
}

/// Every certificate of a PEM file.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|why| why.to_string())?;
    if read.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(read) }
}

fn max_age_seconds(header: &str) -> Option<u64> {
    let directives = || header.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Some(0);
    }
    directives().find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok())
}

/// The innermost reason: reqwest's own text is "error sending request" and the URL.
pub fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no whole answer in time".to_owned();
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    use super::*;

    fn outbound(allow_private: bool) -> Outbound {
        Outbound::new(&config::Outbound { allow_private, extra_ca_file: None }).unwrap()
    }

    /// A server on loopback that writes `answer` to one connection and holds it open.
    fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let _ = stream.write_all(&answer);
            let _ = stream.read(&mut [0; 1]);
        });
        url
    }

    fn http(head: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_200_is_read_with_its_age() {
        let url = server(http("200 OK\r\ncache-control: public, Max-Age=90", b"{}"));
        let fetched = outbound(true).get(&url, "*/*", 100).await.unwrap();
        assert_eq!((fetched.body, fetched.max_age_seconds), (b"{}".to_vec(), Some(90)));
    }

    #[tokio::test]
    async fn redirects_errors_and_big_bodies_are_refused() {
        let target = server(http("200 OK", b"{}"));
        for (answer, expected) in [
            (http(&format!("302 Found\r\nlocation: {target}"), b""), "answered 302 Found"),
            (http("500 No", b""), "answered 500 Internal Server Error"),
            (http("200 OK", &[b'x'; 101]), "answered with more than 100 bytes"),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n96\r\n".to_vec(),
                "no whole answer in time",
            ),
        ] {
            let url = server(answer);
            assert_eq!(outbound(true).get(&url, "*/*", 100).await.unwrap_err(), expected);
        }
    }

    #[tokio::test]
    async fn a_form_is_posted_and_only_the_status_counts() {
        let form = [("logout_token", Secret::new("a.b c")), ("x", Secret::new("ä"))];
        for (head, taken) in [
            ("200 OK", Ok(())),
            ("204 No Content", Ok(())),
            ("302 Found\r\nlocation: https://a.example/", Err("answered 302 Found".to_owned())),
            ("400 Bad Request", Err("answered 400 Bad Request".to_owned())),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/logout", listener.local_addr().unwrap());
            let receiving = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"x=%C3%A4") {
                    let mut some = [0; 4096];
                    let length = stream.read(&mut some).unwrap();
                    assert!(length > 0, "{}", String::from_utf8_lossy(&request));
                    request.extend_from_slice(&some[..length]);
                }
                stream.write_all(&http(head, b"nobody reads this")).unwrap();
                String::from_utf8(request).unwrap()
            });
            assert_eq!(outbound(true).post(&url, &form).await, taken);
            let request = receiving.join().unwrap();
            assert!(request.starts_with("POST /logout HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"));
            assert!(request.ends_with("\r\n\r\nlogout_token=a.b+c&x=%C3%A4"), "{request}");
        }
    }

    #[tokio::test]
    async fn sec_161_nothing_is_posted_to_this_machine() {
        for uri in ["https://127.0.0.1:1/", "https://localhost:1/", "http://example.com/"] {
            assert!(outbound(false).post(uri, &[]).await.is_err(), "{uri}");
        }
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_left() {
        let url = server(Vec::new());
        let error = outbound(true).get(&url, "*/*", 100).await.unwrap_err();
        assert_eq!(error, "no whole answer in time");
    }

    #[tokio::test]
    async fn compressed_bodies_stay_as_they_are() {
        let url = server(http("200 OK\r\ncontent-encoding: gzip", b"\x1f\x8b\x08bomb"));
        assert_eq!(outbound(true).get(&url, "*/*", 100).await.unwrap().body, b"\x1f\x8b\x08bomb");
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let guarded = outbound(false);
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[fd00::1]",
        ] {
            let error = guarded.get(&format!("https://{host}:1/"), "*/*", 100).await.unwrap_err();
            assert_eq!(error, "the address is not on the public internet", "{host}");
        }
        // By name it is the resolver that refuses.
        let error = guarded.get("https://localhost:1/", "*/*", 100).await.unwrap_err();
        assert!(error.contains("no public address"), "{error}");
        for uri in ["http://example.com/", "file:///etc/passwd", "ftp://example.com/", "x"] {
            assert!(guarded.get(uri, "*/*", 100).await.is_err(), "{uri}");
        }
    }
}
