//! What a user has allowed a client: remembered until the user or an administrator takes it back.

use serde::{Deserialize, Serialize};

use crate::row_key::RowKey;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// [`Consent::id_of`] client and user.
    pub id: String,
    pub client: RowKey,
    pub user: RowKey,
    /// Space-separated.
    pub scope: String,
}

impl Consent {
    pub fn id_of(client: RowKey, user: RowKey) -> String {
        format!("{}.{}", client.0, user.0)
    }
}
