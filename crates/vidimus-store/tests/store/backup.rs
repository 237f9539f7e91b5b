//! What is special to backups: whose columns they carry, older schemas, and the log of a server that
//! writes more than can be copied beside it.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tokio::runtime::Handle;
use vidimus_core::{time::Time, vault::Vault};
use vidimus_store::{
    backup::{self, BackedUp, BackupError, Job, Restored, Tokens, Unit, Watch},
    open::{CACHE_BYTES, open},
    sqlite::Sqlite,
};

use crate::{
    postgres::{database, node, outside},
    world::*,
};

const KEY: [u8; 32] = [7; 32];
const NOW: Time = Time::from_seconds(1_800_000_000);
const TABLES: [&str; 10] = [
    "object",
    "name",
    "token",
    "family",
    "locator",
    "ticket",
    "root_client",
    "link",
    "used",
    "once",
];

type Act = dyn Fn(&Seen) + Send + Sync;

/// Counts, and does something at each rest.
#[derive(Default)]
struct Seen {
    done: AtomicU64,
    stopped: AtomicBool,
    at_rest: Option<Box<Act>>,
}

impl Watch for Seen {
    fn begin(&self, _: &'static str, _: Unit, _: u64) {}

    fn advance(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn rest(&self, _: u32) {
        if let Some(act) = &self.at_rest {
            act(self);
        }
    }
}

async fn on_a_thread<T: Send + 'static>(
    url: &str,
    file: &Path,
    seen: Seen,
    work: fn(&Job<'_>) -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    let (url, file, runtime) = (url.to_owned(), file.to_owned(), Handle::current());
    let job = move || {
        let vault = Vault::new(&KEY);
        let watch = Arc::new(seen);
        work(&Job {
            store_url: &url,
            file: &file,
            force: false,
            vault: &vault,
            now: NOW,
            watch,
            runtime,
        })
    };
    tokio::task::spawn_blocking(job).await.unwrap()
}

async fn back_up(url: &str, file: &Path) -> Result<BackedUp, BackupError> {
    on_a_thread(url, file, Seen::default(), backup::back_up).await
}

async fn restore(url: &str, file: &Path) -> Result<Restored, BackupError> {
    on_a_thread(url, file, Seen::default(), |job| backup::restore(job, Tokens::Keep)).await
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// What lies beside the store and its own files.
fn others(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| !name.starts_with("v.db")).collect()
}

/// A column that one of them lacks would be lost on the way, in silence.
#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_columns() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    drop(Sqlite::open(&path, CACHE_BYTES).unwrap());
    let file = Connection::open(&path).unwrap();
    let there = database().await;
    drop(node(&there).await);
    for table in TABLES {
        let mut select = file.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let names = select.query_map((table,), |row| row.get(0)).unwrap();
        let ours: BTreeSet<String> = names.map(Result::unwrap).collect();
        let sql = format!(
            "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        );
        let rows = outside(&there, &sql).await;
        let name = |message: &tokio_postgres::SimpleQueryMessage| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        let theirs: BTreeSet<String> = rows.iter().filter_map(name).collect();
        assert_eq!(ours, theirs, "{table}");
    }
}

/// As a binary of the first schema would have made it.
fn of_an_earlier_schema(file: &Path) {
    let db = Connection::open(file).unwrap();
    db.execute_batch(include_str!("../../src/schema/sqlite/0001_start.sql")).unwrap();
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY); \
         INSERT INTO schema_version VALUES (1); \
         CREATE TABLE backup (manifest TEXT NOT NULL, fingerprint TEXT NOT NULL); \
         INSERT INTO once VALUES (1, 1, zeroblob(32), 900)",
    )
    .unwrap();
    db.pragma_update(None, "application_id", backup::APPLICATION_ID).unwrap();
    let rows: Vec<String> = ["object", "name", "token", "family", "once"]
        .iter()
        .map(|table| format!("\"{table}\":{}", i32::from(*table == "once")))
        .collect();
    let manifest = format!(
        "{{\"format\":1,\"schema\":1,\"taken_at\":1,\"from\":\"sqlite\",\"made_by\":\"0\",\
         \"rows\":{{{}}}}}",
        rows.join(",")
    );
    let tag = Vault::new(&KEY).tag("backup", &[manifest.as_bytes()]);
    let fingerprint = vidimus_core::vault::hex(&tag);
    db.execute("INSERT INTO backup VALUES (?1, ?2)", (manifest, fingerprint)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_earlier_schema_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let (file, path) = (directory.path().join("old"), directory.path().join("v.db"));
    of_an_earlier_schema(&file);
    let refused = restore(&database().await, &file).await.err().unwrap().to_string();
    assert!(refused.contains("restore it to a SQLite file first"), "{refused}");
    let restored = restore(&url(&path), &file).await.unwrap();
    assert_eq!(restored.manifest.schema, 1);
    let store = open(&url(&path), CACHE_BYTES).await.unwrap();
    assert_eq!(store.count().await.unwrap().once, 1);
    settle(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_another_schema_is_not_backed_up() {
    let directory = tempfile::tempdir().unwrap();
    let (file, path) = (directory.path().join("taken"), directory.path().join("v.db"));
    let there = database().await;
    drop(node(&there).await);
    drop(Sqlite::open(&path, CACHE_BYTES).unwrap());
    for (change, why) in [
        ("INSERT INTO schema_version VALUES (99)", "newer binary"),
        ("DELETE FROM schema_version WHERE version > 1", "has schema version 1"),
    ] {
        Connection::open(&path).unwrap().execute_batch(change).unwrap();
        outside(&there, change).await;
        for url in [&url(&path), &there] {
            let refused = back_up(url, &file).await.err().unwrap().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
    assert_eq!(others(directory.path()), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_030_a_backup_gives_up_before_the_log_has_no_bound() {
    let directory = tempfile::tempdir().unwrap();
    let (file, path) = (directory.path().join("taken"), directory.path().join("v.db"));
    let store = open(&url(&path), CACHE_BYTES).await.unwrap();
    settle(&store).await;
    let outside = Connection::open(&path).unwrap();
    // Some pages to copy, and then a log that grows by itself: only its length is looked at.
    outside
        .execute_batch(
            "CREATE TABLE more (a); WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n \
         WHERE a < 3000) INSERT INTO more SELECT zeroblob(1000) FROM n; PRAGMA wal_checkpoint; \
         DELETE FROM more WHERE rowid = 1",
        )
        .unwrap();
    let log = directory.path().join("v.db-wal");
    let rests = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&rests);
    let grow = move |_: &Seen| {
        let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
        let bytes = [100 << 20, 257 << 20];
        let rest = counted.fetch_add(1, Ordering::Relaxed);
        file.set_len(bytes[usize::from(rest > 0)]).unwrap();
    };
    let seen = Seen { at_rest: Some(Box::new(grow)), ..Seen::default() };
    // It hurries above the first length, so nobody makes it longer and the copy ends.
    on_a_thread(&url(&path), &file, seen, backup::back_up).await.unwrap();
    assert_eq!(rests.load(Ordering::Relaxed), 1, "no rest while it hurries");
    std::fs::remove_file(&file).unwrap();
    let log = directory.path().join("v.db-wal");
    let grow = move |_: &Seen| {
        let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
        file.set_len(257 << 20).unwrap();
    };
    std::fs::OpenOptions::new()
        .write(true)
        .open(directory.path().join("v.db-wal"))
        .unwrap()
        .set_len(1 << 20)
        .unwrap();
    let seen = Seen { at_rest: Some(Box::new(grow)), ..Seen::default() };
    let refused = on_a_thread(&url(&path), &file, seen, backup::back_up).await.err().unwrap();
    assert!(refused.to_string().contains("log has grown to 257 MiB"), "{refused}");
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_it_finds_nothing_begun() {
    let directory = tempfile::tempdir().unwrap();
    let (file, path) = (directory.path().join("taken"), directory.path().join("v.db"));
    let store = open(&url(&path), CACHE_BYTES).await.unwrap();
    settle(&store).await;
    let stop = |seen: &Seen| seen.stopped.store(true, Ordering::Relaxed);
    let seen = Seen { at_rest: Some(Box::new(stop)), ..Seen::default() };
    let stopped = on_a_thread(&url(&path), &file, seen, backup::back_up).await.err().unwrap();
    assert!(matches!(stopped, BackupError::Stopped), "{stopped}");
    assert_eq!(others(directory.path()), [] as [String; 0]);
    assert!(back_up(&url(&path), &file).await.is_ok());
}
