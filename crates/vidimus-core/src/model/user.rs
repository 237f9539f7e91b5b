//! A user of one tenant. The `sub` is the row key's text: never reused, whatever the name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub username: String,
    /// PHC string of argon2id, or an imported hash.
    #[serde(default)]
    pub password_hash: Option<Arc<str>>,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default)]
    pub email: Option<String>,
    /// The standard claims about the person (OpenID Connect Core §5.1), but `sub` and `email`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// Locked by too many failures or by an administrator, apart from being disabled.
    #[serde(default)]
    pub locked: bool,
    #[serde(default)]
    pub fingerprint: Option<String>,
}
