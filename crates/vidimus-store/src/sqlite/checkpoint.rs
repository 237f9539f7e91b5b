//! Emptying the log into the file, on a thread of its own: who waits for a commit does not wait for
//! that.

// A passive checkpoint takes no lock that a reader or the writer waits for, but while commits go on
// it never reaches the log's end, and only a log that is copied to its end is begun anew. So the
// thread copies until little is left, and the writer copies that between two groups.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;
use tracing::warn;
use vidimus_core::error::Fault;

use crate::sqlite::{fault, file};

/// Pages in the log at which it is emptied: 16 MiB. Each page that a group touches is written to the
/// log; a longer log lets many groups share one copy of it to the file.
const PAGES: u32 = 4096;
/// Above this it is emptied by force, which waits for readers: 64 MiB.
const PAGES_MAX: u32 = 16_384;
/// Above this nothing is written until whoever reads lets go of it: 240 MiB.
const PAGES_FULL: u32 = 61_440;
/// What the writer copies by itself.
const PAGES_LEFT: u32 = 256;
/// How often the thread goes after what was added meanwhile.
const PASSES: usize = 4;

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";

pub struct Checkpointer {
    /// Taken when the writer ends.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    log: Arc<Log>,
    pages_max: u32,
}

#[derive(Default)]
struct Log {
    /// After the last commit.
    pages: AtomicU32,
    /// The thread has left little.
    is_near_its_end: AtomicBool,
}

impl Checkpointer {
    pub fn start(path: &Path) -> std::io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let log = Arc::new(Log::default());
        let (path, shared) = (path.to_owned(), Arc::clone(&log));
        let thread = std::thread::Builder::new()
            .name("sqlite-log".to_owned())
            .spawn(move || empty_when_woken(&path, &shared, &woken))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), log, pages_max: PAGES_MAX })
    }

    /// Lets the writer's connection tell how long the log is. Nothing is copied at a commit then.
    pub fn watch(&self, connection: &mut Connection) -> Result<(), Fault> {
        let log = Arc::clone(&self.log);
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            log.pages.store(pages.unsigned_abs(), SeqCst);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(fault)
    }

    /// Before a group.
    ///
    /// # Errors
    /// A reader has held on to the log for so long that nothing more fits.
    pub fn make_room(&self, connection: &Connection) -> Result<(), Fault> {
        if self.log.pages.load(SeqCst) < PAGES_FULL {
            return Ok(());
        }
        if checkpoint(connection, RESTART)?.was_busy {
            return Err(Fault::Busy("the log, which a reader holds"));
        }
        self.log.pages.store(0, SeqCst);
        Ok(())
    }

    /// Between two groups.
    pub fn committed(&mut self, connection: &Connection) {
        let pages = self.log.pages.load(SeqCst);
        if pages < PAGES {
            self.pages_max = PAGES_MAX;
            return;
        }
        if pages > self.pages_max {
            // A reader that stays, such as a backup, is not waited for at every group.
            let emptied = checkpoint(connection, RESTART);
            if !matches!(emptied, Ok(Passed { was_busy: false, .. })) {
                warn!(pages, "the log grows: a reader has held on to it for long");
                self.pages_max = pages.saturating_add(PAGES_MAX);
            }
        } else if self.log.is_near_its_end.swap(false, SeqCst) {
            // What fails is tried again when the thread has been round once more.
            let _ = checkpoint(connection, PASSIVE);
        } else if let Some(wake) = &self.wake {
            // Full: it is awake.
            let _ = wake.try_send(());
        }
    }

    /// The thread has ended when this returns.
    pub fn stop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, it has said so.
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn empty_when_woken(path: &Path, log: &Log, woken: &Receiver<()>) {
    let mut connection = None;
    while woken.recv().is_ok() {
        let result = match connection.take() {
            Some(connection) => Ok(connection),
            None => file::checkpointer(path),
        };
        match result.and_then(|connection| empty(&connection, log).map(|()| connection)) {
            Ok(open) => connection = Some(open),
            Err(fault) => warn!(%fault, "the log could not be emptied"),
        }
    }
}

fn empty(connection: &Connection, log: &Log) -> Result<(), Fault> {
    for _ in 0..PASSES {
        let passed = checkpoint(connection, PASSIVE)?;
        if passed.left <= PAGES_LEFT {
            break;
        }
    }
    log.is_near_its_end.store(true, SeqCst);
    Ok(())
}

struct Passed {
    was_busy: bool,
    /// Pages that are in the log alone.
    left: u32,
}

fn checkpoint(connection: &Connection, sql: &str) -> Result<Passed, Fault> {
    let row = connection.query_row(sql, (), |row| {
        let (busy, pages, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Passed { was_busy: busy != 0, left: u32::try_from(pages - copied).unwrap_or(0) })
    });
    row.map_err(fault)
}
