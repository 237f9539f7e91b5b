//! One real server process: started, asked, killed, started again on the same data.

use std::fs::{self, OpenOptions};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::binary;
use crate::connection::{self, Connection};
use crate::http::{Request, Response};
use crate::process::{self, Leash, Signal};
use crate::setup::Setup;

const READY_SECONDS_MAX: u64 = 60;
pub const STOP_SECONDS_MAX: u64 = 30;

pub struct Server {
    // Before the directory: fields drop in this order, and the process must be gone first.
    running: Option<(Child, Leash)>,
    directory: TempDir,
    store_url: String,
    arguments: Vec<String>,
    wrapper: Vec<String>,
    environment: Vec<(String, String)>,
    public_url: Option<String>,
    port: u16,
}

/// A start that ended by itself.
#[derive(Debug)]
pub struct Refusal {
    pub status: ExitStatus,
    pub stderr: String,
}

impl Server {
    /// `vidimus serve`, ready.
    ///
    /// # Panics
    /// If it does not get ready; shows what it wrote to stderr.
    pub fn start(setup: &Setup) -> Self {
        Self::try_start(setup).unwrap_or_else(|refusal| {
            panic!("vidimus serve ended with {}:\n{}", refusal.status, refusal.stderr)
        })
    }

    /// `Err` if the process ends before it is ready: how it refused.
    pub fn try_start(setup: &Setup) -> Result<Self, Refusal> {
        let directory = directory();
        let store_url = setup.store_url(directory.path());
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(setup.write(directory.path(), &store_url).expect("files are written"));
        arguments.extend(setup.arguments.clone());
        let mut server = Self {
            running: None,
            directory,
            store_url,
            arguments,
            wrapper: setup.wrapper.clone(),
            environment: setup.environment.clone(),
            public_url: Some(setup.public_url.clone()),
            port: 0,
        };
        server.launch()?;
        Ok(server)
    }

    /// `vidimus dev` on the setup's store; a movable clock and a seeded world, and the setup's after.
    pub fn dev(setup: &Setup) -> Self {
        let directory = directory();
        let store_url = setup.store_url(directory.path());
        let data = directory.path().join("dev").display().to_string();
        let mut arguments = ["dev", "--dir", &data].map(str::to_owned).to_vec();
        arguments.extend(setup.write_world(directory.path()).expect("files are written"));
        arguments.extend(setup.arguments.clone());
        let mut environment = setup.environment.clone();
        environment.push(("VIDIMUS_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        environment.push(("VIDIMUS_STORE__URL".to_owned(), store_url.clone()));
        let mut server = Self {
            running: None,
            directory,
            store_url,
            arguments,
            wrapper: setup.wrapper.clone(),
            environment,
            public_url: None,
            port: 0,
        };
        match server.launch() {
            Ok(()) => server,
            Err(refusal) => {
                panic!("vidimus dev ended with {}:\n{}", refusal.status, refusal.stderr)
            }
        }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where the default tenant answers now; another after a restart.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The default tenant's issuer.
    pub fn issuer(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.base_url())
    }

    /// Configuration, key, database, port file, stderr.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn store_url(&self) -> &str {
        &self.store_url
    }

    pub fn pid(&self) -> u32 {
        let (child, _) = self.running.as_ref().expect("the server is running");
        child.id()
    }

    /// Everything it wrote to stderr since the first start.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    pub fn connect(&self) -> Connection {
        Connection::open(&self.address()).expect("the server accepts")
    }

    /// One request on a connection of its own.
    ///
    /// # Panics
    /// If no whole answer comes back.
    pub fn exchange(&self, request: &Request) -> Response {
        connection::exchange(&self.address(), request)
            .unwrap_or_else(|fault| panic!("{} {}: {fault}", request.method, request.target))
    }

    /// SIGKILL, at once.
    pub fn kill(&mut self) {
        if let Some((mut child, leash)) = self.running.take() {
            child.kill().and_then(|()| child.wait()).expect("the server dies");
            drop(leash);
        }
    }

    /// SIGTERM, and how it ended; killed if it takes longer than the limit.
    pub fn terminate(&mut self) -> ExitStatus {
        let (mut child, leash) = self.running.take().expect("the server is running");
        let limit = Duration::from_secs(STOP_SECONDS_MAX);
        let status = process::end(&mut child, Signal::Terminate, limit).expect("the server ends");
        drop(leash);
        status
    }

    /// How it ended by itself, or after [`Self::signal`]; `None` if it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let (child, _) = self.running.as_mut().expect("the server is running");
        let status = process::wait(child, limit).expect("its own child")?;
        self.running = None;
        Some(status)
    }

    pub fn signal(&self, signal: Signal) {
        process::send(self.pid(), signal).expect("the server is there");
    }

    /// Starts again on the same data, after a kill if it still runs.
    pub fn restart(&mut self) {
        self.kill();
        if let Err(refusal) = self.launch() {
            panic!("the restart ended with {}:\n{}", refusal.status, refusal.stderr);
        }
    }

    /// Everything it wrote to stdout since the first start.
    pub fn stdout(&self) -> String {
        fs::read_to_string(self.directory.path().join("stdout")).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("stderr")
    }

    fn launch(&mut self) -> Result<(), Refusal> {
        let port_file = self.directory.path().join("port");
        let _ = fs::remove_file(&port_file);
        let appended = |path| OpenOptions::new().create(true).append(true).open(path);
        let log = appended(self.log()).expect("log");
        let out = appended(self.directory.path().join("stdout")).expect("log");
        let child = binary::command_through(&self.wrapper)
            .args(&self.arguments)
            .arg("--port-file")
            .arg(&port_file)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(log)
            .spawn()
            .unwrap_or_else(|fault| panic!("{}: {fault}", binary::path().display()));
        let leash = Leash::hold(child.id(), self.directory.path()).expect("leash");
        self.running = Some((child, leash));
        self.await_ready(&port_file)
    }

    fn await_ready(&mut self, port_file: &Path) -> Result<(), Refusal> {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        loop {
            let (child, _) = self.running.as_mut().expect("just started");
            if let Some(status) = child.try_wait().expect("its own child") {
                self.running = None;
                return Err(Refusal { status, stderr: self.stderr() });
            }
            if let Some(port) = read_port(port_file) {
                self.port = port;
                if self.answers() {
                    return Ok(());
                }
            }
            assert!(Instant::now() < deadline, "not ready in {READY_SECONDS_MAX} s");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Over TLS it is taken at its word: the port is written once everything else is ready.
    fn answers(&self) -> bool {
        if self.environment.iter().any(|(name, _)| name == "VIDIMUS_SERVER__TLS_CERT") {
            return TcpStream::connect(self.address()).is_ok();
        }
        let asked = connection::exchange(&self.address(), &Request::get("/readyz"));
        asked.is_ok_and(|answer| answer.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- stderr of the server ----\n{}----", self.stderr());
        }
        self.kill();
    }
}

fn directory() -> TempDir {
    tempfile::Builder::new().prefix("vidimus-e2e-").tempdir().expect("temporary directory")
}

/// Whatever stands before the port, an address or nothing; a file half written is not there yet.
fn read_port(path: &Path) -> Option<u16> {
    let text = fs::read_to_string(path).ok()?;
    text.trim().rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_with_or_without_its_address() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("port");
        assert_eq!(read_port(&path), None);
        for (text, port) in [("", None), ("8080\n", Some(8080)), ("127.0.0.1:81\n", Some(81))] {
            fs::write(&path, text).expect("write");
            assert_eq!(read_port(&path), port);
        }
    }
}
