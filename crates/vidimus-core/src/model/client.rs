//! A client (RFC 6749 §2) with its metadata (RFC 7591 §2).

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

use crate::{model::SigningAlgorithm, time::Time};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub metadata: ClientMetadata,
    #[serde(default)]
    pub secret: Option<StoredSecret>,
    /// Public keys of its certificates: for assertions that are grants (RFC 7523 §2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion_jwks: Option<Arc<JwkSet>>,
    /// Set where it registered itself (RFC 7591).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registered>,
    #[serde(default)]
    pub fingerprint: Option<String>,
}

/// How a client came to register itself, and what it manages its registration with (RFC 7592).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Of the registration access token; HMAC-SHA-256 under the pepper, lower-case hex.
    pub token_hash: String,
    pub issued_at: Time,
    /// The initial access token that allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether it has ever got a token; one that never did is purged.
    #[serde(default)]
    pub used: bool,
    /// Keyed digest of the metadata it sent: identical public metadata is the same client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What a client may be told of itself: its metadata and the keys of a world file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    pub client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    pub grant_types: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    /// What it may ever have, space-separated.
    pub scope: String,
    pub token_endpoint_auth_method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Arc<JwkSet>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    pub access_token_format: TokenFormat,
    /// Of JWT access tokens (RFC 9068).
    pub access_token_signed_response_alg: SigningAlgorithm,
    pub introspect: IntrospectRight,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// User names that have approved it beforehand; `*` for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preauthorized_users: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    pub subject_type: SubjectType,
    pub id_token_signed_response_alg: IdTokenAlgorithm,
    /// `None`: UserInfo is plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// The one algorithm of its request objects, where it is registered for one; may be `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// Where its request objects may be fetched from (OpenID Connect Registration §2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

/// Whether two sectors know a user by one name (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    #[default]
    Public,
    Pairwise,
}

/// How a client's ID tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum IdTokenAlgorithm {
    /// `none`: only where the client registered for it and the tenant allows it.
    Unsigned,
    Signed(SigningAlgorithm),
}

impl IdTokenAlgorithm {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "none",
            Self::Signed(algorithm) => algorithm.as_str(),
        }
    }
}

impl Default for IdTokenAlgorithm {
    /// Every verifier knows it (OpenID Connect Core §15.1).
    fn default() -> Self {
        Self::Signed(SigningAlgorithm::RS256)
    }
}

impl From<IdTokenAlgorithm> for String {
    fn from(algorithm: IdTokenAlgorithm) -> Self {
        algorithm.as_str().to_owned()
    }
}

impl TryFrom<String> for IdTokenAlgorithm {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name == "none" {
            return Ok(Self::Unsigned);
        }
        let known = SigningAlgorithm::ALL.into_iter().find(|known| known.as_str() == name);
        known.map(Self::Signed).ok_or_else(|| format!("{name} is no algorithm of ID tokens"))
    }
}

/// Machine-made secrets are random, so a keyed hash is enough; chosen ones need argon2id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    pub hash: SecretHash,
    /// AES-256-GCM of the secret, only where the method needs it again (client_secret_jwt).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// `client_secret_expires_at` (RFC 7591 §3.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretHash {
    /// HMAC-SHA-256 under the pepper, lower-case hex.
    Keyed(String),
    /// PHC string.
    Argon2id(Arc<str>),
    /// Made elsewhere, until the client is next given a token: see `imported_hash`.
    Imported(Arc<str>),
}

/// Who may ask about what (RFC 7662 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntrospectRight {
    /// Tokens issued to the caller.
    #[default]
    Own,
    /// Those, and tokens for the caller's audiences.
    Audience,
    /// All of the tenant.
    Tenant,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    #[default]
    Opaque,
    /// RFC 9068.
    Jwt,
}

impl Client {
    /// What people know it by: its own name, or its id.
    pub fn name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(&self.metadata.client_id)
    }

    pub fn has_grant(&self, grant_type: &str) -> bool {
        self.metadata.grant_types.iter().any(|granted| granted == grant_type)
    }

    /// A public client (RFC 6749 §2.1) has no credentials.
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == "none"
    }
}
