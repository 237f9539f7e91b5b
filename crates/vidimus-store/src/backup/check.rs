//! Whether a file is a backup of ours, whole, and of the master key that we have. Before anything
//! is touched.

use std::{fs::File, io::Read as _, path::Path, sync::Arc};

use rusqlite::{Connection, OpenFlags};
use vidimus_core::vault::Vault;

use crate::{
    backup::{
        BackupError, Unit, Watch,
        manifest::{self, APPLICATION_ID, FORMAT, Manifest},
    },
    codec,
    schema::{self, SQLITE},
};

const MAGIC: &[u8] = b"SQLite format 3\0";
/// In which page size, page count and the application's number lie.
const HEADER_BYTES: usize = 72;

/// Everything but the tables that SQLite keeps for itself.
const SCHEMA: &str = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema \
     WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";

/// What it says of itself, once that is believed. It costs the same whatever the size.
pub fn manifest(path: &Path, vault: &Vault) -> Result<Manifest, BackupError> {
    check_header(path)?;
    let connection = open(path)?;
    let told: rusqlite::Result<(String, String)> =
        connection.query_row("SELECT manifest, fingerprint FROM backup", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
    let (text, fingerprint) = told.map_err(|error| damaged(path, &error))?;
    let not_ours = |why: &str| BackupError::NotABackup(path.to_owned(), why.to_owned());
    // A newer one may say more than we can read: what it is comes first.
    let value: serde_json::Value = codec::from_json(&text, "backup.manifest")?;
    let number = |name: &str| value.get(name).and_then(serde_json::Value::as_i64);
    let known = schema::newest(SQLITE);
    match number("schema") {
        Some(stored) if stored > known => return Err(BackupError::TooNew { stored, known }),
        Some(_) => {}
        None => return Err(not_ours("its manifest names no schema")),
    }
    if number("format") != Some(i64::from(FORMAT)) {
        return Err(not_ours("its manifest is of a form that this binary does not know"));
    }
    if !vidimus_core::secret::same(
        fingerprint.as_bytes(),
        manifest::fingerprint(&text, vault).as_bytes(),
    ) {
        return Err(BackupError::OtherKey(path.to_owned()));
    }
    let manifest: Manifest = codec::from_json(&text, "backup.manifest")?;
    check_schema(&connection, manifest.schema, path)?;
    Ok(manifest)
}

pub fn open(path: &Path) -> Result<Connection, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 2147418112",
    )?;
    Ok(connection)
}

/// A file that ends too early would be found by SQLite as well, but not be called so.
fn check_header(path: &Path) -> Result<(), BackupError> {
    let failed = |why| BackupError::File(path.to_owned(), why);
    let mut file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let mut header = [0; HEADER_BYTES];
    let not_ours = |why: &str| BackupError::NotABackup(path.to_owned(), why.to_owned());
    if let Err(why) = file.read_exact(&mut header) {
        return Err(match why.kind() {
            std::io::ErrorKind::UnexpectedEof => not_ours("it is too short"),
            _ => failed(why),
        });
    }
    if !header.starts_with(MAGIC) {
        return Err(not_ours("it is no SQLite file"));
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
        u32::from_be_bytes(bytes.unwrap_or_default())
    };
    if number(68) != APPLICATION_ID.cast_unsigned() {
        return Err(not_ours("it is some other SQLite file"));
    }
    // 1 stands for 65536, which no store of ours has.
    let page_bytes = u64::from(number(16) >> 16);
    let expected = page_bytes * u64::from(number(28));
    if bytes < expected {
        return Err(BackupError::Truncated { path: path.to_owned(), bytes, expected });
    }
    Ok(())
}

/// Nothing in it but what our own steps make: no trigger or view of somebody else's runs here.
fn check_schema(connection: &Connection, version: i64, path: &Path) -> Result<(), BackupError> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(schema::VERSION_TABLE)?;
    for step in SQLITE.iter().take_while(|step| step.version <= version) {
        ours.execute_batch(step.sql)?;
    }
    ours.execute_batch(manifest::CREATE)?;
    let read = |connection: &Connection| -> rusqlite::Result<Vec<(String, String, String)>> {
        let mut statement = connection.prepare(SCHEMA)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    };
    let stored: i64 = connection
        .query_row(schema::VERSION, (), |row| row.get(0))
        .map_err(|error| damaged(path, &error))?;
    if stored == version && read(connection).map_err(|error| damaged(path, &error))? == read(&ours)?
    {
        return Ok(());
    }
    let why = "its tables are not those of its schema version".to_owned();
    Err(BackupError::Damaged(path.to_owned(), why))
}

/// `integrity_check`, not the quicker one: that would not see an index that lacks a row, and an index
/// is what every look goes through. It names the file that the rows came from.
pub fn integrity(
    connection: &Connection,
    path: &Path,
    bytes: u64,
    watch: &Arc<dyn Watch>,
) -> Result<(), BackupError> {
    watch.begin("checking", Unit::Bytes, 0);
    let found: String = connection
        .query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))
        .map_err(|error| damaged(path, &error))?;
    watch.step(bytes)?;
    if found == "ok" { Ok(()) } else { Err(BackupError::Damaged(path.to_owned(), found)) }
}

/// The rows are those that it said to have.
pub fn same_rows(
    manifest: &Manifest,
    counts: &manifest::Counts,
    path: &Path,
) -> Result<(), BackupError> {
    if manifest.rows == *counts {
        return Ok(());
    }
    let why = "it has other rows than its manifest says".to_owned();
    Err(BackupError::Damaged(path.to_owned(), why))
}

pub fn damaged(path: &Path, error: &rusqlite::Error) -> BackupError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => BackupError::Stopped,
        _ => BackupError::Damaged(path.to_owned(), error.to_string()),
    }
}
