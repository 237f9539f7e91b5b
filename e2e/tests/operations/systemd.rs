//! The unit: what systemd itself thinks of it, and that the server tells it what it waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::metrics::read;

const UNIT: &str = "packaging/systemd/vidimus.service";
/// Tenths: 1.5 of 10.
const EXPOSURE_MAX: &str = "15";

fn analyze(arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .current_dir(binary::workspace())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.success(), text))
}

#[test]
fn the_unit_is_hardly_exposed() {
    let arguments = ["security", "--offline=yes", "--no-pager", "--threshold", EXPOSURE_MAX, UNIT];
    match analyze(&arguments) {
        Some((good, text)) => assert!(good, "{text}"),
        None => eprintln!("not run: systemd-analyze is not here (Debian package `systemd`)"),
    }
}

#[test]
fn systemd_understands_every_line() {
    let Some((_, text)) = analyze(&["verify", "--man=no", UNIT]) else {
        eprintln!("not run: systemd-analyze is not here (Debian package `systemd`)");
        return;
    };
    // The program is not installed where the tests run.
    let others: Vec<_> =
        text.lines().filter(|line| !line.contains("/usr/bin/vidimus is not executable")).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn the_unit_says_what_the_server_needs() {
    let unit = read(UNIT);
    for line in [
        "Type=notify",
        "WatchdogSec=30",
        "LoadCredential=vidimus.key:/etc/vidimus/vidimus.key",
        "Environment=VIDIMUS_KEYS__MASTER_KEY_FILE=%d/vidimus.key",
        "LimitCORE=0",
        "CapabilityBoundingSet=",
        "UMask=0077",
    ] {
        assert!(unit.lines().any(|told| told == line), "{line}");
    }
}

#[test]
fn a_supervisor_hears_that_it_is_ready_that_it_lives_and_that_it_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let mut setup = Setup::new(Store::Memory);
    setup.environment.push(("NOTIFY_SOCKET".to_owned(), path.display().to_string()));
    setup.environment.push(("WATCHDOG_USEC".to_owned(), "200000".to_owned()));
    let mut server = Server::start(&setup);
    let hear = || {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).expect("a word");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    assert_eq!(hear(), "READY=1");
    for _ in 0..3 {
        assert_eq!(hear(), "WATCHDOG=1");
    }
    assert!(server.terminate().success());
    let after: Vec<String> = std::iter::from_fn(|| {
        socket.set_nonblocking(true).ok()?;
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    })
    .collect();
    assert!(after.iter().any(|word| word == "STOPPING=1"), "{after:?}");
}

#[test]
fn sec_264_no_core_file_is_ever_written() {
    let server = Server::start(&Setup::new(Store::Memory));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words.get(4..6), Some(&["0", "0"][..]), "{core}");
}

/// What a name stands for in a unit: itself, or all of its group.
fn expanded(name: &str, groups: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    match groups.get(name) {
        Some(members) => members.iter().flat_map(|member| expanded(member, groups)).collect(),
        None => BTreeSet::from([name.to_owned()]),
    }
}

fn groups(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut groups = BTreeMap::<String, Vec<String>>::new();
    let mut current = String::new();
    for line in text.lines() {
        match line.strip_prefix("    ").map(str::trim) {
            Some(member) if !member.starts_with('#') => {
                groups.entry(current.clone()).or_default().push(member.to_owned());
            }
            None if line.starts_with('@') => line.trim().clone_into(&mut current),
            _ => {}
        }
    }
    groups
}

#[test]
fn the_unit_allows_every_system_call_that_the_server_makes() {
    let Some((true, text)) = analyze(&["syscall-filter", "--no-pager"]) else {
        eprintln!("not run: systemd-analyze is not here (Debian package `systemd`)");
        return;
    };
    let groups = groups(&text);
    let mut allowed = expanded("@default", &groups);
    for filter in read(UNIT).lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        match filter.strip_prefix('~') {
            Some(names) => names.split(' ').for_each(|name| {
                let denied = expanded(name, &groups);
                allowed.retain(|call| !denied.contains(call));
            }),
            None => filter.split(' ').for_each(|name| allowed.extend(expanded(name, &groups))),
        }
    }
    assert!(allowed.len() > 200, "{} calls", allowed.len());
    let folder = tempfile::tempdir().expect("a folder");
    let calls = folder.path().join("calls");
    let mut setup = Setup::new(Store::Sqlite);
    // The tracer steps aside: the process that is started stays the server's.
    let tracer = ["strace", "-D", "-f", "-qq", "-o", &calls.display().to_string()];
    setup.wrapper = tracer.map(str::to_owned).to_vec();
    let mut server = Server::start(&setup);
    for path in ["/oauth2/jwks", "/metrics", "/readyz", "/console/sign-in", "/docs"] {
        server.exchange(&Request::get(path));
    }
    let wrong = Request::post("/oauth2/token").basic("nobody", "no");
    server.exchange(&wrong.form(&[("grant_type", "client_credentials")]));
    assert!(server.terminate().success());
    let traced = std::fs::read_to_string(&calls).expect("traced");
    let name = |line: &str| {
        let call = line.split_once(' ')?.1.trim_start();
        let call = call.strip_prefix("<... ").unwrap_or(call);
        let end = call.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        Some(call[..end].to_owned()).filter(|name| !name.is_empty())
    };
    let made: BTreeSet<String> = traced.lines().filter_map(name).collect();
    assert!(made.contains("fsync") && made.contains("recvfrom"), "{made:?}");
    let mut denied: Vec<_> = made.difference(&allowed).collect();
    // SQLite hands its files to the owner of the first one, and only where it is root.
    denied.retain(|call| *call != "fchown");
    assert!(denied.is_empty(), "{denied:?}");
}
