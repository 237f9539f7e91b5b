//! One throw-away PostgreSQL cluster on loopback, with everything that makes it durable left on,
//! and the faults a test needs: immediate stop, restart, freeze.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{self, Leash, Signal};
use crate::programs::Programs;

const READY_SECONDS_MAX: u64 = 60;
const STOP_SECONDS_MAX: u64 = 30;

/// For a test that was killed. The whole server may be frozen, so all of it is woken first; what
/// still writes (initdb, a backend) does so a moment longer, so removing is tried again.
const CLEAN_UP: &str = r#"
read -r postmaster <"$1/data/postmaster.pid"
signal() {
    kill -"$1" "$postmaster"
    for stat in /proc/[0-9]*/stat; do
        read -r pid name state parent rest <"$stat" && [ "$parent" = "$postmaster" ] && kill -"$1" "$pid"
    done
}
if [ "${postmaster:-0}" -gt 1 ]; then
    signal CONT
    kill -INT "$postmaster"
    tries=0
    while kill -0 "$postmaster" && [ "$tries" -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
    signal KILL
fi
tries=0
while [ -e "$1" ] && [ "$tries" -lt 50 ]; do
    rm -rf -- "$1"
    tries=$((tries + 1))
    sleep 0.1
done
"#;

pub struct Cluster {
    postmaster: Option<Child>,
    // Dropped in this order: the directory is leashed until it is gone.
    directory: TempDir,
    _leash: Leash,
    programs: Programs,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; `Err` says what is missing or what PostgreSQL said.
    pub fn start() -> Result<Self, String> {
        let programs = Programs::find()?;
        let directory = tempfile::Builder::new()
            .prefix("vidimus-postgres-")
            .tempdir()
            .map_err(|fault| format!("temporary directory: {fault}"))?;
        if let Some((user, group)) = programs.owner() {
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group))
                .map_err(|fault| format!("{}: {fault}", directory.path().display()))?;
        }
        let leash = Leash::run(CLEAN_UP, &[directory.path().as_os_str()])
            .map_err(|fault| format!("sh: {fault}"))?;
        let mut cluster =
            Self { postmaster: None, directory, _leash: leash, programs, port: free_port()? };
        cluster.initialize()?;
        cluster.resume()?;
        Ok(cluster)
    }

    /// The superuser's URL of the database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// A new, empty database of this cluster.
    pub fn database(&self) -> String {
        crate::postgres::create(&self.programs, &self.url())
    }

    /// Its files: data, write-ahead log, and what it wrote to stderr.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Closes every connection, finishes what was committed, and waits until it is down.
    pub fn stop(&mut self) {
        self.end(Signal::Interrupt);
    }

    /// As if the power had gone for PostgreSQL alone: no checkpoint, recovery at the next start.
    pub fn stop_immediate(&mut self) {
        self.end(Signal::Quit);
    }

    /// Starts again after a stop, on the same port and data.
    pub fn restart(&mut self) {
        self.stop();
        self.resume().expect("PostgreSQL starts again");
    }

    /// Every process of the server stands still: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal_all(Signal::Stop);
    }

    pub fn thaw(&self) {
        self.signal_all(Signal::Continue);
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn initialize(&self) -> Result<(), String> {
        let output = self
            .programs
            .server("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .arg("--pgdata")
            .arg(self.data())
            .current_dir(self.directory.path())
            .output()
            .map_err(|fault| format!("initdb: {fault}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr)))
    }

    fn resume(&mut self) -> Result<(), String> {
        let log = open_log(&self.log())?;
        let copy = log.try_clone().map_err(|fault| format!("log: {fault}"))?;
        let child = self
            .programs
            .server("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "max_connections=200"])
            .args(["-c", "log_min_messages=warning"])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(copy)
            .stderr(log)
            .spawn()
            .map_err(|fault| format!("postgres: {fault}"))?;
        self.postmaster = Some(child);
        self.await_ready()
    }

    fn await_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        loop {
            if crate::postgres::run(&self.programs, &self.url(), "SELECT 1").is_ok() {
                return Ok(());
            }
            let gone = match &mut self.postmaster {
                Some(child) => child.try_wait().ok().flatten().is_some(),
                None => true,
            };
            if gone || Instant::now() >= deadline {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                return Err(format!("PostgreSQL does not start; its log:\n{log}"));
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    fn end(&mut self, signal: Signal) {
        let Some(mut child) = self.postmaster.take() else { return };
        // A frozen server would not see the signal.
        signal_tree(child.id(), Signal::Continue);
        let ended = process::end(&mut child, signal, Duration::from_secs(STOP_SECONDS_MAX));
        ended.expect("PostgreSQL stops");
    }

    fn signal_all(&self, signal: Signal) {
        let child = self.postmaster.as_ref().expect("the cluster is running");
        signal_tree(child.id(), signal);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The postmaster first: once it stands still, no new child appears behind our back.
fn signal_tree(pid: u32, signal: Signal) {
    process::send(pid, signal).expect("the postmaster is there");
    for child in children(pid) {
        // A backend may end by itself between the listing and the signal.
        let _ = process::send(child, signal);
    }
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The program's name, in brackets, may hold spaces; state and parent follow it.
            let (_, rest) = stat.rsplit_once(") ")?;
            let found: u32 = rest.split(' ').nth(1)?.parse().ok()?;
            (found == parent).then_some(pid)
        })
        .collect()
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|fault| format!("no free port on 127.0.0.1: {fault}"))
}

fn open_log(path: &Path) -> Result<File, String> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|fault| format!("{}: {fault}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(url: &str, programs: &Programs, statement: &str) -> Result<String, String> {
        crate::postgres::run(programs, url, statement)
    }

    #[test]
    fn a_cluster_keeps_its_data_through_an_immediate_stop_and_can_be_frozen() {
        let mut cluster = Cluster::start().expect("cluster");
        let url = cluster.database();
        let programs = cluster.programs.clone();
        committed(&url, &programs, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
            .expect("write");
        cluster.stop_immediate();
        assert!(committed(&url, &programs, "SELECT 1").is_err());
        cluster.restart();
        assert_eq!(committed(&url, &programs, "SELECT n FROM kept").as_deref(), Ok("7"));
        assert_eq!(committed(&url, &programs, "SHOW fsync").as_deref(), Ok("on"));

        cluster.freeze();
        let mut asking = programs
            .client("psql")
            .args(["-qAt", "-c", "SELECT 1"])
            .arg(&url)
            .stdout(Stdio::null())
            .spawn()
            .expect("psql");
        let answer = process::wait(&mut asking, Duration::from_millis(300)).expect("wait");
        cluster.thaw();
        assert_eq!(answer, None, "a frozen server answered");
        assert!(asking.wait().expect("psql").success());

        let directory = cluster.directory.path().to_owned();
        drop(cluster);
        assert!(!directory.exists());
    }
}
