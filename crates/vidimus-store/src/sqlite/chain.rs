//! The chain of the audit trail: one link more, and the links in their order.

use rusqlite::{Connection, OptionalExtension as _};
use vidimus_core::{
    audit::chain::{self, BEGINNING, Link},
    error::Fault,
    row_key::RowKey,
    time::Time,
};

use crate::{codec, sqlite::fault};

const LAST: &str = "SELECT number, chain FROM link ORDER BY number DESC LIMIT 1";

const INSERT: &str = "INSERT INTO link (number, entry, digest, chain, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5)";

const LINKS: &str = "SELECT number, entry, digest, chain FROM link WHERE number > ?1 \
     ORDER BY number LIMIT ?2";

/// Never the last of all: the next one follows on it.
pub const SWEEP: &str = "DELETE FROM link WHERE number IN \
     (SELECT number FROM link WHERE number < (SELECT max(number) FROM link) \
      ORDER BY number LIMIT ?2) \
     AND number < coalesce((SELECT min(number) FROM link WHERE expires_at >= ?1), \
      (SELECT max(number) FROM link))";

/// Within the writer's transaction, which is the only one that writes.
pub fn link(
    connection: &Connection,
    entry: RowKey,
    digest: [u8; 32],
    expires_at: Time,
) -> Result<(), Fault> {
    let last = || {
        let mut statement = connection.prepare_cached(LAST)?;
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
        statement.query_row((), columns).optional()
    };
    let last: Option<(i64, Vec<u8>)> = last().map_err(fault)?;
    let (number, before) = match &last {
        Some((number, chain)) => (*number, codec::digest(chain, "link.chain")?),
        None => (0, BEGINNING),
    };
    let chain = chain::next(before, digest);
    let insert = || {
        let row = (number + 1, entry.0, digest, chain, expires_at.0);
        connection.prepare_cached(INSERT)?.execute(row)
    };
    insert().map(drop).map_err(fault)
}

pub fn links(connection: &Connection, after: i64, limit: i64) -> Result<Vec<Link>, Fault> {
    let mut statement = connection.prepare_cached(LINKS).map_err(fault)?;
    let mut rows = statement.query((after, limit)).map_err(fault)?;
    let mut links = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let blob = |column| row.get_ref(column).and_then(|blob| Ok(blob.as_blob()?));
        links.push(Link {
            number: row.get(0).map_err(fault)?,
            entry: RowKey(row.get(1).map_err(fault)?),
            digest: codec::digest(blob(2).map_err(fault)?, "link.digest")?,
            chain: codec::digest(blob(3).map_err(fault)?, "link.chain")?,
        });
    }
    Ok(links)
}
