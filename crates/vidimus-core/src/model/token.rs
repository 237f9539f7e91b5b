//! Tokens and families as rows. A family is one authorization; revoking it cuts off every token
//! in it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{model::Authentication, row_key::RowKey, time::Time};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub key: RowKey,
    pub kind: TokenKind,
    /// HMAC-SHA-256 of the whole token under the pepper; the token itself is never stored.
    pub hash: [u8; 32],
    pub client: Option<RowKey>,
    pub user: Option<RowKey>,
    pub family: Option<RowKey>,
    /// Space-separated; empty = none.
    pub scope: String,
    /// RFC 8707; empty = for nobody in particular.
    pub audience: Vec<String>,
    pub issued_at: Time,
    pub expires_at: Time,
    pub not_before: Option<Time>,
    pub revocation: Option<Revocation>,
    /// RFC 7800; which key the bearer must hold.
    pub confirmation: Option<Confirmation>,
    /// The key that signed it, if it is a JWT.
    pub kid: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum TokenKind {
    Access = 1,
    Refresh = 2,
}

impl TokenKind {
    pub const fn from_number(number: i16) -> Option<Self> {
        match number {
            1 => Some(Self::Access),
            2 => Some(Self::Refresh),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    pub key: RowKey,
    pub client: Option<RowKey>,
    pub user: Option<RowKey>,
    /// When its longest-lived token ends; the row may go then.
    pub expires_at: Time,
    pub revocation: Option<Revocation>,
    /// Where a user took part.
    pub authentication: Option<Arc<Authentication>>,
}

/// Stored as JSON beside the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    pub at: Time,
    pub by: RevokedBy,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedBy {
    /// The client itself (RFC 7009), by its id.
    Client(String),
    /// An administrator's client, by its id.
    Administrator(String),
    /// A single-use credential of the family was used twice.
    Reuse,
    /// A refresh token that was exchanged for its successor.
    Rotation { successor: RowKey },
    /// Its holder, who proved nothing but to hold it.
    Holder,
    /// The user, by the row key's text.
    User(String),
    /// The end of the session that it hung on.
    SignOut,
}

/// `cnf` (RFC 7800 §3.1): of DPoP (RFC 9449 §6.1) or of mutual TLS (RFC 8705 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    #[serde(rename = "jkt")]
    Jkt(String),
    #[serde(rename = "x5t#S256")]
    X5tS256(String),
}
