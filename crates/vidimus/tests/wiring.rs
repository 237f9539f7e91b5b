//! What only the whole program has: TLS with its reload, signals, traces, JSON logs.

mod harness;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    sync::mpsc,
    time::Duration,
};

use harness::{Server, stderr, vidimus};

fn certificate(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.pem()
}

fn lists_tenants(server: &Server, ca: &str) -> bool {
    fs::write(server.folder.path().join("ca.pem"), ca).unwrap();
    let url = format!("https://localhost:{}", server.port);
    let mut command = vidimus(server.folder.path());
    command.args(["tenant", "list", "--server", &url]).output().unwrap().status.success()
}

#[test]
fn tls_files_are_read_again_without_a_restart() {
    let folder = Server::configured();
    let path = folder.path().to_owned();
    let first = certificate(&path);
    let config = harness::read(&path.join("vidimus.toml"));
    let tls = "[server]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n";
    fs::write(path.join("vidimus.toml"), config.replace("[server]\n", tls)).unwrap();
    let server = Server::start(folder, &["serve"]);
    let credentials = harness::read(&server.credentials());
    fs::write(server.credentials(), format!("{credentials}ca_file = \"ca.pem\"\n")).unwrap();
    assert!(lists_tenants(&server, &first));
    let stranger = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(path.join("ca.pem"), stranger.cert.pem()).unwrap();
    let url = format!("https://localhost:{}", server.port);
    let order = ["tenant", "list", "--server", &url];
    let distrusted = vidimus(&path).args(order).output().unwrap();
    assert!(stderr(&distrusted).contains("ca_file"), "{}", stderr(&distrusted));
    let second = certificate(&path);
    assert!(!lists_tenants(&server, &second), "the old certificate is still in use");
    server.signal("HUP");
    harness::eventually("the new certificate", || lists_tenants(&server, &second));
    assert!(!lists_tenants(&server, &first));
    // A broken pair changes nothing.
    fs::write(path.join("cert.pem"), "broken").unwrap();
    server.signal("HUP");
    harness::eventually("the complaint", || server.log().contains("holds no certificate"));
    assert!(lists_tenants(&server, &second));
}

#[test]
fn traces_are_exported_where_an_endpoint_is_set() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = collector.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        sender.send(bytes).unwrap();
    });
    let folder = Server::configured();
    let config = harness::read(&folder.path().join("vidimus.toml"));
    let traced = format!("{config}[telemetry]\notlp_endpoint = \"{endpoint}\"\n");
    fs::write(folder.path().join("vidimus.toml"), traced).unwrap();
    let mut server = Server::start(folder, &["serve"]);
    server.ask("/.well-known/openid-configuration", None, None);
    assert!(server.stop().success(), "{}", server.log());
    let bytes = received.recv_timeout(Duration::from_secs(30)).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("POST /v1/traces HTTP/1.1"), "{text}");
    assert!(text.contains("/.well-known/openid-configuration"), "{text}");
}

#[test]
fn logs_are_json_where_that_is_asked_for() {
    let folder = Server::configured();
    let config = harness::read(&folder.path().join("vidimus.toml"));
    let json = format!("{config}[log]\nformat = \"json\"\n");
    fs::write(folder.path().join("vidimus.toml"), json).unwrap();
    let mut server = Server::start(folder, &["serve"]);
    server.stop();
    let log = server.log();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "ready"), "{log}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(Server::configured(), &["serve"]);
    // A request that never ends keeps the server from stopping.
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream
        .write_all(b"POST /oauth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n")
        .unwrap();
    // Accepted in order: when this one is answered, the other has been read.
    server.ask("/livez", None, None);
    server.signal("TERM");
    harness::eventually("the stop", || server.log().contains("stopping"));
    let status = server.stop();
    assert_eq!(status.code(), Some(1), "{}", server.log());
    assert!(server.log().contains("stopped at once by a second signal"), "{}", server.log());
}

#[test]
fn plain_http_beyond_this_machine_is_warned_of() {
    let folder = Server::configured();
    let config = harness::read(&folder.path().join("vidimus.toml"));
    fs::write(folder.path().join("vidimus.toml"), config.replace("127.0.0.1:0", "192.0.2.1:0"))
        .unwrap();
    // Not an address of this machine, so it is warned of and then cannot be had.
    let output = vidimus(folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("plain HTTP beyond this machine"), "{text}");
    assert!(text.contains("cannot listen on 192.0.2.1:0"), "{text}");
}
