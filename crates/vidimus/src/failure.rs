//! How a command ends when it does not succeed; the exit code is part of the interface.

use std::{fmt, process::ExitCode};

use crate::document::Problem;

/// For `--help`, on every command.
pub const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// 1: it was understood, and did not work or was not allowed.
    Refused(String),
    /// 2: it cannot be meant like this.
    Usage(String),
}

impl Failure {
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) | Self::Usage(message) => f.write_str(message),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.to_string())
    }
}
