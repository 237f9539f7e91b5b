//! A physical copy of a server's file while it serves: one more reader beside it, of one snapshot.

use std::{
    fs::{self, File},
    path::Path,
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
};

use crate::{
    backup::{BackupError, Job, Origin, Unit, draft::with_suffix, manifest},
    schema::{self, SQLITE},
    stored::OpenError,
};

/// 64 KiB, some 50 µs. Steps of 1 MiB cost introspection on the same core many times its p99, these
/// cost nothing that could be measured.
const STEP_PAGES: i32 = 16;
/// A tenth of the time is ours.
const RESTS: u32 = 9;
/// What is written is synced in such pieces: all at once would hold up the server's own syncs.
const SYNC_BYTES: u64 = 16 << 20;
/// While the snapshot is read the server's log cannot begin anew. Above the first the copy takes no
/// more rests, above the second it gives up.
const LOG_BYTES_HURRY: u64 = 96 << 20;
const LOG_BYTES_MAX: u64 = 256 << 20;

const READER: &str = "PRAGMA mmap_size = 2147418112; PRAGMA query_only = ON; BEGIN";
/// The first read takes the snapshot, which every later one sees.
const IS_VIDIMUS: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'";

pub fn copy(path: &Path, draft: &Path, job: &Job<'_>) -> Result<Origin, BackupError> {
    if !path.exists() {
        return Err(BackupError::NoStore(path.to_owned()));
    }
    let from = open(path)?;
    manifest::check_key(&from, job.vault)?;
    let page_bytes: i64 = from.query_row("PRAGMA page_size", (), |row| row.get(0))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut to = Connection::open_with_flags(draft, flags)?;
    to.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let sync = || {
        let synced = File::open(draft).and_then(|file| file.sync_data());
        synced.map_err(|why| BackupError::File(draft.to_owned(), why))
    };
    pages(&from, &mut to, page_bytes.cast_unsigned(), path, job, sync)?;
    to.close().map_err(|(_, error)| error)?;
    Ok(Origin::Sqlite)
}

/// Never writes, and never waits for the server's lock: it is not asked for.
fn open(path: &Path) -> Result<Connection, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let is_vidimus = connection
        .execute_batch(READER)
        .and_then(|()| connection.query_row(IS_VIDIMUS, (), |row| row.get::<_, i64>(0)));
    match is_vidimus {
        Ok(1) => {}
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::NotADatabase) => {
            return Err(error.into());
        }
        _ => return Err(OpenError::Unavailable(no_store(path)).into()),
    }
    let stored = connection.query_row(schema::VERSION, (), |row| row.get(0))?;
    if schema::pending(SQLITE, stored)?.is_empty() {
        return Ok(connection);
    }
    Err(BackupError::OldStore { stored, known: schema::newest(SQLITE) })
}

fn no_store(path: &Path) -> String {
    format!("{} is no store of Vidimus", path.display())
}

fn pages(
    from: &Connection,
    to: &mut Connection,
    page_bytes: u64,
    path: &Path,
    job: &Job<'_>,
    sync: impl Fn() -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let log = with_suffix(path, "-wal");
    let log_bytes = || fs::metadata(&log).map_or(0, |file| file.len());
    let before = log_bytes();
    let backup = Backup::new(from, to)?;
    let mut copied = 0;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let progress = backup.progress();
        let bytes = |pages: i32| u64::try_from(pages).unwrap_or_default() * page_bytes;
        if copied == 0 {
            job.watch.begin("copying", Unit::Bytes, bytes(progress.pagecount));
        }
        let done = bytes(progress.pagecount - progress.remaining);
        job.watch.step(done.saturating_sub(copied))?;
        if done / SYNC_BYTES > copied / SYNC_BYTES {
            sync()?;
        }
        copied = done;
        let log_bytes = log_bytes();
        match step {
            StepResult::Done => return Ok(()),
            _ if log_bytes > LOG_BYTES_MAX && log_bytes > before => {
                return Err(BackupError::LogTooLong { bytes: log_bytes });
            }
            _ if log_bytes > LOG_BYTES_HURRY && log_bytes > before => {}
            _ => job.watch.rest(RESTS),
        }
    }
}
