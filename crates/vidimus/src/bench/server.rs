//! The server under load: this very binary, on a free port, with a SQLite file in a folder that goes.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{admin::AdminClient, cli::Credentials, failure::Failure, serve::generate_into};

const CONFIG: &str = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
     [store]\nurl = \"sqlite:bench.db\"\n[keys]\nmaster_key_file = \"vidimus.key\"\n";
const START_SECONDS_MAX: u32 = 30;
const LOOKS_A_SECOND: u32 = 50;
/// Of `/proc`, on every Linux that there is.
const TICKS_A_SECOND: u64 = 100;

pub struct Server {
    pub address: SocketAddr,
    folder: TempDir,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its folder goes next: nothing in it is worth a graceful end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client and a resource server, with their credentials as the header has them.
pub struct Parties {
    client: String,
    resource_server: String,
}

impl Server {
    pub async fn start() -> Result<Self, Failure> {
        let failed =
            |why: std::io::Error| Failure::refused(format!("cannot start a server: {why}"));
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().map_err(failed)?;
        let at = |name: &str| folder.path().join(name);
        fs::write(at("vidimus.toml"), CONFIG).map_err(failed)?;
        generate_into(&at("vidimus.key"))?;
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .args(["serve", "--config", "vidimus.toml", "--port-file", "port"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut looks = tokio::time::interval(Duration::from_secs(1) / LOOKS_A_SECOND);
        for _ in 0..START_SECONDS_MAX * LOOKS_A_SECOND {
            looks.tick().await;
            let port = fs::read_to_string(at("port")).ok();
            if let Some(port) = port.and_then(|port| port.trim().parse().ok()) {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                return Ok(Self { address, folder, child });
            }
            if child.try_wait().map_err(failed)?.is_some() {
                return Err(Failure::refused(
                    "the server ended at once; `vidimus doctor` may tell",
                ));
            }
        }
        child.kill().and_then(|()| child.wait()).map_err(failed)?;
        Err(Failure::refused(format!("the server was not ready in {START_SECONDS_MAX} s")))
    }

    pub async fn parties(&self) -> Result<Parties, Failure> {
        let credentials = self.folder.path().join("vidimus-admin.toml");
        let credentials = Credentials::find(Some(&credentials))?;
        let server = format!("http://{}", self.address);
        let admin = AdminClient::connect(&credentials, Some(&server)).await?;
        let make = async |noun: &str, declaration: Value, id: &str, key: &str| {
            let path = ["tenants", "default", noun];
            let made = admin.ask(Method::POST, &path, Some(&declaration)).await?;
            let secret = made.get(key).and_then(Value::as_str).unwrap_or_default();
            Ok::<_, Failure>(STANDARD.encode(format!("{id}:{secret}")))
        };
        let client = json!({
            "client_id": "bench", "scope": "read", "grant_types": ["client_credentials"],
        });
        let asker = json!({"id": "bench-api", "introspect": "tenant"});
        Ok(Parties {
            client: make("clients", client, "bench", "client_secret").await?,
            resource_server: make("resource-servers", asker, "bench-api", "secret").await?,
        })
    }

    /// Processor time that the server has taken so far.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .map_err(|why| Failure::refused(format!("the server's processor time: {why}")))?;
        // Behind the name, which may have blanks in it; user and system time are its 14th and 15th.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 =
            fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
    }
}

impl Parties {
    pub fn issue(&self) -> Arc<[u8]> {
        request("/oauth2/token", &self.client, "grant_type=client_credentials")
    }

    pub fn introspect(&self, token: &str) -> Arc<[u8]> {
        request("/oauth2/introspect", &self.resource_server, &format!("token={token}"))
    }
}

fn request(path: &str, basic: &str, form: &str) -> Arc<[u8]> {
    let text = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    text.into_bytes().into()
}
