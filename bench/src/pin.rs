//! Which core a process or this thread runs on, by the `taskset` of util-linux.

use std::process::{Command, Stdio};

/// The server's core and the load's; `None`: wherever the system puts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    pub server: Option<u32>,
    pub load: Option<u32>,
}

impl Pins {
    pub const NONE: Self = Self { server: None, load: None };

    /// What a program is started through so that it stays on the server's core.
    pub fn wrapper(self) -> Vec<String> {
        let of = |core: u32| vec!["taskset".to_owned(), "-c".to_owned(), core.to_string()];
        self.server.map(of).unwrap_or_default()
    }

    pub fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        match self.server {
            None => Command::new(program),
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(program);
                command
            }
        }
    }

    /// Puts this thread on the load's core.
    pub fn this_thread(self) {
        self.move_here(self.load);
    }

    /// Runs `act` on the server's core: for a ceiling that is measured in this process.
    pub fn on_the_server_s_core<T>(self, act: impl FnOnce() -> T) -> T {
        self.move_here(self.server);
        let done = act();
        self.move_here(self.load);
        done
    }

    /// Acts with this thread where `other` says, then comes back.
    pub fn with<T>(self, other: Self, act: impl FnOnce() -> T) -> T {
        match (other.load, self.load) {
            (None, Some(_)) => {
                self.move_anywhere();
                let done = act();
                self.move_here(self.load);
                done
            }
            _ => act(),
        }
    }

    fn move_anywhere(self) {
        let cores = std::fs::read_to_string("/sys/devices/system/cpu/online").expect("Linux");
        taskset(&["-p", "-c", cores.trim(), &this_thread()]);
    }

    /// Puts a process that runs already, with all its threads, on the server's core.
    pub fn move_process(self, pid: u32) {
        if let Some(core) = self.server {
            taskset(&["-a", "-p", "-c", &core.to_string(), &pid.to_string()]);
        }
    }

    fn move_here(self, core: Option<u32>) {
        let Some(core) = core else { return };
        taskset(&["-p", "-c", &core.to_string(), &this_thread()]);
    }
}

fn this_thread() -> String {
    let thread = std::fs::read_link("/proc/thread-self").expect("Linux");
    thread.file_name().expect("a thread's id").to_string_lossy().into_owned()
}

fn taskset(arguments: &[&str]) {
    let done = Command::new("taskset").args(arguments).stdout(Stdio::null()).status();
    assert!(done.is_ok_and(|status| status.success()), "taskset {arguments:?}");
}
