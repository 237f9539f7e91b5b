//! What a token response says, before a dialect spells it: the access token, and an ID token where
//! the scope has `openid` (OpenID Connect Core §3.1.3.3).

use super::Issue;
use crate::{
    context::Context,
    grant::Grant,
    id_token::{self, IdTokenRequest},
    model::Authentication,
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

/// What an ID token tells of the authorization it is given in.
pub struct Beside<'a> {
    pub authentication: Option<&'a Authentication>,
    pub nonce: Option<&'a str>,
    pub access_token: &'a Secret,
}

/// `None` where none is asked for or the grant gives none here.
pub fn id_token(
    issue: &Issue<'_>,
    grant: &Grant,
    granted: &Beside<'_>,
    cx: &mut Context<'_>,
    writes: &mut Vec<Write>,
) -> Result<Option<Secret>, Stop> {
    let (Some(user), Some(client)) = (issue.user, issue.client) else { return Ok(None) };
    if !issue.scope.contains("openid") || !issue.manner.id_token_grants.contains(&grant.name) {
        return Ok(None);
    }
    let request = IdTokenRequest {
        facts: issue.facts,
        tenant: issue.tenant,
        client,
        user,
        manner: issue.manner,
        scope: issue.scope,
        expires_at: issue.expires_at,
        authentication: granted.authentication,
        nonce: granted.nonce,
        access_token: Some(granted.access_token),
        code: None,
        state: None,
        through_browser: false,
        claims_in_id_token: false,
    };
    let (id_token, more) = id_token::issue(&request, cx)?;
    rotation::join(writes, more);
    Ok(Some(id_token))
}
