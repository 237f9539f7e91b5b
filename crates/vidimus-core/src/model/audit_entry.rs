//! One entry of the audit trail: who changed what, from where, and what it was before.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{row_key::RowKey, time::Time};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Names order the newest first.
    pub id: String,
    pub at: Time,
    /// The tenant's id, which outlives the tenant here.
    pub tenant: String,
    pub by: String,
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub changes: Vec<AuditChange>,
    /// Changes beyond those that are told one by one.
    #[serde(default)]
    pub further: u64,
    /// A keyed digest of all the others: who changes an entry in the database is found out.
    pub seal: String,
}

/// The declared keys that differ, without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// `create`, `update` or `delete`.
    pub verb: String,
    pub kind: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub before: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub after: Map<String, Value>,
}

impl AuditEntry {
    /// Between the tenant and the rest of a name by which its own entries are listed.
    pub const SEPARATOR: char = '\u{1f}';

    /// Later keys come first.
    pub fn id_of(key: RowKey) -> String {
        format!("{:019}", i64::MAX - key.0)
    }

    /// Where the entries of a tenant begin in [`crate::facts::Space::AuditOf`].
    pub fn prefix(tenant: &str) -> String {
        format!("{tenant}{}", Self::SEPARATOR)
    }

    pub fn name_in_tenant(&self) -> String {
        format!("{}{}", Self::prefix(&self.tenant), self.id)
    }
}
