//! What answers at which listener, and how little the server says of itself there (SEC-217, SEC-218).

use std::net::{Ipv4Addr, TcpListener};

use vidimus_e2e::connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};

use crate::world::{Party, World, shared_machine};

/// As a proxy passes on what a stranger asks.
fn stranger(path: &str) -> Request {
    Request::get(path).header("X-Forwarded-For", "203.0.113.7")
}

fn at(address: &str, request: &Request) -> Response {
    connection::exchange(address, request).unwrap_or_else(|fault| panic!("{address}: {fault}"))
}

#[test]
fn sec_217_administrators_can_have_a_listener_of_their_own() {
    let _shared = shared_machine();
    let setup = Setup::new(Store::Memory).setting("server.admin_listen", "127.0.0.1:0");
    let server = vidimus_e2e::server::Server::start(&setup);
    let text = std::fs::read_to_string(server.directory().join("vidimus-admin.toml")).expect("it");
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        line.unwrap_or_else(|| panic!("no {key}: {text}")).trim_matches('"').to_owned()
    };
    let apart = value("server").trim_start_matches("http://").to_owned();
    assert_ne!(apart, server.address());
    let admin = Party { id: value("client_id"), secret: value("client_secret") };
    let order = [("grant_type", "client_credentials"), ("scope", "vidimus.admin")];
    let order = Request::post("/oauth2/token").basic(&admin.id, &admin.secret).form(&order);
    // Tokens are had at either.
    let bearer = server.exchange(&order).member("access_token");
    assert_eq!(at(&apart, &order).status, 200);
    for path in [
        "/admin/v1/status",
        "/admin/v1/tenants",
        "/admin/v1/nothing",
        "/console",
        "/console/sign-in",
    ] {
        let asked = Request::get(path).bearer(&bearer);
        assert_eq!(server.exchange(&asked).status, 404, "{path} at the public listener");
        assert_eq!(server.exchange(&Request::get(path)).status, 404, "{path}");
        let answer = at(&apart, &asked);
        if path.starts_with("/console") {
            assert!(answer.status < 404, "{path}: {}", answer.status);
        } else if !path.ends_with("nothing") {
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            // A listener is no credential.
            assert_eq!(at(&apart, &Request::get(path)).status, 401, "{path}");
        }
    }
}

#[test]
fn sec_218_strangers_learn_nothing_of_the_server_itself() {
    let _shared = shared_machine();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let ops = free.local_addr().expect("an address").to_string();
    drop(free);
    let world = World::start(&Setup::new(Store::Sqlite).setting("server.ops_listen", &ops));
    let version = env!("CARGO_PKG_VERSION");
    for path in [
        "/metrics",
        "/health",
        "/healthz",
        "/debug",
        "/debug/pprof",
        "/debug/vars",
        "/version",
        "/status",
        "/info",
        "/env",
        "/actuator",
        "/actuator/health",
        "/server-status",
        "/admin/v1/status",
    ] {
        let answer = world.exchange(&stranger(path));
        assert!([401, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains(version), "{path}: {}", answer.text());
        assert!(!answer.text().contains("vidimus_"), "{path}: {}", answer.text());
    }
    for (path, body) in [("/livez", r#"{"status":"alive"}"#), ("/readyz", r#"{"status":"ready"}"#)]
    {
        let answer = world.exchange(&stranger(path));
        assert_eq!((answer.status, answer.text()), (200, body), "{path}");
        for name in ["Server", "X-Powered-By", "Via"] {
            assert_eq!(answer.header(name), None, "{path}");
        }
        assert_eq!(at(&ops, &Request::get(path)).text(), body);
    }
    // Who may look: whoever is on this machine, an administrator, and the operator's own network.
    assert_eq!(world.exchange(&Request::get("/metrics")).status, 200);
    assert_eq!(world.exchange(&stranger("/metrics").bearer(world.admin_bearer())).status, 200);
    assert_eq!(at(&ops, &stranger("/metrics")).status, 200);
    for path in ["/oauth2/token", "/oauth2/introspect", "/admin/v1/status", "/console", "/docs"] {
        assert_eq!(at(&ops, &Request::get(path)).status, 404, "{path} at the operators' listener");
    }
}
