//! The database file: made, locked, brought up to date, and the connections to it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
use vidimus_core::error::Fault;

use crate::{
    backup::APPLICATION_ID,
    schema::{self, SQLITE},
    sqlite::fault,
    stored::OpenError,
};

/// For another process that holds the file for a moment, a backup for one. Ours never wait for
/// each other. A request may wait this long three times, behind a group and a sweep before its
/// own, and is to be told of it within two seconds.
const BUSY_TIMEOUT: Duration = Duration::from_millis(600);

const WRITER: &str = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
     PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";

/// Each reading thread keeps pages of its own: enough for the upper levels of the tree of ten million
/// tokens, so that a look reads one page. The file is not mapped: what was looked at would count as
/// this process's memory, all of it in the end.
const READER: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -8192;";

/// An advisory lock on `<db>.lock`, held as long as the file is open. Not on the database itself:
/// SQLite's own locks live there.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = private(&name)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(path.to_owned())),
        Err(TryLockError::Error(error)) => {
            Err(OpenError::Unavailable(format!("cannot lock {}: {error}", name.display())))
        }
    }
}

/// Opens a file, made for its owner alone if it is not there. SQLite gives its log the same mode.
pub fn private(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => "; its folder must be there",
            _ => "",
        };
        OpenError::Unavailable(format!("cannot open {}: {error}{hint}", path.display()))
    })
}

/// Never creates the file: one that vanished under a running server must not come back empty.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Otherwise a statement whose plan might depend on a bound value is planned again each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub fn reader(path: &Path) -> Result<Connection, Fault> {
    let open = || {
        let connection = connect(path)?;
        connection.execute_batch(READER)?;
        Ok(connection)
    };
    open().map_err(fault)
}

pub fn writer(path: &Path) -> Result<Connection, Fault> {
    let open = || {
        let connection = connect(path)?;
        let mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
        connection.execute_batch(WRITER)?;
        Ok((connection, mode))
    };
    let (connection, mode) = open().map_err(fault)?;
    if mode == "wal" {
        Ok(connection)
    } else {
        Err(Fault::Unavailable(format!("the file system allows no write-ahead log ({mode})")))
    }
}

/// Copies the log into the file. It waits for nobody: what it leaves is copied the next time.
pub fn checkpointer(path: &Path) -> Result<Connection, Fault> {
    let connection = writer(path)?;
    connection.busy_timeout(Duration::ZERO).map_err(fault)?;
    Ok(connection)
}

pub fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let unavailable = |error: rusqlite::Error| OpenError::Unavailable(error.to_string());
    let tx = Transaction::new(connection, TransactionBehavior::Exclusive).map_err(unavailable)?;
    let id: i32 =
        tx.query_row("PRAGMA application_id", (), |row| row.get(0)).map_err(unavailable)?;
    if id == APPLICATION_ID {
        let what = "this is a backup, no store: `vidimus restore` makes one of it";
        return Err(OpenError::Unavailable(what.to_owned()));
    }
    tx.execute_batch(schema::VERSION_TABLE).map_err(unavailable)?;
    let stored = tx.query_row(schema::VERSION, (), |row| row.get(0)).map_err(unavailable)?;
    for step in schema::pending(SQLITE, stored)? {
        tx.execute_batch(step.sql).map_err(unavailable)?;
        tx.execute_batch(&schema::insert_version(step.version)).map_err(unavailable)?;
    }
    tx.commit().map_err(unavailable)
}
