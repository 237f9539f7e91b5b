//! Why a backup or a restore did not happen, and what to do.

use std::{fmt, path::PathBuf};

use vidimus_core::error::Fault;

use crate::{backup::Stopped, stored::OpenError};

#[derive(Debug)]
pub enum BackupError {
    Memory,
    Open(OpenError),
    /// Something of the file system's.
    File(PathBuf, std::io::Error),
    FileExists(PathBuf),
    OntoItself(PathBuf),
    /// Another one writes to the same file.
    UnderWay(PathBuf),
    NoStore(PathBuf),
    /// The store is of an older schema than the backup would be.
    OldStore {
        stored: i64,
        known: i64,
    },
    StoreOfOtherKey,
    LogTooLong {
        bytes: u64,
    },
    NotABackup(PathBuf, String),
    Truncated {
        path: PathBuf,
        bytes: u64,
        expected: u64,
    },
    Damaged(PathBuf, String),
    TooNew {
        stored: i64,
        known: i64,
    },
    TooOld {
        stored: i64,
        known: i64,
    },
    OtherKey(PathBuf),
    NotEmpty(String),
    NoForce,
    Stopped,
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(
                "store.url is memory: which is gone with its server; there is nothing to back up \
                 and nowhere to restore to",
            ),
            Self::Open(why) => why.fmt(f),
            Self::File(path, why) => write!(f, "{}: {why}", path.display()),
            Self::FileExists(path) => write!(
                f,
                "{} is there already; give another name, or --force to replace it",
                path.display()
            ),
            Self::OntoItself(path) => {
                write!(f, "{} is the store itself; give another name", path.display())
            }
            Self::UnderWay(path) => {
                write!(f, "another command is writing {} at this moment", path.display())
            }
            Self::NoStore(path) => write!(
                f,
                "there is no database at {}; is store.url the one that the server has?",
                path.display()
            ),
            Self::OldStore { stored, known } => write!(
                f,
                "the store has schema version {stored}, this binary backs up version {known}: \
                 back it up with the version that serves it, or start this one on it first"
            ),
            Self::StoreOfOtherKey => f.write_str(
                "the store was made under another master key: keys.master_key_file must hold the \
                 one that its server has, or nobody could restore the backup",
            ),
            Self::LogTooLong { bytes } => write!(
                f,
                "the store's log has grown to {} MiB while the backup was read: more is written \
                 than this disk can copy beside it. Try again in a quieter hour",
                bytes >> 20
            ),
            _ => self.of_restore(f),
        }
    }
}

impl BackupError {
    fn of_restore(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABackup(path, why) => write!(
                f,
                "{} is no backup of Vidimus: {why}. Give a file that `vidimus backup` has written",
                path.display()
            ),
            Self::Truncated { path, bytes, expected } => write!(
                f,
                "{} is cut off: {bytes} of {expected} bytes are there. Copy it again, or take an \
                 older backup",
                path.display()
            ),
            Self::Damaged(path, why) => {
                write!(f, "{} is damaged: {why}. Take another backup", path.display())
            }
            Self::TooNew { stored, known } => write!(
                f,
                "the backup has schema version {stored}, this binary knows versions up to {known}: \
                 a newer one has made it. Restore it with that one"
            ),
            Self::TooOld { stored, known } => write!(
                f,
                "the backup has schema version {stored}, PostgreSQL would get {known}: restore it \
                 to a SQLite file first, which brings it up to date, and back that up"
            ),
            Self::OtherKey(path) => write!(
                f,
                "{} was made under another master key, or its manifest was changed: \
                 keys.master_key_file must hold the key that its server had, or no token and no \
                 secret in it is good",
                path.display()
            ),
            Self::NotEmpty(what) => write!(
                f,
                "{what} is not empty: a restore fills an empty or missing store, so that nothing is \
                 lost. With --force a SQLite file is put aside first"
            ),
            Self::NoForce => f.write_str(
                "--force puts a SQLite file aside; in PostgreSQL make a new, empty database and \
                 name it in store.url",
            ),
            _ => f.write_str("stopped; nothing was changed"),
        }
    }
}

impl std::error::Error for BackupError {}

impl From<OpenError> for BackupError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<Fault> for BackupError {
    fn from(fault: Fault) -> Self {
        Self::Open(fault.into())
    }
}

impl From<Stopped> for BackupError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // Only what was asked to stop is interrupted.
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => crate::sqlite::fault(error).into(),
        }
    }
}

impl From<tokio_postgres::Error> for BackupError {
    fn from(error: tokio_postgres::Error) -> Self {
        crate::postgres::fault(error).into()
    }
}
