//! One URL names the store: `memory:`, `sqlite:PATH` or `postgres://…`.

use std::sync::Arc;

use vidimus_core::{
    audit::chain::Link,
    engine::{Store, Swept},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    model::Object,
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
};

use crate::{
    memory::Memory,
    postgres::Postgres,
    schema,
    sqlite::Sqlite,
    stored::{OpenError, Rows},
};

pub enum AnyStore {
    Memory(Memory),
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What a store may keep at hand where nobody said otherwise: 128 MiB.
pub const CACHE_BYTES: u64 = 128 * 1024 * 1024;

/// `cache_bytes`: what it may keep at hand of what it has read.
///
/// # Errors
/// The URL is not understood, the database cannot be reached or locked, or is too new.
pub async fn open(url: &str, cache_bytes: u64) -> Result<AnyStore, OpenError> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "memory" if url == "memory:" => Ok(AnyStore::Memory(Memory::default())),
        "memory" => Err(OpenError::Url("memory: takes nothing after the colon".to_owned())),
        "sqlite" => {
            let path = url.trim_start_matches("sqlite:");
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(OpenError::Url("no path after sqlite:".to_owned()));
            }
            Sqlite::open(path.as_ref(), cache_bytes).map(AnyStore::Sqlite)
        }
        "postgres" | "postgresql" => Postgres::open(url, cache_bytes).await.map(AnyStore::Postgres),
        _ => Err(OpenError::Url("unknown kind of store".to_owned())),
    }
}

impl AnyStore {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Memory(_) => "memory",
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Of the database, now that it is open: the newest that this binary knows.
    pub fn schema_version(&self) -> i64 {
        let steps = match self {
            Self::Memory(_) => return 0,
            Self::Sqlite(_) => schema::SQLITE,
            Self::Postgres(_) => schema::POSTGRES,
        };
        steps.last().map_or(0, |step| step.version)
    }

    /// # Errors
    /// The store cannot be reached, or did not finish counting in time.
    pub async fn count(&self) -> Result<Rows, Fault> {
        match self {
            Self::Memory(store) => Ok(store.count()),
            Self::Sqlite(store) => store.count().await,
            Self::Postgres(store) => store.count().await,
        }
    }
}

/// What waits for a network is boxed, so that it does not make the future of a request larger that
/// never waits: futures are moved whole.
impl Store for AnyStore {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        match self {
            Self::Memory(store) => store.load(tenant, needs).await,
            Self::Sqlite(store) => store.load(tenant, needs).await,
            Self::Postgres(store) => Box::pin(store.load(tenant, needs)).await,
        }
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        match self {
            Self::Memory(store) => store.commit(writes).await,
            Self::Sqlite(store) => store.commit(writes).await,
            Self::Postgres(store) => Box::pin(store.commit(writes)).await,
        }
    }

    async fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Arc<Object>>, Fault> {
        match self {
            Self::Memory(store) => store.page(tenant, space, after, limit).await,
            Self::Sqlite(store) => store.page(tenant, space, after, limit).await,
            Self::Postgres(store) => store.page(tenant, space, after, limit).await,
        }
    }

    async fn search(&self, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
        match self {
            Self::Memory(store) => store.search(tenant, search).await,
            Self::Sqlite(store) => store.search(tenant, search).await,
            Self::Postgres(store) => store.search(tenant, search).await,
        }
    }

    async fn links(&self, after: i64, limit: u32) -> Result<Vec<Link>, Fault> {
        match self {
            Self::Memory(store) => store.links(after, limit).await,
            Self::Sqlite(store) => store.links(after, limit).await,
            Self::Postgres(store) => store.links(after, limit).await,
        }
    }

    async fn used(&self, tenant: RowKey, keys: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        match self {
            Self::Memory(store) => store.used(tenant, keys).await,
            Self::Sqlite(store) => store.used(tenant, keys).await,
            Self::Postgres(store) => store.used(tenant, keys).await,
        }
    }

    async fn due(&self, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        match self {
            Self::Memory(store) => store.due(now, limit).await,
            Self::Sqlite(store) => store.due(now, limit).await,
            Self::Postgres(store) => store.due(now, limit).await,
        }
    }

    async fn sweep(&self, now: Time, limit: u32) -> Result<Swept, Fault> {
        match self {
            Self::Memory(store) => store.sweep(now, limit).await,
            Self::Sqlite(store) => store.sweep(now, limit).await,
            Self::Postgres(store) => store.sweep(now, limit).await,
        }
    }
}
