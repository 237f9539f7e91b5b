//! A resource server: an object of its own, with credentials and audiences, that introspects.

use serde::{Deserialize, Serialize};

use crate::model::{IntrospectRight, StoredSecret};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceServer {
    pub id: String,
    pub audiences: Vec<String>,
    /// `audience` or `tenant`; a resource server owns no tokens.
    pub introspect: IntrospectRight,
    /// If given, the only scopes that it is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// How it authenticates; a client's method names (RFC 7591 §2).
    pub token_endpoint_auth_method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<std::sync::Arc<jsonwebtoken::jwk::JwkSet>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default)]
    pub secret: Option<StoredSecret>,
    #[serde(default)]
    pub fingerprint: Option<String>,
}
