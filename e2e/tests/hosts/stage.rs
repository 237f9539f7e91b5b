//! A sandbox with HTTPS, and curl as its client: it trusts the sandbox's authority and nothing else.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

pub struct Secured {
    pub server: Server,
    pub port: u16,
}

/// What curl says of an answer; `Err` is its exit code.
pub type Said = Result<(u16, String), i32>;

pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

impl Secured {
    pub fn start() -> Self {
        let port = free_port();
        let setup = Setup::new(Store::Memory).argument("--tls").argument("--tls-listen");
        let server = Server::dev(&setup.argument(&format!("127.0.0.1:{port}")));
        Self { server, port }
    }

    pub fn authority(&self) -> PathBuf {
        self.server.directory().join("dev/tls/ca.pem")
    }

    /// `https://NAME:PORT` and a path.
    pub fn ask(&self, name: &str, path: &str, more: &[&str]) -> Said {
        let authority = self.authority().display().to_string();
        self.curl(name, path, &[&["--cacert", &authority], more].concat())
    }

    /// The same with no authority but the machine's.
    pub fn curl(&self, name: &str, path: &str, more: &[&str]) -> Said {
        let port = self.port;
        let output = Command::new("curl")
            .args(["--silent", "--noproxy", "*", "--max-time", "30"])
            .args(["--write-out", "\n%{http_code}"])
            .args(["--resolve", &format!("{name}:{port}:127.0.0.1")])
            .args(more)
            .arg(format!("https://{name}:{port}{path}"))
            .env_remove("CURL_CA_BUNDLE")
            .env_remove("SSL_CERT_FILE")
            .output()
            .expect("curl runs");
        if !output.status.success() {
            return Err(output.status.code().expect("no signal"));
        }
        let text = String::from_utf8(output.stdout).expect("text");
        let (body, status) = text.rsplit_once('\n').expect("a status");
        Ok((status.parse().expect("a number"), body.to_owned()))
    }

    /// The tenants that the newest requests were for.
    pub fn tenants(&self) -> Vec<Value> {
        let list = self.sandbox(&Request::get("/__sandbox/requests"));
        let requests = list.json()["requests"].as_array().expect("a list").clone();
        requests.iter().map(|request| request["tenant"].clone()).collect()
    }

    pub fn sandbox(&self, request: &Request) -> Response {
        self.server.exchange(request)
    }
}

pub fn json(said: &Said) -> Value {
    let (status, body) = said.as_ref().expect("an answer");
    assert_eq!(*status, 200, "{body}");
    serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {body}"))
}
