//! A request that waits for its user: what was asked, and what the user has done for it so far.

use serde::{Deserialize, Serialize};

use crate::row_key::RowKey;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    pub purpose: Purpose,
    /// The request, unpacked and checked.
    pub parameters: Vec<(String, String)>,
    /// Keyed digest of the browser's own secret: nobody else may go on with it.
    pub browser: [u8; 32],
    /// The session of a sign-in that was made for this flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<RowKey>,
    /// The session that was chosen among several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<RowKey>,
    /// None of them: the user wants to sign in as somebody else.
    #[serde(default)]
    pub wants_other: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Authorize,
    /// Of the device whose ticket this is.
    Device(RowKey),
    SignOut,
    /// Nothing but to be signed in, for the account page.
    Account,
}

/// That a session has ended, for one client that must hear of it (OpenID Connect Back-Channel Logout).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub client: RowKey,
    pub client_id: String,
    pub session: RowKey,
    pub user: RowKey,
    /// How often it was tried.
    pub attempts: u32,
}
