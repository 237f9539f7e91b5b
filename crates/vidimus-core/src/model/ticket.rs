//! A short-lived document that a flow leaves behind for its next step; every step replaces or
//! deletes it under the condition of its version.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Authentication, Code, Flow, Invitation, Notice, OperatorSession, Session},
    row_key::RowKey,
    time::Time,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub key: RowKey,
    /// Counts changes from 1; a replace is conditional on it.
    pub version: i64,
    /// HMAC-SHA-256 of the whole text under the pepper; the text itself is never stored.
    pub hash: [u8; 32],
    /// Keyed digest of a second, shorter name, unique while the ticket lives.
    pub alias: Option<[u8; 32]>,
    /// The user it is listed for; of sessions only.
    pub owner: Option<RowKey>,
    /// When the background must see to it; of notices only.
    pub due_at: Option<Time>,
    pub expires_at: Time,
    pub body: TicketBody,
}

/// Stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketBody {
    Device {
        client: RowKey,
        /// Finds the client again.
        #[serde(default)]
        client_id: String,
        scope: String,
        audience: Vec<String>,
        state: DeviceState,
        /// When the device may ask again, and how long it must wait in between.
        next_poll: Time,
        interval_seconds: i64,
    },
    /// An authorization request that was pushed (RFC 9126).
    Pushed {
        client: RowKey,
        parameters: Vec<(String, String)>,
    },
    Flow(Box<Flow>),
    Code(Box<Code>),
    Session(Box<Session>),
    Notice(Notice),
    Operator(OperatorSession),
    Invitation(Invitation),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Pending,
    /// The name finds the user again, the key tells that it is the same one.
    Approved {
        user: RowKey,
        username: String,
        /// How the user signed in to say so; `None` where an administrator did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authentication: Option<Box<Authentication>>,
    },
    Denied,
    /// Exchanged for tokens: stays until it expires, so that a second try is told from nonsense.
    Redeemed,
}

impl Ticket {
    /// Its first version.
    pub const fn first(key: RowKey, hash: [u8; 32], expires_at: Time, body: TicketBody) -> Self {
        Self { key, version: 1, hash, alias: None, owner: None, due_at: None, expires_at, body }
    }

    /// The next version of it, to be replaced.
    #[must_use]
    pub fn next(&self, body: TicketBody) -> Self {
        Self { version: self.version + 1, body, ..self.clone() }
    }

    pub const fn session(&self) -> Option<&Session> {
        match &self.body {
            TicketBody::Session(session) => Some(session),
            _ => None,
        }
    }

    pub const fn flow(&self) -> Option<&Flow> {
        match &self.body {
            TicketBody::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    pub const fn code(&self) -> Option<&Code> {
        match &self.body {
            TicketBody::Code(code) => Some(code),
            _ => None,
        }
    }
}
