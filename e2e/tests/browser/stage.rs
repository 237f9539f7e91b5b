//! The servers of the stories: one over TLS, as people meet it, and one over plain HTTP on loopback.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

/// Its tenants and clients; the users are added here.
const WORLD: &str = include_str!("world.toml");
const PASSWORD: &str = "correct horse battery staple";
const HOST: &str = "127.0.0.1";
const LINES_SHOWN: usize = 40;

/// In `e2e/browser`.
pub const STORIES: &str = "stories";

/// Stories run side by side, so each has users of its own: `ada`, `ada2` and so on.
const OF_A_NAME: usize = 5;
const USERS: [(&str, &str); 14] = [
    ("ada", "Ada Lovelace"),
    ("alan", "Alan Turing"),
    ("barbara", "Barbara Liskov"),
    ("dennis", "Dennis Ritchie"),
    ("donald", "Donald Knuth"),
    ("edsger", "Edsger Dijkstra"),
    ("frances", "Frances Allen"),
    ("grace", "Grace Hopper"),
    ("hedy", "Hedy Lamarr"),
    ("john", "John McCarthy"),
    ("katherine", "Katherine Johnson"),
    ("ken", "Ken Thompson"),
    ("margaret", "Margaret Hamilton"),
    ("radia", "Radia Perlman"),
];

pub struct Stage {
    secure: Server,
    plain: Server,
    issuer: String,
}

impl Stage {
    /// `client`: the port of the relying party.
    pub fn start(files: &Path, client: u64) -> Self {
        let file = |name: &str| files.join(name).display().to_string();
        let world = world(client);
        let (address, issuer) = free("https://as.localhost");
        let secure = setup(&world, &issuer, &address)
            .setting("outbound.extra_ca_file", &file("ca.pem"))
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"));
        let secure = Server::start(&secure);
        let (address, url) = free("http://127.0.0.1");
        Self { secure, plain: Server::start(&setup(&world, &url, &address)), issuer }
    }

    /// What the stories are told of it.
    pub fn facts(&self) -> Value {
        let users: BTreeMap<&str, Vec<String>> =
            USERS.iter().map(|(name, _)| (*name, of_a_name(name))).collect();
        json!({"issuer": self.issuer, "plain": self.plain.issuer(), "users": users})
    }

    /// The last that the server said.
    pub fn stderr(&self) -> String {
        let all = self.secure.stderr();
        let lines: Vec<&str> = all.lines().collect();
        lines.split_at(lines.len().saturating_sub(LINES_SHOWN)).1.join("\n")
    }
}

fn setup(world: &str, url: &str, address: &str) -> Setup {
    let mut setup = Setup::new(Store::Memory).world(world).setting("server.listen", address);
    url.clone_into(&mut setup.public_url);
    setup
}

/// An address nobody listens at, and the URL with its port.
fn free(url: &str) -> (String, String) {
    let socket = TcpListener::bind((HOST, 0)).expect("a free port");
    let port = socket.local_addr().expect("its address").port();
    (format!("{HOST}:{port}"), format!("{url}:{port}"))
}

fn world(client: u64) -> String {
    let logo = binary::workspace().join("e2e/browser/logo.png");
    let tenants: Vec<String> = WORLD
        .replace("{client}", &format!("https://rp.localhost:{client}"))
        // Fetched by the server, which knows no names but those of the machine.
        .replace("{logo}", &format!("https://{HOST}:{client}/logo.png"))
        .replace("{logo_file}", &logo.display().to_string())
        .split("# ---\n")
        .map(|tenant| {
            // One has nobody but whom its lines name.
            let is_peopled = tenant.contains("[[tenant.user]]");
            tenant.to_owned() + &if is_peopled { String::new() } else { users() }
        })
        .collect();
    tenants.join("\n")
}

fn users() -> String {
    let mut text = String::new();
    for (username, name) in USERS {
        for username in of_a_name(username) {
            writeln!(
                text,
                "\n[[tenant.user]]\nusername = {username:?}\npassword = {PASSWORD:?}\n\
                 name = {name:?}\nemail = \"{username}@example.com\"",
            )
            .expect("a string takes all");
        }
    }
    text
}

fn of_a_name(username: &str) -> Vec<String> {
    let number = |one: usize| if one == 1 { String::new() } else { one.to_string() };
    (1..=OF_A_NAME).map(|one| format!("{username}{}", number(one))).collect()
}
