//! The numbered schema files, and which of them a database still needs.

use crate::stored::OpenError;

/// A file under `schema/`. Its number is its place in the list; a published one never changes.
pub struct Step {
    pub version: i64,
    pub sql: &'static str,
}

pub const SQLITE: &[Step] = &[
    Step { version: 1, sql: include_str!("schema/sqlite/0001_start.sql") },
    Step { version: 2, sql: include_str!("schema/sqlite/0002_tickets_locators.sql") },
    Step { version: 3, sql: include_str!("schema/sqlite/0003_sessions.sql") },
    Step { version: 4, sql: include_str!("schema/sqlite/0004_consents.sql") },
    Step { version: 5, sql: include_str!("schema/sqlite/0005_audit_used.sql") },
];

pub const POSTGRES: &[Step] = &[
    Step { version: 1, sql: include_str!("schema/postgres/0001_start.sql") },
    Step { version: 2, sql: include_str!("schema/postgres/0002_tickets_locators.sql") },
    Step { version: 3, sql: include_str!("schema/postgres/0003_sessions.sql") },
    Step { version: 4, sql: include_str!("schema/postgres/0004_consents.sql") },
    Step { version: 5, sql: include_str!("schema/postgres/0005_epochs.sql") },
    Step { version: 6, sql: include_str!("schema/postgres/0006_audit_used.sql") },
];

pub const VERSION_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)";
pub const VERSION: &str = "SELECT CAST(coalesce(max(version), 0) AS BIGINT) FROM schema_version";

pub fn insert_version(version: i64) -> String {
    format!("INSERT INTO schema_version (version) VALUES ({version})")
}

pub fn newest(steps: &'static [Step]) -> i64 {
    steps.last().map_or(0, |step| step.version)
}

/// The steps from `stored` on. Refuses a database that a newer binary has changed: what its rows
/// mean is not known here.
pub fn pending(steps: &'static [Step], stored: i64) -> Result<&'static [Step], OpenError> {
    let known = newest(steps);
    if stored > known {
        return Err(OpenError::SchemaTooNew { stored, known });
    }
    let done = steps.iter().take_while(|step| step.version <= stored).count();
    Ok(steps.get(done..).unwrap_or_default())
}
