//! What an authorization code stands for (RFC 6749 §4.1.2).

use serde::{Deserialize, Serialize};

use crate::{model::Authentication, row_key::RowKey};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub client: RowKey,
    /// As it was sent; `None` where the client left out its only one.
    pub redirect_uri: Option<String>,
    pub user: RowKey,
    /// Finds the user again.
    pub username: String,
    pub scope: String,
    pub audience: Vec<String>,
    /// Of PKCE, by S256.
    pub challenge: Option<String>,
    pub nonce: Option<String>,
    pub authentication: Authentication,
    pub family: RowKey,
    /// A token was given beside the code, so the family has its row already.
    pub family_is_stored: bool,
    /// Exchanged: it stays for a while, so that a second try costs the family.
    pub is_redeemed: bool,
}
