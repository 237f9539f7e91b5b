//! Deleting what has ended, over all tenants at once.

use rusqlite::{Connection, Params, types::FromSql};
use vidimus_core::{
    engine::Swept, error::Fault, facts::Space, limits::USED_TTL_SECONDS, row_key::RowKey,
    time::Time,
};

use crate::{
    sqlite::{cache::Place, chain, change, fault, stripes::Touched},
    stored::Rows,
};

const SWEEP_TOKENS: &str = "DELETE FROM token WHERE key IN \
     (SELECT key FROM token WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2) \
     RETURNING tenant, key";

const SWEEP_FAMILIES: &str = "DELETE FROM family WHERE key IN \
     (SELECT key FROM family WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2) \
     RETURNING tenant, key";

const SWEEP_ONCE: &str = "DELETE FROM once WHERE (tenant, space, digest) IN \
     (SELECT tenant, space, digest FROM once WHERE expires_at < ?1 \
      ORDER BY expires_at, tenant, space, digest LIMIT ?2)";

const SWEEP_LOCATORS: &str = "DELETE FROM locator WHERE (digest, tenant) IN \
     (SELECT digest, tenant FROM locator WHERE expires_at < ?1 \
      ORDER BY expires_at, digest, tenant LIMIT ?2)";

const SWEEP_TICKETS: &str = "DELETE FROM ticket WHERE key IN \
     (SELECT key FROM ticket WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2)";

const SWEEP_USED: &str = "DELETE FROM used WHERE (tenant, object) IN \
     (SELECT tenant, object FROM used WHERE at < ?1 ORDER BY at, tenant, object LIMIT ?2)";

const SWEEP_FIND_OBJECTS: &str = "SELECT tenant, key FROM object \
     WHERE expires_at < ?1 ORDER BY expires_at, key LIMIT ?2";

const SWEEP_OBJECT: &str = "DELETE FROM object WHERE tenant = ?1 AND key = ?2";

/// Before its names go.
const SWEEP_ITS_ROOT_CLIENT: &str = "DELETE FROM root_client WHERE tenant = ?1 AND client_id IN \
     (SELECT name FROM name WHERE tenant = ?1 AND object = ?2 AND space = ?3)";

const SWEEP_OLDEST: &str = "SELECT min(oldest) FROM (\
     SELECT min(expires_at) AS oldest FROM token UNION ALL \
     SELECT min(expires_at) FROM family UNION ALL \
     SELECT min(expires_at) FROM once UNION ALL \
     SELECT min(expires_at) FROM locator UNION ALL \
     SELECT min(expires_at) FROM ticket UNION ALL \
     SELECT min(expires_at) FROM object WHERE expires_at IS NOT NULL)";

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

const SWEEP_FIND_ROOT_CLIENTS: &str = "WITH RECURSIVE owner(tenant) AS (\
     SELECT min(tenant) FROM root_client \
     UNION ALL \
     SELECT (SELECT min(r.tenant) FROM root_client r WHERE r.tenant > owner.tenant) \
     FROM owner WHERE owner.tenant IS NOT NULL) \
     SELECT r.tenant, r.client_id FROM owner CROSS JOIN root_client r ON r.tenant = owner.tenant \
     WHERE NOT EXISTS (SELECT 1 FROM object t WHERE t.key = owner.tenant AND t.tenant = 0) \
     ORDER BY r.tenant, r.client_id LIMIT ?1";

const SWEEP_ROOT_CLIENT: &str = "DELETE FROM root_client WHERE tenant = ?1 AND client_id = ?2 \
     AND NOT EXISTS (SELECT 1 FROM object t WHERE t.key = ?1 AND t.tenant = 0)";

const SWEEP_COUNT: &str = "SELECT (SELECT count(*) FROM token), (SELECT count(*) FROM family), \
     (SELECT count(*) FROM once), (SELECT count(*) FROM object), \
     (SELECT count(*) FROM locator), (SELECT count(*) FROM ticket), \
     (SELECT count(*) FROM root_client)";

/// What is left of tenants that are gone, by tenant.
pub struct Lost {
    objects: Vec<(i64, i64)>,
    root_clients: Vec<(i64, String)>,
}

pub fn find_lost(connection: &Connection, limit: u32) -> Result<Lost, Fault> {
    let objects = pairs(connection, SWEEP_FIND_ORPHANS, (limit,)).map_err(fault)?;
    let root_clients = pairs(connection, SWEEP_FIND_ROOT_CLIENTS, (limit,)).map_err(fault)?;
    Ok(Lost { objects, root_clients })
}

fn pairs<A: FromSql, B: FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<(A, B)>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Within the writer's transaction.
pub fn sweep(
    connection: &Connection,
    now: Time,
    limit: u32,
    lost: &Lost,
    touched: &mut Touched<'_>,
) -> rusqlite::Result<Swept> {
    let delete = |sql| -> rusqlite::Result<u64> {
        Ok(connection.prepare_cached(sql)?.execute((now.0, limit))? as u64)
    };
    let tokens = pairs::<i64, i64>(connection, SWEEP_TOKENS, (now.0, limit))?;
    for &(tenant, key) in &tokens {
        touched.touch(&Place::Token(RowKey(tenant), RowKey(key)));
    }
    let families = pairs::<i64, i64>(connection, SWEEP_FAMILIES, (now.0, limit))?;
    for &(tenant, key) in &families {
        touched.touch(&Place::Family(RowKey(tenant), RowKey(key)));
    }
    let mut swept = Swept {
        tokens: tokens.len() as u64,
        families: families.len() as u64,
        once: delete(SWEEP_ONCE)?,
        locators: delete(SWEEP_LOCATORS)?,
        tickets: delete(SWEEP_TICKETS)?,
        objects: 0,
        orphans: sweep_lost(connection, lost, touched)?,
        oldest_expiry: None,
    };
    let forgotten = now.plus_seconds(-USED_TTL_SECONDS);
    connection.prepare_cached(chain::SWEEP)?.execute((now.0, limit))?;
    connection.prepare_cached(SWEEP_USED)?.execute((forgotten.0, limit))?;
    for (tenant, key) in pairs::<i64, i64>(connection, SWEEP_FIND_OBJECTS, (now.0, limit))? {
        let caller = Space::Caller as i16;
        connection.prepare_cached(SWEEP_ITS_ROOT_CLIENT)?.execute((tenant, key, caller))?;
        change::delete_names(connection, RowKey(tenant), RowKey(key), touched)?;
        swept.objects += connection.prepare_cached(SWEEP_OBJECT)?.execute((tenant, key))? as u64;
    }
    // Objects go rarely, and much hangs on them.
    if swept.objects + swept.orphans > 0 {
        touched.touch_all();
    }
    let oldest: Option<i64> =
        connection.prepare_cached(SWEEP_OLDEST)?.query_row((), |row| row.get(0))?;
    swept.oldest_expiry = oldest.map(Time);
    Ok(swept)
}

fn sweep_lost(
    connection: &Connection,
    lost: &Lost,
    touched: &mut Touched<'_>,
) -> rusqlite::Result<u64> {
    let mut orphans = 0;
    for (tenant, key) in &lost.objects {
        if connection.prepare_cached(SWEEP_ORPHAN)?.execute((tenant, key))? == 1 {
            orphans += 1;
            change::delete_names(connection, RowKey(*tenant), RowKey(*key), touched)?;
        }
    }
    for (tenant, client_id) in &lost.root_clients {
        let deleted = connection.prepare_cached(SWEEP_ROOT_CLIENT)?.execute((tenant, client_id))?;
        orphans += deleted as u64;
    }
    Ok(orphans)
}

pub fn count(connection: &Connection) -> Result<Rows, Fault> {
    let counted = connection.query_row(SWEEP_COUNT, (), |row| {
        let count = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
        Ok(Rows {
            tokens: count(0)?,
            families: count(1)?,
            once: count(2)?,
            objects: count(3)?,
            locators: count(4)?,
            tickets: count(5)?,
            root_clients: count(6)?,
        })
    });
    counted.map_err(fault)
}
