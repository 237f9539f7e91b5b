//! Connections: HTTP/2, slow peers, TLS and its reload, graceful stop.

use std::{io::Write as _, path::Path, sync::Arc, time::Duration};

use crate::server::{Server, raw};
use axum::body::Body;
use hyper::{Request, Version, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};
use vidimus_http::serve::{Door, Limits, Tls, TlsFiles};

fn brief() -> Limits {
    Limits {
        header: Duration::from_millis(150),
        idle: Duration::from_millis(150),
        handshake: Duration::from_millis(150),
        linger: Duration::from_millis(50),
        stop_deadline: Duration::from_secs(2),
        ..Limits::default()
    }
}

async fn brief_server() -> Server {
    Server::with(brief(), Door::Main, None, |app| {
        app.with_body_deadline(Duration::from_millis(150))
    })
    .await
}

#[tokio::test]
async fn http2_is_spoken_without_tls_too() {
    let server = Server::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let request = Request::post("http://login.example/oauth2/introspect")
            .header("authorization", &server.asker)
            .header("content-type", raw::FORM)
            .body(Body::from("token=x"))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!((response.version(), response.status().as_u16()), (Version::HTTP_2, 200));
        assert!(response.headers().contains_key("x-request-id"));
        let body = axum::body::to_bytes(Body::new(response.into_body()), 100).await.unwrap();
        assert_eq!(body, r#"{"active":false}"#);
    }
}

#[tokio::test]
async fn slow_headers_are_cut_off() {
    let server = brief_server().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    raw::write(&mut stream, "GET /livez HTTP/1.1\r\nHost: x\r\n").await;
    assert!(!raw::rest(&mut stream).await.contains("200"));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    raw::write(&mut stream, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(raw::answer(&mut stream).await.status, 200);
    raw::write(&mut stream, "GET /liv").await;
    assert_eq!(raw::rest(&mut stream).await, "");
}

#[tokio::test]
async fn slow_bodies_are_cut_off() {
    let server = brief_server().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\nContent-Length: 9\r\n\r\ng",
        raw::FORM
    );
    raw::write(&mut stream, &head).await;
    let reply = raw::answer(&mut stream).await;
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    assert_eq!(raw::rest(&mut stream).await, "");
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let server = brief_server().await;
    let mut unused = TcpStream::connect(server.address).await.unwrap();
    let mut used = TcpStream::connect(server.address).await.unwrap();
    raw::write(&mut used, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(raw::answer(&mut used).await.status, 200);
    assert_eq!(raw::rest(&mut unused).await, "");
    assert_eq!(raw::rest(&mut used).await, "");
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_cut_off() {
    let limits = Limits { write: Duration::from_millis(150), ..Limits::default() };
    let mut server = Server::with(limits, Door::Main, None, |app| app).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // Far more answers than socket buffers hold, and none of them read: the server stops reading
    // too, and then gives up.
    let pipelined = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: x\r\n\r\n".repeat(512);
    let mut failed = false;
    for _ in 0..2000 {
        if stream.write_all(pipelined.as_bytes()).await.is_err() {
            failed = true;
            break;
        }
    }
    assert!(failed, "the server went on for ever");
    server.begin_stop();
    assert_eq!(server.stopped().await.cut, 0);
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun() {
    let mut server = Server::with(brief(), Door::Main, None, |app| app).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    raw::write(&mut idle, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(raw::answer(&mut idle).await.header("connection"), None);
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    let body = "grant_type=client_credentials";
    let headers = [("Authorization", server.client.as_str()), ("Content-Type", raw::FORM)];
    let request = raw::request("POST", "/oauth2/token", &headers, body, false);
    let (first, last) = request.split_at(request.len() - 1);
    raw::write(&mut busy, first).await;
    let mut late = TcpStream::connect(server.address).await.unwrap();
    server.begin_stop();
    while !server.app.status.is_draining() {
        tokio::task::yield_now().await;
    }
    raw::write(&mut late, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let reply = raw::answer(&mut late).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    raw::write(&mut busy, last).await;
    let reply = raw::answer(&mut busy).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(raw::rest(&mut idle).await, "");
    assert_eq!(server.stopped().await.cut, 0);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stop_ends_although_a_peer_does_not() {
    let limits = Limits { stop_deadline: Duration::from_millis(200), ..brief() };
    let mut server = Server::with(limits, Door::Main, None, |app| app).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    raw::write(&mut stuck, head).await;
    let mut other = TcpStream::connect(server.address).await.unwrap();
    raw::write(&mut other, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert_eq!(raw::answer(&mut other).await.status, 200);
    server.begin_stop();
    assert_eq!(server.stopped().await.cut, 1);
}

/// Writes a new certificate for `localhost`; what a client must trust.
fn certificate(dir: &Path) -> (TlsFiles, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificate: dir.join("cert.pem"), key: dir.join("key.pem") };
    let write = |path: &Path, text: String| {
        std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    };
    write(&files.certificate, made.cert.pem());
    write(&files.key, made.signing_key.serialize_pem());
    (files, made.cert.der().clone())
}

async fn connect(
    server: &Server,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn a_certificate_changes_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (files, first) = certificate(dir.path());
    let tls = Arc::new(Tls::load(files.clone()).unwrap());
    let server = Server::with(brief(), Door::Main, Some(Arc::clone(&tls)), |app| app).await;
    let request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut stream = connect(&server, &first, b"http/1.1").await.unwrap();
    raw::write(&mut stream, request).await;
    assert_eq!(raw::answer(&mut stream).await.status, 200);

    let (_, second) = certificate(dir.path());
    tls.reload().unwrap();
    assert!(!tls.reload_if_changed().unwrap());
    assert!(connect(&server, &first, b"http/1.1").await.is_err());
    let mut stream = connect(&server, &second, b"http/1.1").await.unwrap();
    raw::write(&mut stream, request).await;
    assert_eq!(raw::answer(&mut stream).await.status, 200);

    std::fs::write(&files.certificate, "no certificate").unwrap();
    assert!(tls.reload().is_err());
    assert!(connect(&server, &second, b"http/1.1").await.is_ok());
}

#[tokio::test]
async fn tls_negotiates_http2_and_a_silent_handshake_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (files, trusted) = certificate(dir.path());
    let tls = Arc::new(Tls::load(files).unwrap());
    let server = Server::with(brief(), Door::Main, Some(tls), |app| app).await;
    let stream = connect(&server, &trusted, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://localhost/livez").body(Body::empty()).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status().as_u16(), 200);
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(raw::rest(&mut silent).await, "");
}
