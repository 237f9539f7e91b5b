//! Backups: always one SQLite file with our schema and a manifest, whatever store it came from and
//! whichever it goes to.

mod check;
mod draft;
mod failure;
mod from_postgres;
mod from_sqlite;
mod into_postgres;
mod into_sqlite;
mod manifest;
mod place;
mod sweep;
mod tables;
mod watch;

use std::{path::Path, sync::Arc};

use tokio::runtime::Handle;
use vidimus_core::{time::Time, vault::Vault};

use self::{draft::Draft, manifest::Manifest, place::Place};

pub use self::{
    failure::BackupError,
    manifest::{APPLICATION_ID, Counts, Origin},
    watch::{Stopped, Unit, Watch},
};

/// What a backup or a restore has to do with.
pub struct Job<'a> {
    /// As in the configuration.
    pub store_url: &'a str,
    pub file: &'a Path,
    pub force: bool,
    pub vault: &'a Vault,
    pub now: Time,
    pub watch: Arc<dyn Watch>,
    /// Of the network; the job itself stays on its thread.
    pub runtime: Handle,
}

pub struct BackedUp {
    pub counts: Counts,
    pub bytes: u64,
}

/// Writes the store's rows, as of one moment not before this call, to a file that is there whole or
/// not at all. Servers go on meanwhile.
///
/// # Errors
/// Nothing was changed, but that a draft may lie beside the file.
pub fn back_up(job: &Job<'_>) -> Result<BackedUp, BackupError> {
    let place = Place::parse(job.store_url)?;
    if !job.force && job.file.exists() {
        return Err(BackupError::FileExists(job.file.to_owned()));
    }
    if let Place::Sqlite(path) = &place
        && draft::is_same_file(path, job.file)
    {
        return Err(BackupError::OntoItself(job.file.to_owned()));
    }
    let draft = Draft::begin(job.file)?;
    let from = match &place {
        Place::Sqlite(path) => from_sqlite::copy(path, draft.path(), job)?,
        Place::Postgres(url) => from_postgres::copy(url, draft.path(), job)?,
    };
    let counts = manifest::add(draft.path(), from, job)?;
    job.watch.begin("syncing", Unit::Bytes, 0);
    let bytes = draft.finish()?;
    Ok(BackedUp { counts, bytes })
}

/// What becomes of tokens that were good when the backup was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// Which of them were revoked since is not known: none is good.
    Cut,
    /// Nothing was revoked since, says whoever asks for it.
    Keep,
}

pub struct Restored {
    pub manifest: Manifest,
    /// As they are now, without what was cut.
    pub counts: Counts,
    pub bytes: u64,
    /// Where the store that was there lies now.
    pub put_aside: Option<std::path::PathBuf>,
}

/// Fills an empty or missing store.
///
/// # Errors
/// The store is as it was.
pub fn restore(job: &Job<'_>, tokens: Tokens) -> Result<Restored, BackupError> {
    match Place::parse(job.store_url)? {
        Place::Sqlite(path) => into_sqlite::restore(&path, job, tokens),
        Place::Postgres(url) => into_postgres::restore(&url, job, tokens),
    }
}
