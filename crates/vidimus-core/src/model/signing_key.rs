//! A tenant's signing key: announced, then signing, then retired; all of it a function of time.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// RFC 7518 §3.1 and RFC 8037; `EdDSA` is Ed25519.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    #[default]
    ES256,
    RS256,
    PS256,
    EdDSA,
}

impl SigningAlgorithm {
    pub const ALL: [Self; 4] = [Self::ES256, Self::RS256, Self::PS256, Self::EdDSA];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::EdDSA => "EdDSA",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SigningKey {
    pub kid: String,
    /// Algorithm and ordinal, unique in the tenant.
    pub slot: String,
    pub algorithm: SigningAlgorithm,
    /// PKCS#8, AES-256-GCM under the master key, base64; bound to tenant and kid.
    pub sealed: String,
    /// The public JWK with `kid`, `alg` and `use`.
    pub public: serde_json::Value,
    pub made_at: Time,
    /// From here on it signs, unless a later key does.
    pub signs_from: Time,
    /// Compromised: what it signed is inactive, and it is not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Time>,
}
