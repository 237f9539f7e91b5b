//! The embedded store: one file, readers on every thread, one writer with group commit.

mod cache;
mod chain;
mod change;
mod checkpoint;
pub(crate) mod file;
mod load;
mod reader;
mod rows;
mod search;
mod sql;
mod stripes;
mod sweep;
mod touch;
mod writer;

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::ErrorCode;
use tokio::sync::oneshot;
use vidimus_core::{
    audit::chain::Link,
    engine::{Store, Swept},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    limits::PAGE_SIZE_MAX,
    model::Object,
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
};

use self::{
    cache::Cache,
    reader::Shared,
    writer::{Answer, Commit, Job, QUEUE_MAX, Sweep, Writer},
};
use crate::{
    codec::check_tenants,
    quiet,
    stored::{OpenError, Rows},
};

pub struct Sqlite {
    shared: Arc<Shared>,
    /// Taken when the store goes, which ends the writer.
    queue: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    _lock: File,
}

impl Sqlite {
    /// # Errors
    /// The file cannot be made or opened, another server holds it, or it is too new.
    pub fn open(path: &Path, cache_bytes: u64) -> Result<Self, OpenError> {
        let unavailable =
            |why: String| OpenError::Unavailable(format!("{}: {why}", path.display()));
        let lock = file::lock(path)?;
        file::private(path)?;
        let mut connection = file::writer(path).map_err(|fault| unavailable(fault.to_string()))?;
        file::migrate(&mut connection)?;
        let shared = Arc::new(Shared { path: path.to_owned(), cache: Cache::new(cache_bytes) });
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let writer = Writer::new(Arc::clone(&shared), jobs, connection)?;
        let writer = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(|| writer.run())
            .map_err(|error| unavailable(error.to_string()))?;
        Ok(Self { shared, queue: Some(queue), writer: Some(writer), _lock: lock })
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, Fault> {
        let gone = || Fault::Unavailable("the writer has ended".to_owned());
        let (answer, answered) = oneshot::channel();
        match self.queue.as_ref().ok_or_else(gone)?.try_send(job(answer)) {
            Ok(()) => answered.await.map_err(|_| gone())?,
            Err(TrySendError::Full(_)) => Err(Fault::Busy("the write queue")),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }

    /// # Errors
    /// The file cannot be read.
    pub async fn count(&self) -> Result<Rows, Fault> {
        let path = self.shared.path.clone();
        let (answer, counted) = oneshot::channel();
        // On a thread that yields to all others: it reads whole indexes.
        let thread = std::thread::Builder::new().name("sqlite-count".to_owned()).spawn(move || {
            quiet::yield_to_all();
            let _ = answer.send(file::reader(&path).and_then(|open| sweep::count(&open)));
        });
        thread.map_err(|error| Fault::Unavailable(error.to_string()))?;
        counted.await.map_err(|_| Fault::Unavailable("counting was given up".to_owned()))?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // The lock may go only after the writer's last word. It does not panic; if it did,
            // it has said so.
            let _ = writer.join();
        }
    }
}

impl Store for Sqlite {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        reader::with(&self.shared, |c| load::load(c, &self.shared.cache, tenant, needs))
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        check_tenants(&writes)?;
        self.ask(|answer| Job::Commit(Commit { writes, answer })).await
    }

    async fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Arc<Object>>, Fault> {
        let limit = i64::from(limit.min(PAGE_SIZE_MAX));
        reader::with(&self.shared, |c| load::page(c, tenant, space, after, limit))
    }

    async fn search(&self, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
        reader::with(&self.shared, |c| search::search(c, tenant, search))
    }

    async fn links(&self, after: i64, limit: u32) -> Result<Vec<Link>, Fault> {
        let limit = i64::from(limit.min(PAGE_SIZE_MAX));
        reader::with(&self.shared, |c| chain::links(c, after, limit))
    }

    async fn used(&self, tenant: RowKey, keys: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        reader::with(&self.shared, |c| search::used(c, tenant, keys))
    }

    async fn due(&self, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        reader::with(&self.shared, |c| load::due(c, now, limit))
    }

    async fn sweep(&self, now: Time, limit: u32) -> Result<Swept, Fault> {
        let lost = reader::with(&self.shared, |c| sweep::find_lost(c, limit))?;
        self.ask(|answer| Job::Sweep(Sweep { now, limit, lost, answer })).await
    }
}

pub(crate) fn fault(error: rusqlite::Error) -> Fault {
    let corrupt = match &error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    };
    if corrupt { Fault::Corrupt(error.to_string()) } else { Fault::Unavailable(error.to_string()) }
}
