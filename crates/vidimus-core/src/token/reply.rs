//! What a token response says, before a dialect spells it: the access token, and an ID token where
//! the scope has `openid` (OpenID Connect Core §3.1.3.3).

use serde_json::{Map, Value, json};

use super::Issue;
use crate::{
    context::Context,
    grant::Grant,
    manner::Subject,
    model::SigningAlgorithm,
    outcome::{Stop, Write},
    rotation,
    row_key::RowKey,
    secret::Secret,
    time::Time,
};

/// A successful response (RFC 6749 §5.1), before a dialect spells it.
#[derive(Debug)]
pub struct TokenReply {
    pub access_token: Secret,
    /// Seconds.
    pub expires_in: i64,
    pub scope: String,
    pub scope_was_asked: bool,
    pub refresh_token: Option<Secret>,
    /// Whether the request did not bring the refresh token itself.
    pub refresh_is_new: bool,
    pub id_token: Option<Secret>,
    /// RFC 8693 §2.2.1.
    pub issued_token_type: Option<&'static str>,
    /// The grant's own name, whatever the request called it.
    pub grant: &'static str,
    pub issued_at: Time,
    pub client: Option<RowKey>,
    pub user: Option<RowKey>,
    /// The secret the client has just proven itself by; some replies are signed with it.
    pub client_secret: Option<Secret>,
}

/// Every verifier knows it (OpenID Connect Core §15.1).
pub const ID_TOKEN_ALGORITHM: SigningAlgorithm = SigningAlgorithm::RS256;

/// `None` where none is asked for or the grant gives none here.
pub fn id_token(
    access: &Issue<'_>,
    grant: &Grant,
    cx: &mut Context<'_>,
    writes: &mut Vec<Write>,
) -> Result<Option<Secret>, Stop> {
    let (Some(user), Some(audience)) = (access.user, access.client) else { return Ok(None) };
    if !access.scope.contains("openid") || !access.manner.id_token_grants.contains(&grant.name) {
        return Ok(None);
    }
    let (signer, more) = rotation::signer(access.facts, access.tenant, ID_TOKEN_ALGORITHM, cx)?;
    rotation::join(writes, more);
    let (public_url, tenant) = (cx.public_url, access.tenant.key());
    let subject = (access.manner.subject)(&Subject { public_url, tenant, user: user.key() });
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(cx.issuer));
    claims.insert("sub".to_owned(), json!(subject));
    claims.insert("aud".to_owned(), json!(audience.id()));
    claims.insert("exp".to_owned(), json!(access.expires_at.seconds()));
    claims.insert("iat".to_owned(), json!(cx.now.seconds()));
    Ok(Some(Secret::new(signer.sign("JWT", &Value::Object(claims))?)))
}
