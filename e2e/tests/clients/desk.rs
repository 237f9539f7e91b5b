//! A server over TLS where people sign in: its own issuer, open registration, one user, and clients
//! of two tenants, of which one knows legacy response types.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;
use vidimus_e2e::process::Leash;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::certificates;

/// Cookies are a host's, whatever the port: clients that run here share it with the server.
pub const HOST: &str = "127.0.0.1";
const USER: (&str, &str, &str) = ("alice", "correct horse battery staple", "alice@example.com");
const SECRET: &str = "Zk3vY9qTn5WbXs7cLr2Jd8FhGm4Pe6Ua";

pub struct Desk {
    _server: Server,
    url: String,
    files: TempDir,
    /// The shared one is never dropped, and its files hold keys.
    _leash: Leash,
}

impl Desk {
    pub fn shared() -> &'static Self {
        static DESK: OnceLock<Desk> = OnceLock::new();
        DESK.get_or_init(|| Self::start(""))
    }

    /// One of its own, where the default tenant has more clients.
    pub fn start(clients: &str) -> Self {
        let files = tempfile::Builder::new().prefix("vidimus-desk-").tempdir().expect("folder");
        let leash = Leash::run("rm -rf -- \"$1\"", &[files.path().as_os_str()]).expect("leash");
        certificates::of_the_server(files.path(), &[HOST]);
        let port = free_port();
        let url = format!("https://{HOST}:{port}");
        let file = |name: &str| files.path().join(name).display().to_string();
        let mut setup = Setup::new(Store::Sqlite)
            .world(&world(clients))
            .setting("server.listen", &format!("{HOST}:{port}"))
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"));
        setup.public_url.clone_from(&url);
        Self { _server: Server::start(&setup), url, files, _leash: leash }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn ca_file(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    /// What a script is told.
    pub fn facts(&self) -> Value {
        let (username, password, email) = USER;
        json!({
            "url": self.url,
            "ca_file": self.ca_file(),
            "username": username,
            "password": password,
            "email": email,
            "client_secret": SECRET,
        })
    }
}

pub fn free_port() -> u16 {
    let socket = TcpListener::bind((HOST, 0)).expect("a free port");
    socket.local_addr().expect("its address").port()
}

fn world(clients: &str) -> String {
    [&tenant("default", true), clients, &tenant("strict", false)].concat()
}

/// With a confidential client, a public one, and one of the implicit grant.
fn tenant(id: &str, legacy: bool) -> String {
    let (username, password, email) = USER;
    let client = |id: &str, more: &str| {
        format!(
            r#"
[[tenant.client]]
client_id = "{id}"
redirect_uris = ["https://app.example/cb"]
scope = "openid profile email offline_access"
{more}
"#
        )
    };
    let grants = r#"grant_types = ["authorization_code", "refresh_token"]"#;
    format!(
        r#"
[[tenant]]
id = "{id}"

[tenant.policy]
registration = "open"
allow_legacy_response_types = {legacy}
client_assertion_exp_cap_seconds = 3600

[[tenant.user]]
username = "{username}"
password = "{password}"
email = "{email}"
email_verified = true
name = "Alice Example"
{}{}{}"#,
        client("web", &format!("client_secret = \"{SECRET}\"\n{grants}")),
        client("native", &format!("token_endpoint_auth_method = \"none\"\n{grants}")),
        client(
            "script",
            "token_endpoint_auth_method = \"none\"\ngrant_types = [\"implicit\"]\n\
             response_types = [\"token\", \"id_token token\"]",
        ),
    )
}
