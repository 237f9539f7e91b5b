//! Deleting what has ended, over all tenants at once. Nodes that sweep together share the work:
//! each passes over the rows that another is deleting.

use deadpool_postgres::Object;
use tokio_postgres::{Error, types::ToSql};
use vidimus_core::{
    engine::Swept, error::Fault, facts::Space, limits::USED_TTL_SECONDS, time::Time,
};

use crate::{
    postgres::{column, fault},
    stored::Rows,
};

const SWEEP_TOKENS: &str = "DELETE FROM token WHERE key IN \
     (SELECT key FROM token WHERE expires_at < $1 ORDER BY expires_at, key LIMIT $2 \
      FOR UPDATE SKIP LOCKED)";

const SWEEP_FAMILIES: &str = "DELETE FROM family WHERE key IN \
     (SELECT key FROM family WHERE expires_at < $1 ORDER BY expires_at, key LIMIT $2 \
      FOR UPDATE SKIP LOCKED)";

const SWEEP_ONCE: &str = "DELETE FROM once WHERE (tenant, space, digest) IN \
     (SELECT tenant, space, digest FROM once WHERE expires_at < $1 \
      ORDER BY expires_at, tenant, space, digest LIMIT $2 FOR UPDATE SKIP LOCKED)";

const SWEEP_LOCATORS: &str = "DELETE FROM locator WHERE (digest, tenant) IN \
     (SELECT digest, tenant FROM locator WHERE expires_at < $1 \
      ORDER BY expires_at, digest, tenant LIMIT $2 FOR UPDATE SKIP LOCKED)";

const SWEEP_TICKETS: &str = "DELETE FROM ticket WHERE key IN \
     (SELECT key FROM ticket WHERE expires_at < $1 ORDER BY expires_at, key LIMIT $2 \
      FOR UPDATE SKIP LOCKED)";

/// Never the last of all.
const SWEEP_LINKS: &str = "DELETE FROM link WHERE number IN \
     (SELECT number FROM link WHERE number < (SELECT max(number) FROM link) \
      ORDER BY number LIMIT $2) \
     AND number < coalesce((SELECT min(number) FROM link WHERE expires_at >= $1), \
      (SELECT max(number) FROM link))";

const SWEEP_USED: &str = "DELETE FROM used WHERE (tenant, object) IN \
     (SELECT tenant, object FROM used WHERE at < $1 ORDER BY at, tenant, object LIMIT $2 \
      FOR UPDATE SKIP LOCKED)";

/// Locked first, and only then looked at for what is theirs: a replace that was under way has
/// either ended, and its names are seen, or finds the object gone.
const SWEEP_LOCK_OBJECTS: &str = "SELECT tenant, key FROM object WHERE expires_at < $1 \
     ORDER BY expires_at, key LIMIT $2 FOR UPDATE SKIP LOCKED";

const SWEEP_THEIR_ROOT_CLIENTS: &str = "DELETE FROM root_client \
     USING unnest($1::int8[], $2::int8[]) AS ended (tenant, key), name n \
     WHERE n.tenant = ended.tenant AND n.object = ended.key AND n.space = $3 \
     AND root_client.tenant = n.tenant AND root_client.client_id = n.name";

const SWEEP_THEIR_NAMES: &str = "DELETE FROM name \
     USING unnest($1::int8[], $2::int8[]) AS ended (tenant, key) \
     WHERE name.tenant = ended.tenant AND name.object = ended.key";

const SWEEP_OBJECTS: &str = "DELETE FROM object \
     USING unnest($1::int8[], $2::int8[]) AS ended (tenant, key) \
     WHERE object.tenant = ended.tenant AND object.key = ended.key";

const SWEEP_OLDEST: &str = "SELECT min(oldest) FROM (\
     SELECT min(expires_at) AS oldest FROM token UNION ALL \
     SELECT min(expires_at) FROM family UNION ALL \
     SELECT min(expires_at) FROM once UNION ALL \
     SELECT min(expires_at) FROM locator UNION ALL \
     SELECT min(expires_at) FROM ticket UNION ALL \
     SELECT min(expires_at) FROM object WHERE expires_at IS NOT NULL) AS oldest";

/// One index seek per tenant finds those without a row of their own, however many objects there
/// are under the others.
const SWEEP_ORPHANS: &str = "WITH RECURSIVE owner(tenant) AS (\
     SELECT min(tenant) FROM object WHERE tenant > 0 \
     UNION ALL \
     SELECT (SELECT min(o.tenant) FROM object o WHERE o.tenant > owner.tenant) \
     FROM owner WHERE owner.tenant IS NOT NULL), \
     orphan AS (SELECT o.tenant, o.key FROM owner JOIN object o ON o.tenant = owner.tenant \
     WHERE NOT EXISTS (SELECT 1 FROM object t WHERE t.key = owner.tenant AND t.tenant = 0) \
     ORDER BY o.tenant, o.key LIMIT $1), \
     names AS (DELETE FROM name USING orphan \
     WHERE name.tenant = orphan.tenant AND name.object = orphan.key) \
     DELETE FROM object USING orphan WHERE object.key = orphan.key";

const SWEEP_ROOT_CLIENTS: &str = "WITH RECURSIVE owner(tenant) AS (\
     SELECT min(tenant) FROM root_client \
     UNION ALL \
     SELECT (SELECT min(r.tenant) FROM root_client r WHERE r.tenant > owner.tenant) \
     FROM owner WHERE owner.tenant IS NOT NULL), \
     lost AS (SELECT r.tenant, r.client_id FROM owner JOIN root_client r ON r.tenant = owner.tenant \
     WHERE NOT EXISTS (SELECT 1 FROM object t WHERE t.key = owner.tenant AND t.tenant = 0) \
     ORDER BY r.tenant, r.client_id LIMIT $1) \
     DELETE FROM root_client USING lost \
     WHERE root_client.tenant = lost.tenant AND root_client.client_id = lost.client_id";

const SWEEP_COUNT: &str = "SELECT (SELECT count(*) FROM token), (SELECT count(*) FROM family), \
     (SELECT count(*) FROM once), (SELECT count(*) FROM object), \
     (SELECT count(*) FROM locator), (SELECT count(*) FROM ticket), \
     (SELECT count(*) FROM root_client)";

pub async fn sweep(connection: &mut Object, now: Time, limit: u32) -> Result<Swept, Fault> {
    let limit = i64::from(limit);
    let delete = async |sql, params: &[&(dyn ToSql + Sync)]| {
        let statement = connection.prepare_cached(sql).await?;
        connection.execute(&statement, params).await
    };
    let (ended, lost): ([&(dyn ToSql + Sync); 2], [&(dyn ToSql + Sync); 1]) =
        ([&now.0, &limit], [&limit]);
    let mut swept = Swept {
        tokens: delete(SWEEP_TOKENS, &ended).await.map_err(fault)?,
        families: delete(SWEEP_FAMILIES, &ended).await.map_err(fault)?,
        once: delete(SWEEP_ONCE, &ended).await.map_err(fault)?,
        locators: delete(SWEEP_LOCATORS, &ended).await.map_err(fault)?,
        tickets: delete(SWEEP_TICKETS, &ended).await.map_err(fault)?,
        orphans: delete(SWEEP_ROOT_CLIENTS, &lost).await.map_err(fault)?
            + delete(SWEEP_ORPHANS, &lost).await.map_err(fault)?,
        ..Swept::default()
    };
    delete(SWEEP_LINKS, &ended).await.map_err(fault)?;
    let forgotten = now.plus_seconds(-USED_TTL_SECONDS).0;
    delete(SWEEP_USED, &[&forgotten, &limit]).await.map_err(fault)?;
    swept.objects = objects(connection, now, limit).await.map_err(fault)?;
    let oldest = connection.prepare_cached(SWEEP_OLDEST).await.map_err(fault)?;
    let oldest = connection.query_one(&oldest, &[]).await.map_err(fault)?;
    swept.oldest_expiry = column::<Option<i64>>(&oldest, 0)?.map(Time);
    Ok(swept)
}

async fn objects(connection: &mut Object, now: Time, limit: i64) -> Result<u64, Error> {
    let transaction = connection.transaction().await?;
    let lock = transaction.prepare_cached(SWEEP_LOCK_OBJECTS).await?;
    let rows = transaction.query(&lock, &[&now.0, &limit]).await?;
    let mut ended: (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
    for row in rows {
        ended.extend([(row.try_get::<_, i64>(0)?, row.try_get::<_, i64>(1)?)]);
    }
    let (tenants, keys) = ended;
    if keys.is_empty() {
        return Ok(0);
    }
    let caller = Space::Caller as i16;
    transaction.execute(SWEEP_THEIR_ROOT_CLIENTS, &[&tenants, &keys, &caller]).await?;
    transaction.execute(SWEEP_THEIR_NAMES, &[&tenants, &keys]).await?;
    let deleted = transaction.execute(SWEEP_OBJECTS, &[&tenants, &keys]).await?;
    transaction.commit().await?;
    Ok(deleted)
}

pub async fn count(connection: &Object) -> Result<Rows, Fault> {
    let row = connection.query_one(SWEEP_COUNT, &[]).await.map_err(fault)?;
    let count = |at| column::<i64>(&row, at).map(i64::cast_unsigned);
    Ok(Rows {
        tokens: count(0)?,
        families: count(1)?,
        once: count(2)?,
        objects: count(3)?,
        locators: count(4)?,
        tickets: count(5)?,
        root_clients: count(6)?,
    })
}
