//! What strace(1) saw a process do to its write-ahead log and its sockets, in order.

use std::collections::HashMap;
use std::fs::{DirEntry, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use vidimus_e2e::process::{self, Signal};

const CALLS: &str = "trace=pwrite64,pwritev,fdatasync,fsync,sendto,sendmsg,write,writev";

pub struct Tracing(Child);

impl Tracing {
    /// Attaches to every thread; from here on everything is written to `file`.
    ///
    /// # Panics
    /// If strace is not there or may not attach.
    pub fn attach(pid: u32, file: &Path) -> Self {
        let arguments = ["-y", "-x", "-s", "8192", "-e", "signal=none", "-e", CALLS, "-o"];
        Self(attach(Command::new("strace").args(arguments).arg(file), &every_thread(pid)))
    }

    /// Lets the process go on alone; the file is complete.
    pub fn detach(mut self) {
        let limit = Duration::from_secs(60);
        process::end(&mut self.0, Signal::Interrupt, limit).expect("strace ends");
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn every_thread(pid: u32) -> Vec<String> {
    vec!["-f".to_owned(), "-p".to_owned(), pid.to_string()]
}

/// Those that serve no requests: traced, each of its calls would take a request's time.
fn threads_of_the_store(pid: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the server runs").flatten();
    let name = |task: &DirEntry| std::fs::read_to_string(task.path().join("comm"));
    let serves = |name: &str| ["tokio-rt-worker", "vidimus"].contains(&name.trim_end());
    let of_the_store = tasks.filter(|task| name(task).is_ok_and(|name| !serves(&name)));
    let ids = of_the_store.map(|task| task.file_name().to_string_lossy().into_owned());
    ids.flat_map(|id| ["-p".to_owned(), id]).collect()
}

/// It is attached when this returns.
fn attach(strace: &mut Command, to: &[String]) -> Child {
    let mut child = strace
        .args(to)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|fault| panic!("strace (Debian package `strace`): {fault}"));
    let mut told = BufReader::new(child.stderr.take().expect("its stderr"));
    let mut line = String::new();
    while !line.contains("attached") {
        line.clear();
        let length = told.read_line(&mut line).expect("a line");
        assert!(length > 0, "strace may not attach (root, ptrace_scope)");
    }
    // It goes on telling of new threads; nobody reads, and nothing may block it.
    std::thread::spawn(move || told.lines().for_each(drop));
    child
}

/// What happens to a process at certain calls, by strace(1).
pub struct Trap(Child);

impl Trap {
    /// SIGKILL at the n-th of these calls on the file.
    pub fn kill(pid: u32, calls: &str, file: &Path, turn: usize) -> Self {
        let mut to = every_thread(pid);
        to.extend(["-P".to_owned(), file.display().to_string()]);
        Self::set(&to, calls, &format!("signal=KILL:when={turn}"))
    }

    /// Each of these calls of the store takes so much longer.
    pub fn delay(pid: u32, calls: &str, by: Duration) -> Self {
        Self::set(&threads_of_the_store(pid), calls, &format!("delay_enter={}", by.as_micros()))
    }

    fn set(to: &[String], calls: &str, what: &str) -> Self {
        let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:{what}"));
        let arguments = ["-o", "/dev/null", "-e", &trace, "-e", &inject];
        Self(attach(Command::new("strace").args(arguments), to))
    }

    /// Whether the process has ended in it: strace then ends as well.
    pub fn has_sprung(mut self, patience: Duration) -> bool {
        let ended = process::wait(&mut self.0, patience).expect("its own child");
        if ended.is_none() {
            self.release();
        }
        ended.is_some()
    }

    /// The process goes on as if nothing were.
    pub fn release(mut self) {
        let limit = Duration::from_secs(10);
        process::end(&mut self.0, Signal::Interrupt, limit).expect("strace ends");
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One step that matters to the order.
pub enum Step {
    /// Bytes were written to the log, completely.
    Logged(Vec<u8>),
    /// By this thread.
    SyncBegins(u32),
    SyncEnds(u32),
    /// Text begins to leave on a socket.
    Sends(String),
}

pub fn steps(file: &Path) -> impl Iterator<Item = Step> {
    let lines = BufReader::new(File::open(file).expect("the trace")).lines();
    let mut unfinished: HashMap<u32, String> = HashMap::new();
    lines.flat_map(move |line| read(&line.expect("a line"), &mut unfinished))
}

fn read(line: &str, unfinished: &mut HashMap<u32, String>) -> Vec<Step> {
    let Some((thread, call)) = line.split_once(' ') else { return Vec::new() };
    let Ok(thread) = thread.parse() else { return Vec::new() };
    let call = call.trim_start();
    if let Some(end) = call.strip_prefix("<... ") {
        let begun = unfinished.remove(&thread).unwrap_or_default();
        return ends(thread, &begun, end).into_iter().collect();
    }
    let mut steps: Vec<_> = begins(thread, call).into_iter().collect();
    if call.ends_with("<unfinished ...>") {
        unfinished.insert(thread, call.to_owned());
    } else {
        steps.extend(ends(thread, call, call));
    }
    steps
}

fn is_sync(call: &str) -> bool {
    (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && call.contains("-wal>")
}

fn begins(thread: u32, call: &str) -> Option<Step> {
    if is_sync(call) {
        return Some(Step::SyncBegins(thread));
    }
    let sends =
        ["sendto(", "sendmsg(", "write(", "writev("].iter().any(|name| call.starts_with(name));
    (sends && call.contains("<socket:")).then(|| Step::Sends(call.to_owned()))
}

fn ends(thread: u32, begun: &str, end: &str) -> Option<Step> {
    let (_, result) = end.rsplit_once(" = ")?;
    if is_sync(begun) {
        return (result.trim() == "0").then_some(Step::SyncEnds(thread));
    }
    let logged = begun.starts_with("pwrite") && begun.contains("-wal>") && !result.starts_with('-');
    logged.then(|| Step::Logged(bytes(begun)))
}

/// Of the call's first string, all in hexadecimal or all in plain text.
fn bytes(call: &str) -> Vec<u8> {
    let text = call.split('"').nth(1).unwrap_or_default();
    let digits = text.split("\\x").skip(1);
    digits.filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok()).collect()
}

#[test]
fn interrupted_calls_are_put_together() {
    let trace = "7 fdatasync(9</d/v.db-wal> <unfinished ...>\n\
        8 sendto(12<socket:[5]>, \"early\", 5, MSG_NOSIGNAL, NULL, 0) = 5\n\
        7 <... fdatasync resumed>)          = 0\n\
        7 pwrite64(9</d/v.db-wal>, \"\\x00\\xff\", 2, 32) = 2\n\
        8 fdatasync(9</d/v.db-wal>) = -1 EIO (Input/output error)\n";
    let mut unfinished = HashMap::new();
    let told: Vec<_> = trace
        .lines()
        .flat_map(|line| read(line, &mut unfinished))
        .map(|step| match step {
            Step::Logged(bytes) => format!("logged {bytes:?}"),
            Step::SyncBegins(thread) => format!("{thread} begins"),
            Step::SyncEnds(thread) => format!("{thread} ends"),
            Step::Sends(text) => format!("sends {}", text.contains("early")),
        })
        .collect();
    assert_eq!(told, ["7 begins", "sends true", "7 ends", "logged [0, 255]", "8 begins"]);
}
