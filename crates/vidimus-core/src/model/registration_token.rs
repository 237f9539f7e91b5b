//! An initial access token (RFC 7591 §3): lets its holder register so many clients until so long.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Counted by replacing the object, which is conditional on its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationToken {
    pub id: String,
    /// [`crate::vault::Vault::locator`] of the text, lower-case hex.
    pub digest: String,
    pub uses_left: u32,
    pub expires_at: Time,
    /// As declared: tell a changed declaration from use and the passing of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<i64>,
    #[serde(default)]
    pub fingerprint: Option<String>,
}
