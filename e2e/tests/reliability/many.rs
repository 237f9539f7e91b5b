//! Many tokens in a server's file, copied from one that it issued: same shape, ordered keys.

use rusqlite::{Connection, params};
use vidimus_e2e::server::Server;

const DAY_MS: i64 = 86_400_000;

pub fn open(server: &Server) -> Connection {
    let path = server.store_url().strip_prefix("sqlite:").expect("a SQLite file").to_owned();
    let db = Connection::open(path).expect("the file");
    db.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    db
}

/// As if issued before the oldest; live for a day, or expired a day ago. The server is stopped.
pub fn fill(server: &Server, rows: u32, live: bool) {
    let mut db = open(server);
    let transaction = db.transaction().expect("a transaction");
    let bounds = "SELECT MIN(key), MAX(expires_at), MAX(issued_at) FROM token";
    let (first, expires, issued): (i64, i64, i64) = transaction
        .query_row(bounds, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("a token");
    let expires = if live { expires + DAY_MS } else { issued - DAY_MS };
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO token SELECT ?1, tenant, kind, randomblob(32), client, user_key, \
                 family, scope, audience, issued_at, ?2, not_before, revocation, confirmation, kid \
                 FROM token WHERE key = ?3",
            )
            .expect("a statement");
        for row in (1..=i64::from(rows)).rev() {
            insert.execute(params![first - row * 4096, expires, first]).expect("a row");
        }
    }
    transaction.commit().expect("committed");
}

pub fn rows(server: &Server) -> u32 {
    open(server).query_row("SELECT count(*) FROM token", [], |row| row.get(0)).expect("a count")
}

/// Those that the purge has yet to find.
pub fn expired(server: &Server) -> u32 {
    let count = "SELECT count(*) FROM token WHERE expires_at < unixepoch() * 1000";
    open(server).query_row(count, [], |row| row.get(0)).expect("a count")
}
