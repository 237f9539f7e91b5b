//! REL-043: the data is gone. What `docs/how-to/back-up.md` says under "Restoring" brings the server back, with no
//! more than five commands.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vidimus_e2e::binary;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;

use crate::backup::{config, done};

const COMMANDS_MAX: usize = 5;
const RECOVERED_MAX: Duration = Duration::from_secs(300);

/// The page's own lines, but for the last one, which serves.
fn commands() -> Vec<String> {
    let page =
        fs::read_to_string(binary::workspace().join("docs/how-to/back-up.md")).expect("the page");
    let section = page.split("## Restoring").nth(1).expect("the section");
    let block = section.split("```").nth(1).expect("a block");
    // Behind the fence's language.
    let lines: Vec<String> = block.trim().lines().skip(1).map(str::to_owned).collect();
    assert!(lines.len() <= COMMANDS_MAX, "{lines:?}");
    let (last, lines) = lines.split_last().expect("commands");
    assert!(last.starts_with("vidimus serve"), "{last}");
    lines.to_vec()
}

#[test]
fn rel_043_the_page_s_own_commands_bring_a_lost_server_back() {
    let world = "[[tenant]]\nid = \"default\"\n\n[[tenant.client]]\nclient_id = \"declared\"\n\
                 grant_types = [\"client_credentials\"]\nclient_secret = \"0123456789-abcdefghij\"\n";
    let setup = Setup::new(Store::Sqlite).world(world);
    let mut subject = Subject::start(&setup);
    let before = subject.token();
    let safe = tempfile::tempdir().expect("a folder");
    let at = |name: &str| safe.path().join(name);
    let folder = subject.server.directory().to_owned();
    fs::copy(folder.join("key"), at("vidimus.key")).expect("the key is kept");
    done("backup", &config(&subject.server), &at("vidimus-monday.backup"), &[]);
    subject.server.kill();
    for lost in ["vidimus.db", "vidimus.db-wal", "vidimus.db-shm", "vidimus.db.lock", "key"] {
        let _ = fs::remove_file(folder.join(lost));
    }
    let start = Instant::now();
    for line in commands() {
        let places = line
            .replace("/safe", &safe.path().display().to_string())
            .replace("/backups", &safe.path().display().to_string())
            // The server under test has its key and its configuration under these names.
            .replace("vidimus.key .", "vidimus.key key")
            .replace("600 vidimus.key", "600 key");
        let status = Command::new("sh")
            .args(["-ec", &format!("vidimus() {{ \"$VIDIMUS\" \"$@\"; }}\n{places}")])
            .env("VIDIMUS", binary::path())
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("a shell");
        assert!(status.success(), "{line}");
    }
    subject.server.restart();
    let took = start.elapsed();
    eprintln!("back after {took:?}");
    assert!(took <= RECOVERED_MAX);
    assert!(subject.is_active(&subject.token()));
    assert!(!subject.is_active(&before), "what may have been revoked since is not good");
}
