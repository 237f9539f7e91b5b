//! A tenant is an issuer: rows, not a process.

use serde::{Deserialize, Serialize};

use crate::{context::Surface, facts::TenantRef, policy::Policy, public_url};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    pub id: String,
    /// Empty: all that the binary has.
    #[serde(default)]
    pub dialects: Vec<String>,
    #[serde(default)]
    pub path_aliases: Vec<String>,
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default)]
    pub policy: Policy,
    /// Whether any secret of the tenant is of the slow kind. Then every failed secret costs as
    /// much as a slow one, so that time does not tell which ids exist.
    #[serde(default)]
    pub has_chosen_secrets: bool,
    /// Whether any user has the role that lets one authenticate by Basic as a caller.
    #[serde(default)]
    pub has_introspecting_users: bool,
    /// Whether any user has ever been an administrator of the server.
    #[serde(default)]
    pub has_operators: bool,
    /// What its dialects let a tenant choose of their shapes; core only keeps it.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub dialect_settings: serde_json::Map<String, serde_json::Value>,
    /// How its pages look.
    #[serde(default, skip_serializing_if = "TenantLook::is_plain")]
    pub look: Box<TenantLook>,
    /// Keyed digest of nothing: tells whether the master key is the one the tenant was made under.
    #[serde(default)]
    pub key_check: Option<String>,
    /// Keyed digest of the declaration that made it, so that applying it again costs nothing.
    #[serde(default)]
    pub fingerprint: Option<String>,
}

/// What people see of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantLook {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<Logo>,
}

/// A picture, in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logo {
    pub content_type: String,
    pub data: String,
}

impl TenantLook {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Tenant {
    /// What people know it by: its own name, its id, or where it is.
    pub fn name(&self, issuer: &str) -> String {
        if let Some(name) = &self.look.name {
            return name.clone();
        }
        if self.id != TenantRef::DEFAULT_ID {
            return self.id.clone();
        }
        public_url::authority(issuer).to_owned()
    }

    pub fn speaks(&self, dialect: &str) -> bool {
        self.dialects.is_empty() || self.dialects.iter().any(|name| name == dialect)
    }

    /// Whether its clients are found by their id at the root too: each of them then has a
    /// [`crate::outcome::Change::ReachAtRoot`].
    pub fn is_reachable_at_root(&self, surface: &Surface) -> bool {
        let mut spoken = self.dialects.iter();
        self.policy.reachable_at_root
            || !self.dialects.is_empty()
                && spoken.all(|name| surface.root_dialects.contains(&name.as_str()))
    }
}
