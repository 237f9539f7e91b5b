//! The server as the documentation has it set up for the suite, and the suite's site beside it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use serde_json::Value;
use tempfile::TempDir;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::process::Leash;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::site::Site;
use crate::{certificates, tls};

const WORLD: &str = include_str!("../../../docs/conformance/world.toml");
const SUITE: &str = include_str!("../../../docs/conformance/suite.json");
/// What these files say for the server and for the suite's site.
const SERVER: &str = "https://op.example:8443";
const SITE: &str = "https://suite.example:8443/test/a/vidimus";
const HOST: &str = "127.0.0.1";

pub struct Stage {
    server: Server,
    pub issuer: String,
    pub site: Site,
    /// The suite's configuration.
    pub configuration: Value,
    tls: Arc<ClientConfig>,
    files: TempDir,
    /// The shared stage is never dropped, and its files hold a key.
    _leash: Leash,
}

impl Stage {
    pub fn shared() -> &'static Self {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(Self::start)
    }

    pub fn start() -> Self {
        let files = tempfile::Builder::new().prefix("vidimus-suite-").tempdir().expect("folder");
        let leash = Leash::run("rm -rf -- \"$1\"", &[files.path().as_os_str()]).expect("leash");
        certificates::of_the_server(files.path(), &[HOST]);
        let site = Site::start(files.path(), HOST);
        let socket = TcpListener::bind((HOST, 0)).expect("a free port");
        let address = socket.local_addr().expect("an address").to_string();
        drop(socket);
        let issuer = format!("https://{address}");
        let here = |text: &str| text.replace(SERVER, &issuer).replace(SITE, &site.base);
        let file = |name: &str| files.path().join(name).display().to_string();
        let mut setup = Setup::new(Store::Sqlite)
            .world(&here(WORLD))
            .setting("server.listen", &address)
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"))
            .setting("outbound.extra_ca_file", &file("ca.pem"));
        setup.public_url.clone_from(&issuer);
        Self {
            server: Server::start(&setup),
            configuration: serde_json::from_str(&here(SUITE)).expect("JSON"),
            tls: tls::client(files.path()),
            issuer,
            site,
            files,
            _leash: leash,
        }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Who signed the certificates.
    pub fn authority(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    pub fn exchange(&self, request: &Request) -> Response {
        tls::exchange(&self.tls, &self.issuer, request)
    }

    /// At an address of the server's.
    pub fn at(&self, url: &str) -> String {
        let target = url.strip_prefix(&self.issuer);
        target.unwrap_or_else(|| panic!("{url} is not at {}", self.issuer)).to_owned()
    }

    pub fn metadata(&self) -> Value {
        let answer = self.exchange(&Request::get("/.well-known/openid-configuration"));
        assert_eq!(answer.status, 200);
        assert_eq!(media_type(&answer), "application/json");
        answer.json()
    }

    pub fn keys(&self) -> Value {
        let answer = self.exchange(&Request::get("/oauth2/jwks"));
        assert_eq!(answer.status, 200);
        answer.json()
    }
}

pub fn media_type(answer: &Response) -> String {
    let value = answer.header("content-type").unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_owned()
}
