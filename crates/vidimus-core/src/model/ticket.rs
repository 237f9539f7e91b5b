//! A short-lived document that a flow leaves behind for its next step: of the device grant
//! (RFC 8628) today; every step replaces or deletes it under the condition of its version.

use serde::{Deserialize, Serialize};

use crate::{row_key::RowKey, time::Time};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub key: RowKey,
    /// Counts changes from 1; a replace is conditional on it.
    pub version: i64,
    /// HMAC-SHA-256 of the whole text under the pepper; the text itself is never stored.
    pub hash: [u8; 32],
    /// Keyed digest of a second, shorter name, unique while the ticket lives.
    pub alias: Option<[u8; 32]>,
    pub expires_at: Time,
    pub body: TicketBody,
}

/// Stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketBody {
    Device {
        client: RowKey,
        scope: String,
        audience: Vec<String>,
        state: DeviceState,
        /// When the device may ask again, and how long it must wait in between.
        next_poll: Time,
        interval_seconds: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Pending,
    /// The name finds the user again, the key tells that it is the same one.
    Approved {
        user: RowKey,
        username: String,
    },
    Denied,
    /// Exchanged for tokens: stays until it expires, so that a second try is told from nonsense.
    Redeemed,
}
