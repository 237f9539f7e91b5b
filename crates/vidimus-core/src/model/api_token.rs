//! A long-lived refresh token declared or made beforehand: of a user, and of no client.

use serde::{Deserialize, Serialize};

use crate::{row_key::RowKey, time::Time};

/// The token's own row and its family's have the object's key. Its text is found by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    pub id: String,
    /// [`crate::vault::Vault::locator`] of the text, lower-case hex.
    pub digest: String,
    pub username: String,
    pub user: RowKey,
    #[serde(default)]
    pub scope: String,
    pub issued_at: Time,
    pub expires_at: Time,
    /// As declared: tells a changed life from the passing of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<i64>,
    #[serde(default)]
    pub fingerprint: Option<String>,
}
