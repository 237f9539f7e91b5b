//! The one writing thread. Whatever has queued goes into one transaction, and every answer waits
//! for the fsync that covers it.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::Receiver},
};

use rusqlite::Connection;
use tokio::sync::oneshot;
use vidimus_core::{
    engine::Swept,
    error::Fault,
    outcome::{Committed, Write},
    time::Time,
};

use crate::sqlite::{change, fault, file, reader::Shared, stripes::Touched, sweep};

/// Requests that may wait for the writer; more are refused as busy.
pub const QUEUE_MAX: usize = 4096;
/// Requests in one transaction. Bounds how long the first of them waits for the last.
const GROUP_MAX: usize = 1024;
/// Above this the log is emptied by force; below it SQLite's own checkpoints, which never wait
/// for a reader, do.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
const GROUPS_PER_LOG_CHECK: u32 = 256;

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
    pub connection: Option<Connection>,
    pub groups: u32,
    pub log_bytes_max: u64,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, queue: Receiver<Job>, connection: Connection) -> Self {
        let log_bytes_max = LOG_BYTES_MAX;
        Self { shared, queue, connection: Some(connection), groups: 0, log_bytes_max }
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
            self.bound_log();
        }
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
            None => file::writer(&self.shared.path)?,
        };
        let execute = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute(()));
        execute("BEGIN IMMEDIATE").map_err(fault)?;
        let mut touched = self.shared.cache.touched();
        let result = write(&connection, &mut touched)?;
        touched.committing(|| execute("COMMIT")).map_err(fault)?;
        self.connection = Some(connection);
        Ok(result)
    }

    /// A log that some reader always reads is never started afresh by itself.
    fn bound_log(&mut self) {
        self.groups = self.groups.wrapping_add(1);
        if !self.groups.is_multiple_of(GROUPS_PER_LOG_CHECK) {
            return;
        }
        let log_bytes = std::fs::metadata(log(&self.shared.path)).map_or(0, |file| file.len());
        if log_bytes <= self.log_bytes_max {
            return;
        }
        let busy = self.connection.as_ref().map(|connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0))
        });
        // A reader that stays (a backup) is not waited for at every check.
        self.log_bytes_max =
            if let Some(Ok(0)) = busy { LOG_BYTES_MAX } else { log_bytes + LOG_BYTES_MAX };
    }
}

fn log(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
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
