//! What a backup says of itself: a table of one row, and a keyed digest that proves under which
//! master key its store lives.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use vidimus_core::{
    facts::{Space, TenantRef},
    model::Body,
    time::Time,
    vault::{Vault, hex},
};

use crate::{
    backup::{BackupError, Job, Unit, Watch, tables::TABLES},
    codec, schema,
};

/// "VIDB": with it no server takes a backup for a store.
pub const APPLICATION_ID: i32 = 0x5649_4442;
/// Of the manifest; a backup of another is not read.
pub const FORMAT: u32 = 1;

/// Virtual machine instructions between two looks at whether anybody still waits.
const INSTRUCTIONS: i32 = 100_000;

pub const CREATE: &str = "CREATE TABLE backup (manifest TEXT NOT NULL, fingerprint TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO backup (manifest, fingerprint) VALUES (?1, ?2)";
pub const DROP: &str = "DROP TABLE backup; PRAGMA application_id = 0";

const DEFAULT_TENANT: &str = "SELECT o.doc FROM name n \
     JOIN object o ON o.tenant = n.tenant AND o.key = n.object \
     WHERE n.tenant = 0 AND n.space = ?1 AND n.name = ?2";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Sqlite,
    Postgres,
}

/// Rows by table.
pub type Counts = BTreeMap<String, u64>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Of the SQLite schema.
    pub schema: i64,
    /// When it was begun: everything acknowledged before is in it.
    pub taken_at: Time,
    pub from: Origin,
    /// The version of the binary.
    pub made_by: String,
    pub rows: Counts,
}

/// Makes a backup of a file that has all the rows.
pub fn add(draft: &Path, from: Origin, job: &Job<'_>) -> Result<Counts, BackupError> {
    let connection = open_unsynced(draft, &job.watch)?;
    check_key(&connection, job.vault)?;
    let rows = counts(&connection, &job.watch)?;
    let manifest = Manifest {
        format: FORMAT,
        schema: schema::newest(schema::SQLITE),
        taken_at: job.now,
        from,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        rows,
    };
    let text = codec::to_json(&manifest)?;
    connection.execute_batch(CREATE)?;
    connection.execute(INSERT, (&text, fingerprint(&text, job.vault)))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(manifest.rows)
}

/// A draft: what a crash leaves of it is thrown away, so that nothing is logged or synced before
/// its end.
pub fn open_unsynced(draft: &Path, watch: &Arc<dyn Watch>) -> Result<Connection, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(draft, flags)?;
    stop_with(&mut connection, watch)?;
    // A copy of a server's file still says that it has a log; out of that mode first.
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
         PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

/// Statements that take long end when nobody waits any more.
pub fn stop_with(connection: &mut Connection, watch: &Arc<dyn Watch>) -> Result<(), BackupError> {
    let watch = Arc::clone(watch);
    Ok(connection.progress_handler(INSTRUCTIONS, Some(move || watch.is_stopped()))?)
}

pub fn counts(connection: &Connection, watch: &Arc<dyn Watch>) -> Result<Counts, BackupError> {
    count(connection, watch, |_| true)
}

/// Of a backup: an earlier schema has fewer tables.
pub fn counts_of(
    manifest: &Manifest,
    connection: &Connection,
    watch: &Arc<dyn Watch>,
) -> Result<Counts, BackupError> {
    count(connection, watch, |table| manifest.rows.contains_key(table))
}

fn count(
    connection: &Connection,
    watch: &Arc<dyn Watch>,
    is_there: impl Fn(&str) -> bool,
) -> Result<Counts, BackupError> {
    watch.begin("counting", Unit::Rows, 0);
    let mut counts = Counts::new();
    for table in TABLES.iter().filter(|table| is_there(table.name)) {
        let count = table.count(connection)?;
        watch.step(count)?;
        counts.insert(table.name.to_owned(), count);
    }
    Ok(counts)
}

pub fn fingerprint(manifest: &str, vault: &Vault) -> String {
    hex(&vault.tag("backup", &[manifest.as_bytes()]))
}

/// A backup that is sealed under another key than its rows could not be restored by anybody.
pub fn check_key(connection: &Connection, vault: &Vault) -> Result<(), BackupError> {
    let of = (Space::Tenant as i16, TenantRef::DEFAULT_ID);
    let doc: Option<String> =
        connection.query_row(DEFAULT_TENANT, of, |row| row.get(0)).optional()?;
    let Some(doc) = doc else { return Ok(()) };
    let check = match codec::from_json(&doc, "object.doc")? {
        Body::Tenant(tenant) => tenant.key_check,
        _ => None,
    };
    if check.is_none_or(|check| check == vault.fingerprint(b"")) {
        return Ok(());
    }
    Err(BackupError::StoreOfOtherKey)
}
