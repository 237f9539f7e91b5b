//! A server to import into, and the command.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::EncodingKey;
use serde_json::Value;
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

/// What a tenant needs beside its clients; an import leaves it as it is.
const WORLD: &str = "[[tenant]]\nid = \"default\"\n[tenant.policy]\nallow_password_grant = true\n\
    access_token_ttl_seconds = 1234\n\n[[tenant.client]]\nclient_id = \"by-hand\"\n\
    client_secret = \"by-hand-secret\"\ngrant_types = [\"client_credentials\"]\nscope = \"a\"\n";

pub struct Stage {
    pub server: Server,
}

impl Stage {
    pub fn new() -> Self {
        Self { server: Server::start(&Setup::new(Store::Sqlite).world(WORLD)) }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.server.directory().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary::command();
        command
            .args(arguments)
            .args(["--server", &self.server.base_url()])
            .arg("--credentials")
            .arg(self.at("vidimus-admin.toml"))
            .current_dir(self.server.directory())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("vidimus runs")
    }

    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}{}", out(&output), err(&output));
        out(&output)
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["-o", "json"]).collect();
        serde_json::from_str(&self.done(&all)).expect("one object")
    }

    /// Ends in 1, and says why.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", err(&output));
        output
    }

    /// Status and body of a token request.
    pub fn token(&self, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> (u16, Value) {
        let request = Request::post("/oauth2/token").form(form);
        let request = match basic {
            Some((id, secret)) => request.basic(id, secret),
            None => request,
        };
        let answer = self.server.exchange(&request);
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Whether the client gets a token by this secret.
    pub fn authenticates(&self, id: &str, secret: &str) -> bool {
        let (status, body) =
            self.token(Some((id, secret)), &[("grant_type", "client_credentials")]);
        assert!(status == 200 || body["error"] == "invalid_client", "{id}: {status} {body}");
        status == 200
    }

    pub fn show(&self, noun: &str, id: &str) -> Option<Value> {
        let output = self.run(&[noun, "show", id, "-o", "json"]);
        output.status.success().then(|| serde_json::from_str(&out(&output)).expect("one object"))
    }

    /// The tenant as it was before anything was imported.
    #[track_caller]
    pub fn tenant_is_as_it_was(&self) {
        let tenant = self.json(&["tenant", "show", "default"]);
        assert_eq!(tenant["policy"]["access_token_ttl_seconds"], 1234, "{tenant}");
        assert_eq!(tenant["policy"]["allow_password_grant"], true, "{tenant}");
        assert!(self.authenticates("by-hand", "by-hand-secret"));
    }
}

pub fn fixture(name: &str) -> String {
    binary::workspace().join("e2e/fixtures").join(name).display().to_string()
}

pub fn text(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect("the fixture")
}

/// Behind the certificate of the Salesforce apps.
pub fn old_key() -> EncodingKey {
    let pem = text("salesforce/server.key");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    EncodingKey::from_rsa_der(&STANDARD.decode(body).expect("base64"))
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
