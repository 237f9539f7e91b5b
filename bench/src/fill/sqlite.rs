//! Into a SQLite file whose server is stopped: in the order of the keys, in few transactions.

use std::{path::Path, sync::mpsc, thread, time::Instant};

use rusqlite::{Connection, params};

use super::{Pattern, Row, Tokens};

const ROWS_PER_COMMIT: usize = 200_000;
const ROWS_PER_BATCH: u64 = 4096;

/// The newest token that the server has issued for this client.
pub fn pattern(path: &Path) -> Pattern {
    let db = Connection::open(path).expect("the file");
    let columns = "SELECT tenant, client, family, scope, audience FROM token \
                   WHERE client IS NOT NULL ORDER BY key DESC LIMIT 1";
    db.query_row(columns, [], |row| {
        Ok(Pattern {
            tenant: row.get(0)?,
            client: row.get(1)?,
            family: row.get(2)?,
            scope: row.get(3)?,
            audience: row.get(4)?,
        })
    })
    .expect("a token")
}

/// Sets in order, the oldest first. Syncs once, at the end.
pub fn fill(path: &Path, sets: &[&Tokens]) {
    let start = Instant::now();
    let mut db = Connection::open(path).expect("the file");
    db.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; \
         PRAGMA wal_autocheckpoint = 100000;",
    )
    .expect("settings");
    for tokens in sets {
        insert(&mut db, tokens);
    }
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("a checkpoint");
    let count: u64 = sets.iter().map(|tokens| tokens.count).sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rate = count as f64 / start.elapsed().as_secs_f64();
    eprintln!("filled {count} tokens, {rate:.0} rows/s");
}

/// One thread makes the rows, this one writes them.
fn insert(db: &mut Connection, tokens: &Tokens) {
    let (sender, receiver) = mpsc::sync_channel::<Vec<Row>>(16);
    thread::scope(|scope| {
        scope.spawn(move || {
            for first in (0..tokens.count).step_by(ROWS_PER_BATCH as usize) {
                let last = tokens.count.min(first + ROWS_PER_BATCH);
                let rows = (first..last).map(|number| tokens.row(number)).collect();
                if sender.send(rows).is_err() {
                    return;
                }
            }
        });
        let mut transaction = db.transaction().expect("a transaction");
        let mut written = 0;
        for rows in receiver {
            written += rows.len();
            write(&transaction, &tokens.pattern, &rows);
            if written >= ROWS_PER_COMMIT {
                transaction.commit().expect("committed");
                transaction = db.transaction().expect("a transaction");
                written = 0;
            }
        }
        transaction.commit().expect("committed");
    });
}

fn write(db: &Connection, pattern: &Pattern, rows: &[Row]) {
    let mut insert = db
        .prepare_cached(
            "INSERT INTO token (key, tenant, kind, hash, client, family, scope, audience, \
             issued_at, expires_at) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .expect("a statement");
    let Pattern { tenant, client, family, scope, audience } = pattern;
    for row in rows {
        let (issued, expires) = (row.issued_at, row.expires_at);
        insert
            .execute(params![
                row.key, tenant, row.hash, client, family, scope, audience, issued, expires
            ])
            .expect("a row");
    }
}

/// Bytes of the token table and its index for each of its rows; the file holds little else.
pub fn bytes_per_token(path: &Path, count: u64) -> f64 {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
    let each = bytes as f64 / count as f64;
    each
}

pub fn expired_before_now(path: &Path) -> u64 {
    let db = Connection::open(path).expect("the file");
    let now = crate::signing::milliseconds_now();
    let count = "SELECT count(*) FROM token WHERE expires_at < ?1";
    let count: i64 = db.query_row(count, params![now], |row| row.get(0)).expect("a count");
    count.unsigned_abs()
}
