//! Deleting what has ended, over all tenants at once.

use rusqlite::Connection;
use vidimus_core::{engine::Swept, error::Fault, row_key::RowKey, time::Time};

use crate::{
    sqlite::{fault, sql},
    stored::Rows,
};

const SWEEP_TOKENS: &str = "DELETE FROM token WHERE key IN \
     (SELECT key FROM token WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2)";

const SWEEP_FAMILIES: &str = "DELETE FROM family WHERE key IN \
     (SELECT key FROM family WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2)";

const SWEEP_ONCE: &str = "DELETE FROM once WHERE (tenant, space, digest) IN \
     (SELECT tenant, space, digest FROM once WHERE expires_at < ?1 \
      ORDER BY expires_at, tenant, space, digest LIMIT ?2)";

const SWEEP_OLDEST: &str = "SELECT min(oldest) FROM (\
     SELECT min(expires_at) AS oldest FROM token UNION ALL \
     SELECT min(expires_at) FROM family UNION ALL \
     SELECT min(expires_at) FROM once)";

/// One index seek per tenant finds those without a row of their own, however many objects there
/// are under the others.
const SWEEP_FIND_ORPHANS: &str = "WITH RECURSIVE owner(tenant) AS (\
     SELECT min(tenant) FROM object WHERE tenant > 0 \
     UNION ALL \
     SELECT (SELECT min(o.tenant) FROM object o WHERE o.tenant > owner.tenant) \
     FROM owner WHERE owner.tenant IS NOT NULL) \
     SELECT o.tenant, o.key FROM owner CROSS JOIN object o ON o.tenant = owner.tenant \
     WHERE NOT EXISTS (SELECT 1 FROM object t WHERE t.key = owner.tenant AND t.tenant = 0) \
     ORDER BY o.tenant, o.key LIMIT ?1";

/// The tenant is looked for once more: it may have been made since the orphans were found.
const SWEEP_ORPHAN: &str = "DELETE FROM object WHERE tenant = ?1 AND key = ?2 \
     AND NOT EXISTS (SELECT 1 FROM object t WHERE t.key = ?1 AND t.tenant = 0)";

const SWEEP_COUNT: &str = "SELECT (SELECT count(*) FROM token), (SELECT count(*) FROM family), \
     (SELECT count(*) FROM once), (SELECT count(*) FROM object)";

#[derive(Clone, Copy)]
pub struct Orphan {
    tenant: RowKey,
    key: RowKey,
}

pub fn find_orphans(connection: &Connection, limit: u32) -> Result<Vec<Orphan>, Fault> {
    let mut statement = connection.prepare_cached(SWEEP_FIND_ORPHANS).map_err(fault)?;
    let orphans = statement
        .query_map((limit,), |row| {
            Ok(Orphan { tenant: RowKey(row.get(0)?), key: RowKey(row.get(1)?) })
        })
        .map_err(fault)?;
    orphans.collect::<Result<_, _>>().map_err(fault)
}

/// Within the writer's transaction.
pub fn sweep(
    connection: &Connection,
    now: Time,
    limit: u32,
    orphans: &[Orphan],
) -> rusqlite::Result<Swept> {
    let delete = |sql| connection.prepare_cached(sql)?.execute((now.0, limit));
    let mut swept = Swept {
        tokens: delete(SWEEP_TOKENS)? as u64,
        families: delete(SWEEP_FAMILIES)? as u64,
        once: delete(SWEEP_ONCE)? as u64,
        ..Swept::default()
    };
    for Orphan { tenant, key } in orphans {
        let deleted = connection.prepare_cached(SWEEP_ORPHAN)?.execute((tenant.0, key.0))?;
        if deleted == 1 {
            swept.orphans += 1;
            connection.prepare_cached(sql::DELETE_NAMES)?.execute((tenant.0, key.0))?;
        }
    }
    let oldest: Option<i64> =
        connection.prepare_cached(SWEEP_OLDEST)?.query_row((), |row| row.get(0))?;
    swept.oldest_expiry = oldest.map(Time);
    Ok(swept)
}

pub fn count(connection: &Connection) -> Result<Rows, Fault> {
    let counted = connection
        .query_row(SWEEP_COUNT, (), |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]));
    let [tokens, families, once, objects] = counted.map_err(fault)?.map(i64::cast_unsigned);
    Ok(Rows { tokens, families, once, objects })
}
