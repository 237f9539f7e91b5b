//! What a user has allowed a client: remembered until the user or an administrator takes it back.

use serde::{Deserialize, Serialize};

use crate::row_key::RowKey;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// [`Consent::id_of`] client and user.
    pub id: String,
    pub client: RowKey,
    /// Finds the client again, for who lists consents.
    #[serde(default)]
    pub client_id: String,
    pub user: RowKey,
    /// Space-separated.
    pub scope: String,
    /// Resource servers that it is for, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// Claims that were asked for one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// Digest of what the user saw of the client: another name or address is another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
}

impl Consent {
    pub fn id_of(client: RowKey, user: RowKey) -> String {
        format!("{}.{}", client.0, user.0)
    }
}
