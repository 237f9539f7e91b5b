//! The servers of the stories: one over TLS with operators, one that nobody administers yet, and a
//! sandbox.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

/// In `e2e/browser`.
pub const STORIES: &str = "console";

const WORLD: &str = include_str!("world.toml");
/// Every route of the console, and who may; the program's own table is compared with it.
const ROUTES: &str = include_str!("routes.txt");
const HOST: &str = "127.0.0.1";
const TENANTS: usize = 120;
/// As many as other servers cannot start with.
const CITIES: usize = 10_000;
const CLIENTS: usize = 90;
const LINES_SHOWN: usize = 40;

pub struct Stage {
    secure: Server,
    fresh: Server,
    sandbox: Server,
    issuer: String,
}

impl Stage {
    pub fn start(files: &Path, _: u64) -> Self {
        let file = |name: &str| files.join(name).display().to_string();
        let (address, issuer) = free("https://as.localhost");
        let secure = setup(&world(), &issuer, &address)
            .setting("outbound.extra_ca_file", &file("ca.pem"))
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"));
        let secure = Server::start(&secure);
        let (address, url) = free("http://127.0.0.1");
        let fresh = Server::start(&setup("", &url, &address));
        Self { secure, fresh, sandbox: Server::dev(&Setup::new(Store::Memory)), issuer }
    }

    /// What the stories are told of it.
    pub fn facts(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "fresh": self.fresh.issuer(),
            "sandbox": self.sandbox.issuer(),
            "cities": CITIES,
            "users": {},
            "administrator": credentials(&self.secure),
            "freshAdministrator": credentials(&self.fresh),
            "routes": ROUTES.lines().collect::<Vec<_>>(),
        })
    }

    /// The last that the server said.
    pub fn stderr(&self) -> String {
        let all = self.secure.stderr();
        let lines: Vec<&str> = all.lines().collect();
        lines.split_at(lines.len().saturating_sub(LINES_SHOWN)).1.join("\n")
    }
}

fn setup(world: &str, url: &str, address: &str) -> Setup {
    let mut setup = Setup::new(Store::Memory).setting("server.listen", address);
    if !world.is_empty() {
        setup = setup.world(world);
    }
    url.clone_into(&mut setup.public_url);
    setup
}

/// An address nobody listens at, and the URL with its port.
fn free(url: &str) -> (String, String) {
    let socket = TcpListener::bind((HOST, 0)).expect("a free port");
    let port = socket.local_addr().expect("its address").port();
    (format!("{HOST}:{port}"), format!("{url}:{port}"))
}

/// Of the administrator's client, as the program wrote them.
fn credentials(server: &Server) -> Value {
    let text = fs::read_to_string(server.directory().join("vidimus-admin.toml"));
    let text = text.expect("credentials");
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        line.trim_start_matches([' ', '=']).trim_matches('"').to_owned()
    };
    json!({"id": value("client_id"), "secret": value("client_secret")})
}

/// With as many tenants and clients as take more than one page.
fn world() -> String {
    let clients: String = (0..CLIENTS)
        .map(|one| {
            format!(
                "\n[[tenant.client]]\nclient_id = \"many-{one:03}\"\n\
                 grant_types = [\"client_credentials\"]\nscope = \"number{one}\"\n\
                 client_secret = \"secret-of-many-0123456789abcdef0123456789abcdef\"\n"
            )
        })
        .collect();
    let tenants: String =
        (0..TENANTS).map(|one| format!("\n[[tenant]]\nid = \"town-{one:03}\"\n")).collect();
    let cities: String =
        (0..CITIES).map(|one| format!("\n[[tenant]]\nid = \"city-{one:05}\"\n")).collect();
    format!("{WORLD}{clients}{tenants}{cities}")
}
