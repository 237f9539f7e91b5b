//! The shared store: any number of stateless nodes on one PostgreSQL.

mod cache;
mod change;
mod commit;
pub(crate) mod connect;
mod glance;
mod lines;
mod load;
mod recall;
mod rows;
pub(crate) mod schema;
mod search;
mod sql;
mod sweep;

use std::{error::Error as _, sync::Arc, time::Duration};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::{Error, NoTls, Row, types::FromSql};
use vidimus_core::{
    audit::chain::Link,
    engine::{Store, Swept},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    limits::PAGE_SIZE_MAX,
    model,
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
};

use self::{
    cache::Cache,
    connect::{CONNECT_TIMEOUT, SETTINGS, Target},
    lines::{Line, Lines},
    recall::Guess,
};
use crate::{
    codec::check_tenants,
    stored::{OpenError, Rows},
};

/// Connections that transactions take turns on.
const POOL: usize = 16;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

pub struct Postgres {
    lines: Lines,
    pool: Pool,
    cache: Cache,
}

impl Postgres {
    /// # Errors
    /// The URL is not understood, no host answers, or the database is too new.
    pub async fn open(url: &str, cache_bytes: u64) -> Result<Self, OpenError> {
        let target = Target::parse(url)?;
        schema::migrate(&target).await?;
        let pool = pool(&target).map_err(OpenError::Unavailable)?;
        Ok(Self { lines: Lines::new(Arc::new(target)), pool, cache: Cache::new(cache_bytes) })
    }

    async fn connection(&self) -> Result<Object, Fault> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => {
                Fault::Busy("the PostgreSQL pool")
            }
            deadpool_postgres::PoolError::Backend(error) => fault(error),
            other => Fault::Unavailable(other.to_string()),
        })
    }

    /// # Errors
    /// PostgreSQL cannot be reached, or did not finish counting in time.
    pub async fn count(&self) -> Result<Rows, Fault> {
        sweep::count(&self.connection().await?).await
    }
}

fn pool(target: &Target) -> Result<Pool, String> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match target.tls.clone() {
        None => Manager::from_config(target.config.clone(), NoTls, config),
        Some(tls) => Manager::from_config(target.config.clone(), tls, config),
    };
    let hosts = u32::try_from(target.config.get_hosts().len()).unwrap_or(1).max(1);
    Pool::builder(manager)
        .max_size(POOL)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(ACQUIRE_TIMEOUT))
        .create_timeout(Some(CONNECT_TIMEOUT * hosts))
        .recycle_timeout(Some(ACQUIRE_TIMEOUT))
        .post_create(Hook::async_fn(|connection, _| {
            Box::pin(
                async move { connection.batch_execute(SETTINGS).await.map_err(HookError::Backend) },
            )
        }))
        .build()
        .map_err(|error| error.to_string())
}

impl Store for Postgres {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        if let Some(guess) = Guess::new(&self.cache, tenant, needs) {
            let seen = self.lines.glance(guess.tenant.key, needs.token).await?;
            if let Some(facts) = guess.confirm(&seen, &self.cache, needs)? {
                return Ok(facts);
            }
        }
        // Apart, because it is large and seldom: the future of every look would be as large.
        let look = async |line: Arc<Line>| load::load(&line, &self.cache, tenant, needs).await;
        Box::pin(self.lines.read(look)).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        check_tenants(&writes)?;
        commit::commit(self.connection().await?, writes).await
    }

    async fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Arc<model::Object>>, Fault> {
        let limit = i64::from(limit.min(PAGE_SIZE_MAX));
        self.lines.read(async |line| load::page(&line, tenant, space, after, limit).await).await
    }

    async fn search(&self, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
        self.lines.read(async |line| search::search(&line, tenant, search).await).await
    }

    async fn links(&self, after: i64, limit: u32) -> Result<Vec<Link>, Fault> {
        let limit = i64::from(limit.min(PAGE_SIZE_MAX));
        self.lines.read(async |line| search::links(&line, after, limit).await).await
    }

    async fn used(&self, tenant: RowKey, keys: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        self.lines.read(async |line| search::used(&line, tenant, keys).await).await
    }

    async fn due(&self, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        self.lines.read(async |line| load::due(&line, now, limit).await).await
    }

    async fn sweep(&self, now: Time, limit: u32) -> Result<Swept, Fault> {
        sweep::sweep(&mut self.connection().await?, now, limit).await
    }
}

fn column<'row, T: FromSql<'row>>(row: &'row Row, at: usize) -> Result<T, Fault> {
    row.try_get(at).map_err(|error| Fault::Corrupt(error.to_string()))
}

/// The driver's own text says only "db error"; what happened is in its source.
pub(crate) fn fault(error: Error) -> Fault {
    let text = match (error.as_db_error(), error.source()) {
        (Some(db), _) => format!("{} ({})", db.message(), db.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    };
    // Class 22: a value that no column takes.
    match error.code() {
        Some(code) if code.code().starts_with("22") => Fault::Corrupt(text),
        _ => Fault::Unavailable(text),
    }
}
