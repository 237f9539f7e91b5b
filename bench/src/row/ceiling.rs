//! The ceiling of durable issuance on this disk: the token table's own columns and index, rows in the
//! order of their keys, committed in groups with the store's own settings, by a program that does
//! nothing else.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

const INSERT: &str =
    "INSERT INTO token (key, tenant, kind, hash, client, scope, audience, issued_at, expires_at)
     VALUES (?1, 7, 1, randomblob(32), 8, 'read', '[\"https://bench.example\"]', ?2, ?3)";

/// A token table with nothing around it.
pub struct Rows {
    db: Connection,
    count: i64,
}

impl Rows {
    pub fn create(folder: &Path) -> Self {
        let db = Connection::open(folder.join("ceiling.db")).expect("a file");
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096;
             CREATE TABLE token (
                 key INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, kind INTEGER NOT NULL,
                 hash BLOB NOT NULL, client INTEGER, user_key INTEGER, family INTEGER,
                 scope TEXT NOT NULL, audience TEXT, issued_at INTEGER NOT NULL,
                 expires_at INTEGER NOT NULL, not_before INTEGER, revocation TEXT,
                 confirmation TEXT, kid TEXT);
             CREATE INDEX token_expires_at ON token (expires_at, key);",
        )
        .expect("a schema");
        Self { db, count: 0 }
    }

    /// One group, on disk when this returns.
    pub fn commit(&mut self, rows: usize) {
        self.db.execute_batch("BEGIN IMMEDIATE").expect("begun");
        let mut insert = self.db.prepare_cached(INSERT).expect("a statement");
        for _ in 0..rows {
            self.count += 1;
            let moment = 1_800_000_000_000 + self.count / 64;
            insert.execute(params![self.count << 20, moment, moment + 3_600_000]).expect("a row");
        }
        drop(insert);
        self.db.execute_batch("COMMIT").expect("committed");
    }
}

/// Rows a second when each commit carries as many rows as there are connections.
pub fn rate(folder: &Path, rows_per_commit: usize, span: Duration) -> f64 {
    let mut rows = Rows::create(folder);
    let start = Instant::now();
    while start.elapsed() < span {
        rows.commit(rows_per_commit);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let count = rows.count as f64;
    count / start.elapsed().as_secs_f64()
}
