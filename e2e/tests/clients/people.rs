//! A server over TLS for the clients in Node that people sign in to: three tenants of one shape, of
//! which two let anybody register clients.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use tempfile::TempDir;
use vidimus_e2e::process::Leash;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::certificates;

const HOST: &str = "127.0.0.1";
const USER: (&str, &str) = ("test@test.com", "correct horse battery staple");
const SECRET: &str = "Zk3qL8vRw1Xo6TbYp9Jm2Hs5Nd4Fe7Ga";
const INITIAL_ACCESS_TOKEN: &str = "init-Wd7sQm2Zr9tVb4nKc6wLp";
const SCOPE: &str = "openid profile email offline_access orders:read";
const REDIRECT_URI: &str = "https://rp.example/cb";
/// RFC 8252 §7.3: registered without a port, used with any.
const LOOPBACK: (&str, &str) = ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb");
const POST_LOGOUT_REDIRECT_URI: &str = "https://rp.example/bye";
const USUAL_GRANTS: &str = "[\"authorization_code\", \"refresh_token\", \
                            \"urn:ietf:params:oauth:grant-type:device_code\"]";

/// Where a tenant's issuer stands below the server's URL, and what it registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The issuer has no path; open.
    Root,
    /// Open.
    Path,
    /// Registers who has an initial access token.
    Gated,
}

impl Site {
    const ALL: [Self; 3] = [Self::Root, Self::Path, Self::Gated];

    const fn tenant(self) -> &'static str {
        match self {
            Self::Root => "default",
            Self::Path => "open",
            Self::Gated => "gated",
        }
    }

    fn path(self) -> String {
        if self == Self::Root { String::new() } else { format!("/t/{}", self.tenant()) }
    }

    const fn registration(self) -> &'static str {
        if matches!(self, Self::Gated) { "token" } else { "open" }
    }
}

pub struct People {
    _server: Server,
    url: String,
    files: TempDir,
    /// The shared server is never dropped, and its files hold keys.
    _leash: Leash,
    private_key: KeyPair,
    /// Where the resource server of each site's story listens.
    ports: [u16; 3],
}

impl People {
    pub fn shared() -> &'static Self {
        static PEOPLE: OnceLock<People> = OnceLock::new();
        PEOPLE.get_or_init(Self::start)
    }

    fn start() -> Self {
        let files = tempfile::Builder::new().prefix("vidimus-people-").tempdir().expect("folder");
        let leash = Leash::run("rm -rf -- \"$1\"", &[files.path().as_os_str()]).expect("leash");
        certificates::of_the_server(files.path(), &[HOST]);
        let private_key = KeyPair::generate().expect("a key");
        let [port, ports @ ..] = free_ports();
        let url = format!("https://{HOST}:{port}");
        let file = |name: &str| files.path().join(name).display().to_string();
        let sites = Site::ALL.into_iter().zip(ports);
        let world: String =
            sites.map(|(site, port)| tenant(site, &resource(port), &private_key)).collect();
        let mut setup = Setup::new(Store::Sqlite)
            .world(&world)
            .setting("server.listen", &format!("{HOST}:{port}"))
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"));
        setup.public_url.clone_from(&url);
        let server = Server::start(&setup);
        Self { _server: server, url, files, _leash: leash, private_key, ports }
    }

    pub fn ca_file(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    /// What a script is told.
    pub fn facts(&self, site: Site) -> Value {
        let client = |id: &str, method: &str, redirect_uri: &str| {
            json!({
                "id": id,
                "method": method,
                "secret": SECRET,
                "private_key": self.private_key.serialize_pem(),
                "redirect_uri": redirect_uri,
                "post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI,
                "scope": SCOPE,
            })
        };
        let web = |id: &str, method: &str| client(id, method, REDIRECT_URI);
        json!({
            "issuer": format!("{}{}", self.url, site.path()),
            "username": USER.0,
            "password": USER.1,
            "initial_access_token": (site == Site::Gated).then_some(INITIAL_ACCESS_TOKEN),
            "resource": resource(self.ports[site as usize]),
            "clients": {
                "basic": web("web-basic", "basic"),
                "post": web("web-post", "post"),
                "jwt": web("web-jwt", "jwt"),
                "key": web("web-key", "key"),
                "pushing": web("web-pushing", "key"),
                "asking": web("web-asking", "basic"),
                "hybrid": web("web-hybrid", "basic"),
                "none": client("native", "none", LOOPBACK.1),
                "api": web("api", "basic"),
                "mcp": web("mcp", "basic"),
                "other": web("other", "basic"),
            },
        })
    }
}

fn resource(port: u16) -> String {
    format!("http://{HOST}:{port}/mcp")
}

/// All at once, so that they differ.
fn free_ports() -> [u16; 4] {
    let sockets = [(); 4].map(|()| TcpListener::bind((HOST, 0)).expect("a free port"));
    sockets.map(|socket| socket.local_addr().expect("its address").port())
}

fn tenant(site: Site, resource: &str, key: &KeyPair) -> String {
    let (id, registration, (username, password)) = (site.tenant(), site.registration(), USER);
    let clients = clients(key);
    format!(
        r#"
[[tenant]]
id = "{id}"
[tenant.policy]
registration = "{registration}"
allow_legacy_response_types = true
{clients}
[[tenant.resource_server]]
id = "api"
secret = "{SECRET}"
introspect = "tenant"

[[tenant.resource_server]]
id = "mcp"
secret = "{SECRET}"
audiences = ["{resource}"]

[[tenant.resource_server]]
id = "other"
secret = "{SECRET}"
audiences = ["https://other.example"]

[[tenant.user]]
username = "{username}"
password = "{password}"
name = "Test Person"
email = "{username}"
email_verified = true

[[tenant.registration_token]]
token = "{INITIAL_ACCESS_TOKEN}"
uses = 100
expires_in_seconds = 86400
"#
    )
}

fn clients(key: &KeyPair) -> String {
    let client = |id: &str, method: &str, redirect_uri: &str, more: &[&str]| {
        format!(
            r#"
[[tenant.client]]
client_id = "{id}"
client_name = "Client {id}"
token_endpoint_auth_method = "{method}"
redirect_uris = ["{redirect_uri}"]
scope = "{SCOPE}"
{}
"#,
            more.join("\n")
        )
    };
    let web = |id: &str, method: &str, more: &[&str]| client(id, method, REDIRECT_URI, more);
    let (keys, secret) = (jwks(key), format!("client_secret = \"{SECRET}\""));
    let usual = format!("grant_types = {USUAL_GRANTS}");
    let leaving = format!("post_logout_redirect_uris = [\"{POST_LOGOUT_REDIRECT_URI}\"]");
    let pushing = "require_pushed_authorization_requests = true";
    let grants = "grant_types = [\"authorization_code\", \"implicit\", \"refresh_token\"]";
    let types = "response_types = [\"code\", \"code id_token\", \"id_token\"]";
    [
        web("web-basic", "client_secret_basic", &[&secret, &usual, &leaving]),
        web("web-post", "client_secret_post", &[&secret, &usual]),
        web("web-jwt", "client_secret_jwt", &[&secret, &usual]),
        web("web-key", "private_key_jwt", &[&keys, &usual]),
        web("web-pushing", "private_key_jwt", &[&keys, &usual, pushing]),
        web("web-asking", "client_secret_basic", &[&secret, &usual]),
        web("web-hybrid", "client_secret_basic", &[&secret, grants, types]),
        client("native", "none", LOOPBACK.0, &[&usual]),
    ]
    .concat()
}

/// The point of a P-256 key is one byte and two coordinates (SEC 1 §2.3.3).
fn jwks(key: &KeyPair) -> String {
    let (x, y) = key.der_bytes()[1..].split_at(32);
    let [x, y] = [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
    format!("jwks = {{ keys = [{{ kty = \"EC\", crv = \"P-256\", x = \"{x}\", y = \"{y}\" }}] }}")
}
