//! What the stores have in common beside the core's port: how opening one fails, how much is in it.

use std::{fmt, path::PathBuf};

use vidimus_core::error::Fault;

/// How much is stored. For gauges; counting reads whole indexes, so never on a request's path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub tokens: u64,
    pub families: u64,
    pub once: u64,
    pub objects: u64,
    pub locators: u64,
    pub tickets: u64,
    pub root_clients: u64,
}

/// Why a store could not be opened. Never holds the URL: it may carry a password.
#[derive(Debug)]
pub enum OpenError {
    Url(String),
    /// Another process serves this file.
    Locked(PathBuf),
    SchemaTooNew {
        stored: i64,
        known: i64,
    },
    Unavailable(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(
                f,
                "store.url: {why}; expected \"sqlite:PATH\", \"postgres://…\" or \"memory:\""
            ),
            Self::Locked(path) => write!(
                f,
                "{} is in use: another server process holds its lock. Stop that server, or give \
                 this one a database of its own",
                path.display()
            ),
            Self::SchemaTooNew { stored, known } => write!(
                f,
                "the database has schema version {stored}, this binary knows versions up to \
                 {known}: a newer binary has changed it. Run that one"
            ),
            Self::Unavailable(why) => write!(f, "store unavailable: {why}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            // Its text says "store unavailable", and so does ours.
            Fault::Unavailable(why) => Self::Unavailable(why),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
