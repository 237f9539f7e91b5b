//! HTTPS to both servers: whose certificate is not trusted gets no request.

use std::net::{Ipv4Addr, TcpListener};

use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::stage::{Shadow, WORLD, introspection, server};

fn secured() -> (Server, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let setup = Setup::new(Store::Memory).world(WORLD).argument("--tls").argument("--tls-listen");
    (Server::dev(&setup.argument(&format!("127.0.0.1:{port}"))), port)
}

#[test]
fn sec_313_a_certificate_is_checked_and_there_is_no_way_around() {
    let ((old, port), new) = (secured(), server(WORLD));
    let url = format!("https://localhost:{port}");
    let authority = old.directory().join("dev/tls/ca.pem").display().to_string();

    let trusting = Shadow::between(&url, &new.base_url(), &["--ca-file", &authority]);
    let token = trusting.issued();
    assert_eq!(trusting.introspect(&token)["active"], true);
    let ended = trusting.end();
    assert_eq!((ended.count("compared"), ended.count("old_failed")), (2, 0));

    let doubting = Shadow::between(&url, &new.base_url(), &[]);
    assert_eq!(doubting.ask(&introspection("x")).status, 502);
    let ended = doubting.end();
    assert_eq!((ended.count("compared"), ended.count("old_failed")), (0, 1));

    // The other way round: the new server's name is none that its certificate has.
    let url = format!("https://127.0.0.2:{port}");
    let doubting = Shadow::between(&new.base_url(), &url, &["--ca-file", &authority]);
    assert_eq!(doubting.introspect("x")["active"], false);
    assert_eq!(doubting.end().count("new_failed"), 1);
}
