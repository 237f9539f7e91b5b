//! An old server, a new one, and the shadow in front of the old.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::process::{self, Going, Signal};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::{binary, connection};

const READY_SECONDS_MAX: u64 = 60;
const END_SECONDS_MAX: u64 = 30;

pub const APP: (&str, &str) = ("svc", "the-secret-of-the-service");
pub const GATEWAY: (&str, &str) = ("gateway", "the-secret-of-the-gateway");
pub const PASSWORD: &str = "the-password-of-ann";

/// Beside a sandbox's own seeds: a client, a user, and who introspects.
pub const WORLD: &str = r#"
[[tenant]]
id = "default"
[[tenant.client]]
client_id = "svc"
client_secret = "the-secret-of-the-service"
grant_types = ["client_credentials", "password", "refresh_token"]
scope = "orders:read orders:write offline_access openid"
[[tenant.resource_server]]
id = "gateway"
secret = "the-secret-of-the-gateway"
introspect = "tenant"
[[tenant.user]]
username = "ann"
password = "the-password-of-ann"
"#;

pub fn server(world: &str) -> Server {
    Server::dev(&Setup::new(Store::Memory).world(world))
}

/// What arrived at a sandbox, but for our own look.
pub fn arrived(server: &Server) -> Vec<Value> {
    let list = server.exchange(&Request::get("/__sandbox/requests")).json();
    let requests = list["requests"].as_array().expect("a list");
    let asked = requests.iter().filter(|request| request["path"] != "/readyz");
    asked.cloned().collect()
}

pub struct Shadow {
    going: Going,
    folder: TempDir,
    port: u16,
}

pub struct Ended {
    pub status: ExitStatus,
    pub report: Value,
    /// Everything that was written: report, standard output, standard error.
    pub said: String,
}

impl Shadow {
    pub fn before(old: &Server, new: &Server, more: &[&str]) -> Self {
        Self::between(&old.base_url(), &new.base_url(), more)
    }

    pub fn between(old: &str, new: &str, more: &[&str]) -> Self {
        let folder = TempDir::with_prefix("vidimus-shadow-").expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let child = binary::command()
            .args(["shadow", "--upstream", old, "--server", new, "--listen", "127.0.0.1:0"])
            .args(["--port-file", "port", "--report", "report.json", "-o", "json"])
            .args(more)
            .env("VIDIMUS_LOG", "trace")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(File::create(file("stdout")).expect("a file"))
            .stderr(File::create(file("stderr")).expect("a file"))
            .spawn()
            .expect("vidimus runs");
        let mut shadow = Self { going: Going::hold(child, folder.path()), folder, port: 0 };
        shadow.await_ready();
        shadow
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    fn await_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        while !self.file("port").exists() {
            let ended = self.going.child.try_wait().expect("its own child");
            assert!(ended.is_none(), "ended with {ended:?}: {}", self.read("stderr"));
            assert!(Instant::now() < deadline, "not ready: {}", self.read("stderr"));
            std::thread::sleep(Duration::from_millis(5));
        }
        self.port = self.read("port").trim().parse().expect("a port");
    }

    pub fn ask(&self, request: &Request) -> Response {
        connection::exchange(&format!("127.0.0.1:{}", self.port), request).expect("an answer")
    }

    pub fn token(&self, form: &[(&str, &str)]) -> Response {
        self.ask(&Request::post("/oauth2/token").basic(APP.0, APP.1).form(form))
    }

    /// By client credentials.
    pub fn issued(&self) -> String {
        let answer = self.token(&[("grant_type", "client_credentials")]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.member("access_token")
    }

    pub fn introspect(&self, token: &str) -> Value {
        let answer = self.ask(&introspection(token));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub fn revoke(&self, token: &str) {
        let form = [("token", token)];
        let answer = self.ask(&Request::post("/oauth2/revoke").basic(APP.0, APP.1).form(&form));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Stopped gently: what waits is still compared.
    pub fn end(mut self) -> Ended {
        let limit = Duration::from_secs(END_SECONDS_MAX);
        let status = process::end(&mut self.going.child, Signal::Terminate, limit);
        let status = status.expect("it ends");
        let report = self.read("report.json");
        let said = [report.as_str(), &self.read("stdout"), &self.read("stderr")].join("\n");
        let printed: Value = serde_json::from_str(&self.read("stdout")).expect("one object");
        let report: Value =
            serde_json::from_str(&report).unwrap_or_else(|why| panic!("{why}: {said}"));
        assert_eq!(printed["compared"], report["compared"], "file and output tell the same");
        Ended { status, report, said }
    }
}

pub fn introspection(token: &str) -> Request {
    Request::post("/oauth2/introspect").basic(GATEWAY.0, GATEWAY.1).form(&[("token", token)])
}

impl Ended {
    pub fn count(&self, name: &str) -> u64 {
        self.report[name].as_u64().unwrap_or_else(|| panic!("{name} in {}", self.report))
    }

    /// `field: difference`, of one endpoint, as often as it was seen.
    pub fn fields(&self, endpoint: &str) -> Vec<(String, u64)> {
        let fields = self.report["endpoints"][endpoint]["fields"].as_array();
        let told = fields.into_iter().flatten().map(|field| {
            let text = |name: &str| field[name].as_str().expect("text");
            let name = format!("{}: {}", text("field"), text("difference"));
            (name, field["count"].as_u64().expect("a number"))
        });
        told.collect()
    }
}
