//! Deleting what has ended, over all tenants at once. Nodes that sweep together share the work:
//! each passes over the rows that another is deleting.

use deadpool_postgres::Object;
use vidimus_core::{engine::Swept, error::Fault, time::Time};

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

const SWEEP_OLDEST: &str = "SELECT min(oldest) FROM (\
     SELECT min(expires_at) AS oldest FROM token UNION ALL \
     SELECT min(expires_at) FROM family UNION ALL \
     SELECT min(expires_at) FROM once) AS oldest";

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

const SWEEP_COUNT: &str = "SELECT (SELECT count(*) FROM token), (SELECT count(*) FROM family), \
     (SELECT count(*) FROM once), (SELECT count(*) FROM object)";

pub async fn sweep(connection: &Object, now: Time, limit: u32) -> Result<Swept, Fault> {
    let limit = i64::from(limit);
    let delete = async |sql| {
        let statement = connection.prepare_cached(sql).await?;
        connection.execute(&statement, &[&now.0, &limit]).await
    };
    let mut swept = Swept {
        tokens: delete(SWEEP_TOKENS).await.map_err(fault)?,
        families: delete(SWEEP_FAMILIES).await.map_err(fault)?,
        once: delete(SWEEP_ONCE).await.map_err(fault)?,
        ..Swept::default()
    };
    let orphans = connection.prepare_cached(SWEEP_ORPHANS).await.map_err(fault)?;
    swept.orphans = connection.execute(&orphans, &[&limit]).await.map_err(fault)?;
    let oldest = connection.prepare_cached(SWEEP_OLDEST).await.map_err(fault)?;
    let oldest = connection.query_one(&oldest, &[]).await.map_err(fault)?;
    swept.oldest_expiry = column::<Option<i64>>(&oldest, 0)?.map(Time);
    Ok(swept)
}

pub async fn count(connection: &Object) -> Result<Rows, Fault> {
    let row = connection.query_one(SWEEP_COUNT, &[]).await.map_err(fault)?;
    let count = |at| column::<i64>(&row, at).map(i64::cast_unsigned);
    Ok(Rows { tokens: count(0)?, families: count(1)?, once: count(2)?, objects: count(3)? })
}
