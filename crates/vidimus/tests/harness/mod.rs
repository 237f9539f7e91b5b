//! The program as its users meet it: started, asked over HTTP and by its own commands, stopped.

#![expect(dead_code, reason = "each test file uses a part of it")]

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub const READY_SECONDS_MAX: u64 = 60;

pub fn vidimus(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vidimus"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["VIDIMUS_URL", "VIDIMUS_CREDENTIALS", "VIDIMUS_LOG", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server in a folder of its own; killed when dropped.
pub struct Server {
    pub folder: TempDir,
    child: Option<Child>,
    pub port: u16,
    temporary: Option<PathBuf>,
}

impl Server {
    pub fn folder() -> TempDir {
        tempfile::Builder::new().prefix("vidimus-test-").tempdir().unwrap()
    }

    /// A folder with a key and a configuration on port 0.
    pub fn configured() -> TempDir {
        let folder = Self::folder();
        let key = vidimus(folder.path()).args(["key", "generate-master"]).output().unwrap();
        write_private(&folder.path().join("vidimus.key"), &stdout(&key));
        let config = "[server]\nlisten = \"127.0.0.1:0\"\n[outbound]\nallow_private = true\n";
        fs::write(folder.path().join("vidimus.toml"), config).unwrap();
        folder
    }

    pub fn start(folder: TempDir, arguments: &[&str]) -> Self {
        let mut server = Self { folder, child: None, port: 0, temporary: None };
        server.launch(arguments);
        server
    }

    /// With a folder of its own for temporary files.
    pub fn start_with(folder: TempDir, temporary: &Path, arguments: &[&str]) -> Self {
        let temporary = Some(temporary.to_owned());
        let mut server = Self { folder, child: None, port: 0, temporary };
        server.launch(arguments);
        server
    }

    pub fn launch(&mut self, arguments: &[&str]) {
        let path = self.folder.path();
        let port_file = path.join("port");
        let _ = fs::remove_file(&port_file);
        let log = fs::OpenOptions::new().create(true).append(true).open(path.join("log")).unwrap();
        let out = fs::File::create(path.join("out")).unwrap();
        let child = vidimus(path)
            .args(arguments)
            .args(["--port-file", "port"])
            .env("VIDIMUS_PURGE__INTERVAL_SECONDS", "1")
            .env("VIDIMUS_PURGE__KEEP_SECONDS", "0")
            .envs(self.temporary.iter().map(|path| ("TMPDIR", path)))
            .stdout(out)
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begun = now();
        while !port_file.exists() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}:\n{}", self.log());
            assert!(begun.elapsed().as_secs() < READY_SECONDS_MAX, "not ready:\n{}", self.log());
            pause();
        }
        self.port = fs::read_to_string(&port_file).unwrap().trim().parse().unwrap();
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn out(&self) -> String {
        fs::read_to_string(self.folder.path().join("out")).unwrap_or_default()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn credentials(&self) -> PathBuf {
        self.folder.path().join("vidimus-admin.toml")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = vidimus(self.folder.path());
        command.args(arguments).args(["--server", &self.url()]);
        command
    }

    /// A command of ours against this server, and its object.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).args(["-o", "json"]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    }

    /// The same with a secret on standard input.
    pub fn with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Status and body of a form (or of a GET, where there is none) with Basic credentials.
    pub fn ask(&self, path: &str, basic: Option<(&str, &str)>, form: Option<&str>) -> (u16, Value) {
        let request = match form {
            Some(_) => reqwest::Method::POST,
            None => reqwest::Method::GET,
        };
        self.send(request, path, basic, form, &[])
    }

    pub fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        basic: Option<(&str, &str)>,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let mut request = client()
            .request(method, format!("{}{path}", self.url()))
            .body(body.unwrap_or("").to_owned());
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let bytes = response.bytes().await.unwrap();
            (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        })
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop and waits; the log is complete then.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        self.child.take().unwrap().wait().unwrap()
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- log ----\n{}----", self.log());
        }
        self.kill();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

pub fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = fs::remove_file(path);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

pub fn read(path: &Path) -> String {
    let mut text = String::new();
    fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < READY_SECONDS_MAX, "{what} did not come");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "a real process is waited for in real time")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a real process is waited for in real time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
