//! The one writing thread. Whatever has queued goes into one transaction, and every answer waits
//! for the fsync that covers it.

use std::sync::{Arc, mpsc::Receiver};

use rusqlite::Connection;
use tokio::sync::oneshot;
use vidimus_core::{
    engine::Swept,
    error::Fault,
    outcome::{Committed, Write},
    time::Time,
};

use crate::{
    sqlite::{
        change, checkpoint::Checkpointer, fault, file, reader::Shared, stripes::Touched, sweep,
        touch,
    },
    stored::OpenError,
};

/// Requests that may wait for the writer; more are refused as busy.
pub const QUEUE_MAX: usize = 4096;
/// Requests in one transaction. Bounds how long the first of them waits for the last.
const GROUP_MAX: usize = 1024;

pub type Answer<T> = oneshot::Sender<Result<T, Fault>>;

pub struct Commit {
    pub writes: Vec<Write>,
    pub answer: Answer<Committed>,
}

pub struct Sweep {
    pub now: Time,
    pub limit: u32,
    pub lost: sweep::Lost,
    pub answer: Answer<Swept>,
}

pub enum Job {
    Commit(Commit),
    Sweep(Sweep),
}

pub struct Writer {
    pub shared: Arc<Shared>,
    pub queue: Receiver<Job>,
    /// `None` after a failure. What a failed fsync left behind is unknown, so nothing is tried
    /// again on the same connection; the next group opens a new one.
    connection: Option<Connection>,
    log: Checkpointer,
}

impl Writer {
    /// # Errors
    /// The log cannot be watched.
    pub fn new(
        shared: Arc<Shared>,
        queue: Receiver<Job>,
        mut connection: Connection,
    ) -> Result<Self, OpenError> {
        let log = Checkpointer::start(&shared.path)
            .map_err(|error| OpenError::Unavailable(error.to_string()))?;
        log.watch(&mut connection)?;
        Ok(Self { shared, queue, connection: Some(connection), log })
    }

    /// Until the store's handle goes.
    pub fn run(mut self) {
        let mut group = Vec::new();
        while let Ok(job) = self.queue.recv() {
            let mut next = Some(job);
            while let Some(Job::Commit(commit)) = next {
                group.push(commit);
                next = if group.len() < GROUP_MAX { self.queue.try_recv().ok() } else { None };
            }
            if !group.is_empty() {
                self.commit(&mut group);
            }
            if let Some(Job::Sweep(sweep)) = next {
                self.sweep(sweep);
            }
            if let Some(connection) = &self.connection {
                self.log.committed(connection);
            }
        }
        self.log.stop();
        if let Some(connection) = self.connection {
            // Leaves one file behind instead of three. If it fails, the next start does it.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
        }
    }

    fn commit(&mut self, group: &mut Vec<Commit>) {
        let result = self.transaction(|connection, touched| {
            group.iter().map(|commit| request(connection, &commit.writes, touched)).collect()
        });
        let result: Result<Vec<Committed>, Fault> = result;
        match result {
            Ok(results) => {
                for (commit, result) in group.drain(..).zip(results) {
                    // Who no longer waits has dropped the other end.
                    let _ = commit.answer.send(Ok(result));
                }
            }
            Err(fault) => {
                for commit in group.drain(..) {
                    let _ = commit.answer.send(Err(fault.clone()));
                }
            }
        }
    }

    fn sweep(&mut self, job: Sweep) {
        let result = self.transaction(|connection, touched| {
            sweep::sweep(connection, job.now, job.limit, &job.lost, touched).map_err(fault)
        });
        let _ = job.answer.send(result);
    }

    /// Runs `write` in a transaction of its own; it marks what it changes.
    fn transaction<T>(
        &mut self,
        write: impl FnOnce(&Connection, &mut Touched<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = file::writer(&self.shared.path)?;
                self.log.watch(&mut connection)?;
                connection
            }
        };
        if let Err(full) = self.log.make_room(&connection) {
            self.connection = Some(connection);
            return Err(full);
        }
        let execute = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute(()));
        execute("BEGIN IMMEDIATE").map_err(fault)?;
        let mut touched = self.shared.cache.touched();
        let result = write(&connection, &mut touched)?;
        touched.committing(|| execute("COMMIT")).map_err(fault)?;
        self.connection = Some(connection);
        Ok(result)
    }
}

/// All the writes of one request or none. A lone conditional write has nothing to take back.
fn request(
    connection: &Connection,
    writes: &[Write],
    touched: &mut Touched<'_>,
) -> Result<Committed, Fault> {
    let execute = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute(()));
    let compound = change::is_compound(writes);
    if compound {
        execute("SAVEPOINT request").map_err(fault)?;
    }
    let mut committed = Committed::Done;
    for write in writes {
        touch::touch(write, touched);
        if !change::apply(connection, write, touched)? {
            committed = Committed::Conflict;
            break;
        }
    }
    if compound {
        if committed == Committed::Conflict {
            execute("ROLLBACK TO request").map_err(fault)?;
        }
        execute("RELEASE request").map_err(fault)?;
    }
    Ok(committed)
}
