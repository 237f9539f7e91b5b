//! A user signed in at one browser (OpenID Connect Core §3.1.2.3). Its row key is the `sid`; its secret
//! is new whenever the user signs in.

use serde::{Deserialize, Serialize};

use crate::{row_key::RowKey, time::Time};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub user: RowKey,
    /// Finds the user again; the key tells that it is the same one.
    pub username: String,
    pub started_at: Time,
    /// `auth_time`.
    pub authenticated_at: Time,
    pub amr: Vec<String>,
    /// When it was last used, to the minute.
    pub seen_at: Time,
    /// However often it is used.
    pub ends_at: Time,
    /// As the browser calls itself.
    pub agent: String,
    pub address: String,
    /// Who was told of it, and must be told of its end.
    #[serde(default)]
    pub clients: Vec<SignedInto>,
}

/// A client that the session signed its user in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInto {
    pub client: RowKey,
    pub client_id: String,
    /// Authorizations that end with the session.
    #[serde(default)]
    pub families: Vec<RowKey>,
}

/// How and when the user of an authorization signed in, and what its client asked to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Finds the client again, for who lists authorizations.
    pub client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<RowKey>,
    pub auth_time: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Claims asked for one by one (OpenID Connect Core §5.5), by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_claims: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo_claims: Vec<String>,
}
