//! One HTTP/1.1 request over TLS, and its whole answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use vidimus_e2e::http::{Request, Response};

const READ_SECONDS_MAX: u64 = 60;

pub fn client(folder: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(folder.join("ca.pem")).expect("a certificate");
    roots.add(authority).expect("an authority");
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

pub fn server(folder: &Path) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).expect("a file");
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("a file");
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = builder.with_no_client_auth();
    Arc::new(builder.with_single_cert(vec![certificate], key).expect("a pair"))
}

/// `base` is `https://`, a host and a port.
pub fn exchange(config: &Arc<ClientConfig>, base: &str, request: &Request) -> Response {
    let address = base.strip_prefix("https://").expect("https");
    let host = address.split(':').next().expect("a host").to_owned();
    let name = ServerName::try_from(host).expect("a name");
    let session = ClientConnection::new(Arc::clone(config), name).expect("TLS is set up");
    let socket = TcpStream::connect(address).expect("the server accepts");
    let limit = Some(Duration::from_secs(READ_SECONDS_MAX));
    socket.set_read_timeout(limit).expect("a limit");
    socket.set_nodelay(true).expect("no delay");
    let mut stream = StreamOwned::new(session, socket);
    let request = request.clone().header("Connection", "close");
    stream.write_all(&request.bytes(address)).expect("sent");
    parse(&whole(&mut stream))
}

/// What one connection says, and the answer to it.
pub fn answer(
    config: &Arc<ServerConfig>,
    socket: TcpStream,
    respond: impl FnOnce(&str, &str) -> String,
) {
    let Ok(session) = ServerConnection::new(Arc::clone(config)) else { return };
    let _ = socket.set_read_timeout(Some(Duration::from_secs(READ_SECONDS_MAX)));
    let mut stream = StreamOwned::new(session, socket);
    let (mut seen, mut some) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut some) {
        seen.extend_from_slice(&some[..length]);
        let text = String::from_utf8_lossy(&seen);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
        if length.is_none_or(|length| length.trim().parse().is_ok_and(|n: usize| body.len() >= n)) {
            let answer = respond(head, body);
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
            return;
        }
    }
}

/// Until the other side closes, whether or not TLS says so.
fn whole(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(fault) if is_end(&fault) && !bytes.is_empty() => {}
        Err(fault) => panic!("no whole answer: {fault}"),
    }
    bytes
}

fn is_end(fault: &io::Error) -> bool {
    matches!(fault.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
}

fn parse(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&bytes[..end]).expect("a head of text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let response = Response { status: status.expect("a status"), headers, body: Vec::new() };
    let body = &bytes[end + 4..];
    assert_eq!(response.header("transfer-encoding"), None, "answers are measured");
    if let Some(length) = response.header("content-length") {
        assert_eq!(length, body.len().to_string(), "the answer is whole");
    }
    Response { body: body.to_vec(), ..response }
}
