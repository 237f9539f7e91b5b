//! The ceiling of durable issuance on this disk: rows of a token's shape, group-committed with the
//! store's own settings, by a program that does nothing else.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

/// Rows a second when each commit carries as many rows as there are connections.
pub fn rate(directory: &Path, rows_per_commit: u32, span: Duration) -> f64 {
    let db = Connection::open(directory.join("ceiling.db")).expect("a file");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE row (key INTEGER PRIMARY KEY, tenant INTEGER, hash BLOB, scope TEXT,
                           issued_at INTEGER, expires_at INTEGER);
         CREATE INDEX row_expires ON row (expires_at);",
    )
    .expect("a schema");
    let mut insert = db
        .prepare("INSERT INTO row VALUES (?1, 1, randomblob(32), 'read', ?1, ?1)")
        .expect("a statement");
    let (start, mut key) = (Instant::now(), 0_i64);
    while start.elapsed() < span {
        db.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for _ in 0..rows_per_commit {
            key += 1;
            insert.execute(params![key]).expect("a row");
        }
        db.execute_batch("COMMIT").expect("committed");
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rows = key as f64;
    rows / start.elapsed().as_secs_f64()
}
