//! Many live tokens in a server's file, copied from one that it issued: same shape, ordered keys.

use rusqlite::{Connection, params};
use vidimus_e2e::server::Server;

/// Rows older than the newest, as if issued over the last minutes. The server is stopped meanwhile.
pub fn fill(server: &Server, rows: u32) {
    let path = server.store_url().strip_prefix("sqlite:").expect("a SQLite file").to_owned();
    let mut db = Connection::open(path).expect("the file");
    let transaction = db.transaction().expect("a transaction");
    let (first, expires): (i64, i64) = transaction
        .query_row("SELECT MIN(key), MAX(expires_at) FROM token", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("a token");
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO token SELECT ?1, tenant, kind, randomblob(32), client, user_key, \
                 family, scope, audience, issued_at, ?2, not_before, revocation, confirmation, kid \
                 FROM token WHERE key = ?3",
            )
            .expect("a statement");
        for row in (1..=i64::from(rows)).rev() {
            let values = params![first - row * 4096, expires + 86_400_000, first];
            insert.execute(values).expect("a row");
        }
    }
    transaction.commit().expect("committed");
}
