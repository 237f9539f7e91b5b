//! An operator signed in to the console, and the link that lets the first one in.

use serde::{Deserialize, Serialize};

use crate::{row_key::RowKey, time::Time};

/// Apart from the sessions of users: neither opens what the other does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSession {
    pub user: RowKey,
    /// Finds the user again; the key tells that it is the same one.
    pub username: String,
    pub authenticated_at: Time,
    /// When it was last used, to the minute.
    pub seen_at: Time,
    /// However often it is used.
    pub ends_at: Time,
}

/// Good once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Signs in this operator; without one, whoever opens it becomes an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Invited>,
    /// Good only while no user has ever been an administrator.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_only: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub user: RowKey,
    pub username: String,
}
