//! The ceiling of durable issuance on this disk: the token table's own columns and index, rows in the
//! order of their keys, committed in groups with the store's own settings, by a program that does
//! nothing else.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

/// Rows a second when each commit carries as many rows as there are connections.
pub fn rate(folder: &Path, rows_per_commit: u32, span: Duration) -> f64 {
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
    let mut insert = db
        .prepare(
            "INSERT INTO token (key, tenant, kind, hash, client, scope, audience, issued_at, \
             expires_at) VALUES (?1, 7, 1, randomblob(32), 8, 'read', \
             '[\"https://bench.example\"]', ?2, ?3)",
        )
        .expect("a statement");
    let (start, mut rows) = (Instant::now(), 0_i64);
    while start.elapsed() < span {
        db.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for _ in 0..rows_per_commit {
            rows += 1;
            let moment = 1_800_000_000_000 + rows / 64;
            insert.execute(params![rows << 20, moment, moment + 3_600_000]).expect("a row");
        }
        db.execute_batch("COMMIT").expect("committed");
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rows = rows as f64;
    rows / start.elapsed().as_secs_f64()
}
