//! Where the rows are: the stores that outlive their process.

use std::path::PathBuf;

use crate::{backup::BackupError, stored::OpenError};

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
