//! Where the rows are: the stores that outlive their process.

use std::{path::PathBuf, time::Duration};

use crate::{backup::BackupError, postgres::connect::Target, stored::OpenError};

/// Busy with what it was sent, PostgreSQL may read nothing for a while; requests would not wait so
/// long.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// In a transaction that copies: whatever the database is set to, it takes as long as it takes.
pub const NO_TIMEOUTS: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

pub fn target(url: &str) -> Result<Target, BackupError> {
    let mut target = Target::parse(url)?;
    target.config.tcp_user_timeout(SILENCE_MAX);
    Ok(target)
}

pub enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Place {
    pub fn parse(url: &str) -> Result<Self, BackupError> {
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        if let Some(path) = path.filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        if url.starts_with("memory:") {
            return Err(BackupError::Memory);
        }
        Err(OpenError::Url("unknown kind of store".to_owned()).into())
    }
}
