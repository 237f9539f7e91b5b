//! A backup becomes a SQLite store: a checked copy beside it, brought up to date, then renamed.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    backup::{
        BackupError, Job, Restored, Tokens, Unit, check,
        draft::{Draft, sync_folder, with_suffix},
        manifest, sweep,
        tables::any_row,
    },
    sqlite::file,
};

const CHUNK_BYTES: usize = 1 << 20;
/// What SQLite keeps beside a file. A log that stayed would be taken for the new file's.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

pub fn restore(path: &Path, job: &Job<'_>, tokens: Tokens) -> Result<Restored, BackupError> {
    let manifest = check::manifest(job.file, job.vault)?;
    // Held to the end: no server starts on a half of it.
    let _lock = file::lock(path)?;
    let is_empty = is_empty(path, job.force)?;
    if !is_empty && !job.force {
        return Err(BackupError::NotEmpty(path.display().to_string()));
    }
    let draft = Draft::begin(path)?;
    let bytes = copy(draft.path(), job)?;
    let mut connection = manifest::open_unsynced(draft.path(), &job.watch)?;
    check::integrity(&connection, job.file, bytes, &job.watch)?;
    let counts = manifest::counts_of(&manifest, &connection, &job.watch)?;
    check::same_rows(&manifest, &counts, job.file)?;
    connection.execute_batch(manifest::DROP)?;
    file::migrate(&mut connection)?;
    let mut counts = counts;
    if tokens == Tokens::Cut {
        job.watch.begin("cutting off", Unit::Rows, 0);
        for statement in sweep::sweep(job.now) {
            connection.execute_batch(&statement)?;
        }
        counts = manifest::counts(&connection, &job.watch)?;
    }
    connection.close().map_err(|(_, error)| error)?;
    job.watch.step(0)?;
    let put_aside = if is_empty { None } else { Some(put_aside(path, job)?) };
    let bytes = draft.finish()?;
    Ok(Restored { manifest, counts, bytes, put_aside })
}

/// Missing, of no bytes, or without a row. With force nobody asks whether it can be read.
fn is_empty(path: &Path, force: bool) -> Result<bool, BackupError> {
    let beside = || BESIDE.iter().any(|suffix| with_suffix(path, suffix).exists());
    let bytes = fs::metadata(path).map_or(0, |file| file.len());
    if bytes == 0 || force {
        return Ok(bytes == 0 && !beside());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // What cannot be read as a store of ours is something all the same.
    let has_rows = any_row(&connection).unwrap_or(true);
    connection.close().map_err(|(_, error)| error)?;
    Ok(!has_rows && !beside())
}

fn copy(draft: &Path, job: &Job<'_>) -> Result<u64, BackupError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| BackupError::File(path, why)
    };
    let mut from = File::open(job.file).map_err(failed(job.file))?;
    let bytes = from.metadata().map_err(failed(job.file))?.len();
    let mut to = fs::OpenOptions::new().write(true).open(draft).map_err(failed(draft))?;
    job.watch.begin("copying", Unit::Bytes, bytes);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut chunk).map_err(failed(job.file))?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else {
            return Ok(bytes);
        };
        to.write_all(part).map_err(failed(draft))?;
        job.watch.step(u64::try_from(read).unwrap_or_default())?;
    }
}

/// The old file has a second name before the first becomes the new one's, so that at no moment a
/// server would find nothing and begin anew.
fn put_aside(path: &Path, job: &Job<'_>) -> Result<PathBuf, BackupError> {
    let moment: String = job.now.rfc_3339().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let aside = with_suffix(path, &format!(".before-{moment}"));
    let failed = |why| BackupError::File(aside.clone(), why);
    if aside.exists() {
        return Err(BackupError::FileExists(aside));
    }
    for suffix in BESIDE {
        let beside = with_suffix(path, suffix);
        if beside.exists() {
            fs::rename(beside, with_suffix(&aside, suffix)).map_err(failed)?;
        }
    }
    if path.exists() && fs::hard_link(path, &aside).is_err() {
        // Not every file system has second names.
        fs::rename(path, &aside).map_err(failed)?;
    }
    sync_folder(path).map_err(failed)?;
    Ok(aside)
}
