//! What a backup or a restore will not do, and what it says then: REL-021, REL-031.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store, master_key};
use vidimus_e2e::subject::Subject;

use crate::backup::{Site, config, done, open, refused, rows};

/// A backup of a server that is stopped, and one of its tokens.
fn taken() -> (Setup, Subject, Site, String) {
    let setup = Setup::new(Store::Sqlite);
    let mut subject = Subject::start(&setup);
    let token = subject.token();
    subject.server.terminate();
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    done("backup", &config(&subject.server), &site.path("good.backup"), &[]);
    (setup, subject, site, token)
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> =
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn rel_021_only_a_whole_backup_under_its_own_key_is_restored() {
    let (_, _, site, _) = taken();
    let (good, bad) = (site.path("good.backup"), site.path("bad.backup"));
    let folder = bad.parent().expect("a folder").to_owned();
    let restore = |file: &Path, why| refused("restore", &site.config(), file, &[], why);
    restore(&site.path("nowhere"), "No such file");
    fs::write(&bad, "nothing of ours, and longer than the header of a database".repeat(9))
        .expect("written");
    restore(&bad, "it is no SQLite file");
    fs::write(&bad, "short").expect("written");
    restore(&bad, "it is too short");
    fs::remove_file(&bad).expect("removed");
    Connection::open(&bad).expect("a file").execute_batch("CREATE TABLE t (a)").expect("a table");
    restore(&bad, "it is some other SQLite file");
    let whole = fs::read(&good).expect("the backup");
    fs::write(&bad, &whole[..whole.len() - 5000]).expect("written");
    restore(&bad, "is cut off");
    let changed = |sql: &str| {
        fs::write(&bad, &whole).expect("written");
        Connection::open(&bad).expect("a file").execute_batch(sql).expect(sql);
    };
    changed("UPDATE backup SET manifest = replace(manifest, '\"schema\":', '\"schema\":9')");
    restore(&bad, "a newer one has made it");
    changed("UPDATE backup SET manifest = replace(manifest, '\"token\":', '\"token\":9')");
    restore(&bad, "under another master key, or its manifest was changed");
    changed("DELETE FROM token");
    restore(&bad, "other rows than its manifest says");
    changed("CREATE TRIGGER t AFTER UPDATE ON object BEGIN DELETE FROM token; END");
    restore(&bad, "its tables are not those of its schema version");
    changed("DROP TABLE backup");
    restore(&bad, "is damaged");
    torn(&bad, &whole);
    restore(&bad, "is damaged");
    let other = Site::new(&Store::Sqlite, &master_key());
    refused("restore", &other.config(), &good, &[], "under another master key");
    let memory = Site::new(&Store::Memory, &master_key());
    refused("restore", &memory.config(), &good, &[], "store.url is memory:");
    refused("backup", &memory.config(), &memory.path("x"), &[], "store.url is memory:");
    // None of them left anything.
    let left = ["bad.backup", "good.backup", "restored.db.lock", "vidimus.key", "vidimus.toml"];
    assert_eq!(names(&folder), left);
    done("restore", &site.config(), &good, &[]);
}

/// A page in the middle of nothing that the header or the manifest tells.
fn torn(file: &Path, whole: &[u8]) {
    let mut bytes = whole.to_vec();
    fs::write(file, &bytes).expect("written");
    let root: i64 = Connection::open(file)
        .expect("a file")
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'token_expires_at'",
            (),
            |row| row.get(0),
        )
        .expect("a page");
    let at = usize::try_from(root - 1).expect("a place") * 4096;
    bytes[at..at + 4096].fill(0x5a);
    fs::write(file, bytes).expect("written");
}

#[test]
fn rel_021_nothing_that_is_there_is_overwritten() {
    let (setup, subject, site, token) = taken();
    let good = site.path("good.backup");
    let of_server = config(&subject.server);
    refused("backup", &of_server, &good, &[], "is there already");
    assert!(open(&good).is_readonly("main").is_ok());
    done("backup", &of_server, &good, &["--force"]);
    let mode = fs::metadata(&good).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let store = subject.server.directory().join("vidimus.db");
    refused("backup", &of_server, &store, &["--force"], "is the store itself");
    let gone = Site::new(&Store::Sqlite, &setup.master_key);
    refused("backup", &gone.config(), &gone.path("x"), &[], "there is no database at");
    let other = Site::new(&Store::At(subject.server.store_url().to_owned()), &master_key());
    refused("backup", &other.config(), &other.path("x"), &[], "under another master key");

    done("restore", &site.config(), &good, &["--keep-tokens"]);
    refused("restore", &site.config(), &good, &[], "is not empty");
    let there = site.serve(&subject, &setup);
    refused("restore", &site.config(), &good, &["--force"], "is in use");
    assert!(there.is_active(&token));
    let since = there.token();
    drop(there);
    let restored = done("restore", &site.config(), &good, &["--force", "--keep-tokens"]);
    let aside = restored["put_aside"].as_str().expect("a path");
    let kept = rows(&open(aside.as_ref()), "token");
    assert_eq!(kept.len(), rows(&open(&site.database()), "token").len() + 1);
    let there = site.serve(&subject, &setup);
    assert!(there.is_active(&token) && !there.is_active(&since));
}

#[test]
fn rel_021_postgres_is_filled_only_while_it_is_empty() {
    let (setup, subject, site, token) = taken();
    let good = site.path("good.backup");
    let there = Site::new(&Store::Postgres, &setup.master_key);
    refused("restore", &there.config(), &good, &["--force"], "make a new, empty database");
    let other = Site::new(&Store::At(there.store_url.clone()), &master_key());
    refused("restore", &other.config(), &good, &[], "under another master key");
    done("restore", &there.config(), &good, &["--keep-tokens"]);
    refused("restore", &there.config(), &good, &[], "is not empty");
    assert!(there.serve(&subject, &setup).is_active(&token));
}

#[test]
fn rel_021_no_server_takes_a_backup_for_its_store() {
    let (mut setup, subject, site, _) = taken();
    setup.store = Store::At(format!("sqlite:{}", site.path("good.backup").display()));
    let Err(refusal) = Server::try_start(&setup) else { panic!("it serves a backup") };
    assert!(refusal.stderr.contains("vidimus restore"), "{}", refusal.stderr);
    drop(subject);
}
