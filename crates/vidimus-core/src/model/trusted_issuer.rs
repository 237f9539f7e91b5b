//! Somebody else whose assertions are grants here (RFC 7523 §2.1), and how far they reach.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustedIssuer {
    pub issuer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Arc<JwkSet>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// User names it may speak for; `*` for all.
    pub subjects: Vec<String>,
    /// The ceiling of scopes, space-separated.
    pub scope: String,
    /// Accepted in `aud` beside the tenant's issuer and the policy's audiences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    #[serde(default)]
    pub fingerprint: Option<String>,
}

impl TrustedIssuer {
    pub fn may_speak_for(&self, username: &str) -> bool {
        self.subjects.iter().any(|subject| subject == "*" || subject == username)
    }
}
