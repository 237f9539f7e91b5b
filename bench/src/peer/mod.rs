//! Other servers under the same load: started, given a client, asked the same.

pub mod hydra;
pub mod keycloak;
pub mod node;

use std::{
    net::TcpListener,
    process::Child,
    time::{Duration, Instant},
};

use vidimus_e2e::{
    connection,
    http::{Request, Response},
    process::{Leash, Signal, end, send},
};

use crate::usage::tree;

const READY_SECONDS_MAX: u64 = 180;
const STOP: Duration = Duration::from_secs(20);

pub struct Peer {
    pub name: &'static str,
    /// Where tokens are issued and asked about.
    pub token_address: String,
    pub introspection_address: String,
    pub issue: Request,
    pub introspect: fn(&Peer, &str) -> Request,
    pub pid: u32,
    _running: Running,
}

/// Ended with everything that it has started.
pub struct Running {
    child: Child,
    _leash: Leash,
    _folder: tempfile::TempDir,
}

impl Running {
    pub fn hold(child: Child, folder: tempfile::TempDir) -> Self {
        let leash = Leash::hold(child.id(), folder.path()).expect("a leash");
        Self { child, _leash: leash, _folder: folder }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// # Errors
    /// It ended, or does not answer in time.
    pub fn await_answer(&mut self, address: &str, path: &str) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status}"));
            }
            let asked = connection::exchange(address, &Request::get(path));
            if asked.is_ok_and(|answer| answer.status < 500) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("not ready in {READY_SECONDS_MAX} s"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A script need not hand the signal on to what it has started.
        for pid in tree(self.child.id()).into_iter().skip(1) {
            let _ = send(pid, Signal::Terminate);
        }
        let _ = end(&mut self.child, Signal::Terminate, STOP);
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// # Errors
/// No answer, or another status than wanted.
pub fn ask(address: &str, request: &Request, status: u16) -> Result<Response, String> {
    let answer = connection::exchange(address, request)
        .map_err(|fault| format!("{}: {fault}", request.target))?;
    if answer.status == status {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(&answer.body);
    Err(format!("{}: {} {body}", request.target, answer.status))
}
