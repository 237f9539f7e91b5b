//! The keys of the first terminal, pressed in one that `script` makes.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use vidimus_e2e::binary;
use vidimus_e2e::connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::{self, Going};

use crate::stage::eventually;

struct Terminal {
    going: Going,
    folder: tempfile::TempDir,
}

impl Terminal {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = binary::path().display();
        let line = format!("exec {program} dev --listen 127.0.0.1:0 --dir . --port-file port");
        let child = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .current_dir(folder.path())
            .env_remove("VIDIMUS_URL")
            .stdin(Stdio::piped())
            .stdout(File::create(folder.path().join("shown")).expect("a file"))
            .spawn()
            .expect("script runs");
        Self { going: Going::hold(child, folder.path()), folder }
    }

    fn press(&mut self, key: u8) {
        let input = self.going.child.stdin.as_mut().expect("its input");
        input.write_all(&[key]).and_then(|()| input.flush()).expect("pressed");
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("shown")).unwrap_or_default())
            .into_owned()
    }

    fn ask(&self, path: &str) -> Option<Value> {
        let port = fs::read_to_string(self.folder.path().join("port")).ok()?;
        let address = format!("127.0.0.1:{}", port.trim());
        Some(connection::exchange(&address, &Request::get(path)).ok()?.json())
    }

    fn offset(&self) -> Option<i64> {
        self.ask("/__sandbox/clock")?["offset_seconds"].as_i64()
    }
}

#[test]
fn keys_move_the_clock_reset_and_quit() {
    let mut terminal = Terminal::open();
    eventually("the keys", || terminal.shown().contains("+ one hour later"));
    eventually("the server", || terminal.offset() == Some(0));
    terminal.press(b'+');
    terminal.press(b'+');
    eventually("two hours", || terminal.offset() == Some(7200));
    terminal.press(b'f');
    eventually("the faults", || terminal.shown().contains("faults    none"));
    terminal.press(b'x');
    terminal.press(b'o');
    let links = || terminal.shown().matches("/console/welcome/vwl_").count();
    eventually("a link", || links() == 2);
    terminal.ask("/.well-known/openid-configuration");
    eventually("a line for the request", || terminal.shown().contains("standard    metadata"));
    terminal.press(b'r');
    eventually("the reset", || terminal.shown().contains("as it was seeded"));
    assert_eq!(terminal.offset(), Some(0));
    terminal.press(b'q');
    let limit = Duration::from_secs(30);
    let ended = process::wait(&mut terminal.going.child, limit).expect("its own child");
    assert!(ended.is_some_and(|status| status.success()), "{}", terminal.shown());
    assert!(terminal.folder.path().join("vidimus-admin.toml").exists());
}

/// What is typed at something else is nobody's key.
#[test]
fn without_a_terminal_there_are_no_keys() {
    assert!(!crate::stage::shared().stdout().contains("one hour later"));
}
