//! Processes that a test starts: signalled by their own pid, and never outliving the test.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    Interrupt,
    Hangup,
    Quit,
    Kill,
    Stop,
    Continue,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
            Self::Hangup => "HUP",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
        }
    }
}

/// The shell's own `kill`: the program of that name is not on every machine.
pub fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let status = Command::new("sh")
        .args(["-c", "kill -\"$1\" \"$2\"", "sh", signal.name(), &pid.to_string()])
        .stderr(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("cannot send {} to process {pid}", signal.name())))
    }
}

/// `None` if the process is still there after `limit`.
pub fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits up to `limit`, then kills. Says how the process ended.
pub fn end(child: &mut Child, signal: Signal, limit: Duration) -> io::Result<ExitStatus> {
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    send(child.id(), signal)?;
    if let Some(status) = wait(child, limit)? {
        return Ok(status);
    }
    child.kill()?;
    child.wait()
}

/// Cleans up when this process is gone, however it went: statics are never dropped, and a killed
/// test drops nothing. A shell in a process group of its own waits for the pipe to close.
#[derive(Debug)]
pub struct Leash(Child);

const KILL: &str = r#"kill -KILL "$1" 2>/dev/null; rm -rf -- "$2""#;

impl Leash {
    /// Kills the process; its directory goes with it.
    pub fn hold(pid: u32, directory: &Path) -> io::Result<Self> {
        Self::run(KILL, &[OsStr::new(&pid.to_string()), directory.as_os_str()])
    }

    /// Any other way to clean up, with its arguments as `$1`, `$2`….
    pub fn run(script: &str, arguments: &[&OsStr]) -> io::Result<Self> {
        let script = format!("trap '' INT TERM HUP\nread -r released && exit 0\n{script}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh"]).args(arguments).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for Leash {
    /// The holder has ended the process itself: its pid may already be another's.
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"released\n");
        }
        let _ = self.0.wait();
    }
}

/// A process that ends with whoever holds it, however that ends.
#[derive(Debug)]
pub struct Going {
    pub child: Child,
    _leash: Leash,
}

impl Going {
    /// `directory` goes with it where even this process is killed.
    ///
    /// # Panics
    /// If there is no shell to watch over it.
    pub fn hold(child: Child, directory: &Path) -> Self {
        let leash = Leash::hold(child.id(), directory).expect("leash");
        Self { child, _leash: leash }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("600").spawn().expect("sleep")
    }

    #[test]
    fn a_released_leash_leaves_the_process_alone() {
        let mut child = sleeper();
        let directory = tempfile::tempdir().expect("directory");
        drop(Leash::hold(child.id(), directory.path()).expect("leash"));
        assert!(directory.path().exists());
        assert_eq!(child.try_wait().expect("wait"), None);
        child.kill().expect("kill");
        child.wait().expect("wait");
    }

    #[test]
    fn a_broken_leash_ends_the_process_and_its_directory() {
        let mut child = sleeper();
        let directory = tempfile::tempdir().expect("directory").keep();
        let mut leash = Leash::hold(child.id(), &directory).expect("leash");
        drop(leash.0.stdin.take());
        let status = wait(&mut child, Duration::from_secs(10)).expect("wait");
        assert!(status.is_some_and(|status| !status.success()));
        leash.0.wait().expect("shell");
        assert!(!directory.exists());
    }

    #[test]
    fn what_goes_on_ends_with_its_holder() {
        let directory = tempfile::tempdir().expect("directory");
        let going = Going::hold(sleeper(), directory.path());
        let pid = going.child.id();
        drop(going);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
        assert!(directory.path().exists());
    }

    #[test]
    fn end_kills_what_ignores_the_signal() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; while :; do sleep 0.1; done"])
            .spawn()
            .expect("sh");
        // Until the trap stands, TERM would end it as well; both ways it must be gone.
        let status = end(&mut child, Signal::Terminate, Duration::from_millis(200)).expect("end");
        assert!(!status.success());
    }
}
