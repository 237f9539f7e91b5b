//! What becomes of an authorization after this token: its family and its next refresh token
//! (RFC 6749 §6, RFC 9700 §4.14.2).

use std::sync::Arc;

use super::{Issue, issue, secret};
use crate::{
    context::Context,
    error::{Cause, OAuthError},
    facts::TokenRef,
    grant::{Continues, GrantRequest, Granted},
    model::{Authentication, Family, Revocation, RevokedBy, TokenKind},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    scope::Scope,
    secret::{Secret, same},
    time::Time,
    token_format::{Shape, mint},
};

pub struct Continuation<'a> {
    continues: &'a Continues<'a>,
    /// The family of an authorization that begins here.
    begun: Option<Family>,
    /// Whether it goes on with refresh tokens.
    refreshes: bool,
}

/// The refresh token to give, if any.
#[derive(Default)]
pub struct Refresh {
    pub text: Option<Secret>,
    /// Whether the client does not hold it already.
    pub is_new: bool,
    /// Row and end of life of one that begins an authorization.
    pub made: Option<(RowKey, Time)>,
    pub writes: Vec<Write>,
}

impl<'a> Continuation<'a> {
    pub fn of(
        continues: &'a Continues<'a>,
        granted: &Granted<'_>,
        request: &GrantRequest<'_>,
        scope: &Scope,
        cx: &mut Context<'_>,
    ) -> Self {
        let begun = match continues {
            Continues::Anew => begin(granted, request, scope, cx),
            Continues::Begun { family, .. } => Some(family.clone()),
            _ => None,
        };
        Self { continues, begun, refreshes: begins(request, scope) }
    }

    fn stored(&self) -> Option<&Family> {
        match self.continues {
            Continues::Not | Continues::Anew | Continues::Begun { .. } => self.begun.as_ref(),
            Continues::Within { family }
            | Continues::Rotated { family, .. }
            | Continues::Kept { family, .. }
            | Continues::Again { family, .. } => Some(family),
        }
    }

    pub fn family(&self) -> Option<RowKey> {
        self.stored().map(|family| family.key)
    }

    /// How its user signed in.
    pub fn authentication(&self) -> Option<Arc<Authentication>> {
        self.stored()?.authentication.clone()
    }

    /// Nothing of an authorization outlives it.
    pub fn ends_at(&self) -> Option<Time> {
        self.stored().map(|family| family.expires_at)
    }

    /// `access` is what was issued beside it; the refresh token keeps what may be had at most.
    pub fn refresh(
        self,
        access: &Issue<'_>,
        ceiling: &Scope,
        audience: Option<&[String]>,
        cx: &mut Context<'_>,
    ) -> Result<Refresh, Stop> {
        let tenant = access.tenant;
        let policy = &tenant.policy;
        let derived = policy.refresh_grace_seconds > 0;
        let until = |family: &Family, cx: &Context<'_>| {
            cx.now.expiry(policy.refresh_token_ttl_seconds).min(family.expires_at)
        };
        let kind = TokenKind::Refresh;
        match self.continues {
            Continues::Not | Continues::Within { .. } => Ok(Refresh::default()),
            Continues::Kept { text, .. } => {
                Ok(Refresh { text: Some(text.clone()), ..Refresh::default() })
            }
            Continues::Anew | Continues::Begun { .. } => {
                let Some(mut family) = self.begun else { return Ok(Refresh::default()) };
                let mut refresh = Refresh::default();
                if !self.refreshes {
                    family.expires_at = access.expires_at;
                }
                if self.refreshes {
                    let expires_at = until(&family, cx);
                    let derived = derived || access.derived;
                    let made = issue(&Issue { kind, expires_at, derived, ..access.again() }, cx)?;
                    let row = Some((made.key, made.expires_at));
                    let (text, writes) = (Some(made.text), made.writes);
                    refresh = Refresh { text, is_new: true, made: row, writes };
                }
                if !matches!(self.continues, Continues::Begun { is_stored: true, .. }) {
                    let change = Change::InsertFamily(family);
                    refresh.writes.insert(0, Write { tenant: tenant.key(), change });
                }
                Ok(refresh)
            }
            Continues::Rotated { family, token } => {
                let expires_at = until(family, cx);
                let audience = audience.unwrap_or(access.audience);
                let wanted =
                    Issue { kind, expires_at, derived, scope: ceiling, audience, ..access.again() };
                let made = issue(&wanted, cx)?;
                let by = RevokedBy::Rotation { successor: made.key };
                let revocation = Revocation { at: cx.now, by };
                let change = Change::RevokeToken { key: token.key, revocation };
                let mut writes = vec![Write { tenant: tenant.key(), change }];
                writes.extend(made.writes);
                Ok(Refresh { text: Some(made.text), is_new: true, made: None, writes })
            }
            Continues::Again { successor, .. } => {
                let text = again(*successor, access, cx)?;
                Ok(Refresh { text: Some(text), is_new: true, ..Refresh::default() })
            }
        }
    }
}

fn begin(
    granted: &Granted<'_>,
    request: &GrantRequest<'_>,
    scope: &Scope,
    cx: &mut Context<'_>,
) -> Option<Family> {
    let client = request.client.filter(|_| begins(request, scope))?;
    Some(Family {
        key: RowKey::draw(cx.now, cx.entropy),
        client: Some(client.key()),
        user: granted.user.map(|user| user.key()),
        expires_at: cx.now.expiry(request.tenant.policy.authorization_ttl_seconds),
        revocation: None,
        authentication: None,
    })
}

/// Whether the client may go on with a refresh token, and this scope comes with one.
pub fn begins(request: &GrantRequest<'_>, scope: &Scope) -> bool {
    let wanted = request.manner.scopes_to_refresh;
    let asked = wanted.is_empty() || wanted.iter().any(|name| scope.contains(name));
    asked && request.client.is_some_and(|client| client.has_grant("refresh_token"))
}

/// The text of a successor that was derived from its row; `invalid_grant` where it was not.
fn again(successor: RowKey, access: &Issue<'_>, cx: &mut Context<'_>) -> Result<Secret, Stop> {
    let tenant = access.tenant.key();
    let secret = secret(true, tenant, successor, cx);
    let shape = Shape::of_refresh(access.manner.refresh);
    let text = mint(shape, TokenKind::Refresh, tenant, successor, &secret);
    let stored = access.facts.further(TokenRef::Key(successor))?;
    let hash = cx.vault.token_hash(tenant, text.expose());
    if stored.is_some_and(|fact| same(&hash, &fact.token.hash)) {
        return Ok(text);
    }
    let what = "The refresh token was used before.";
    Err(OAuthError::invalid_grant(Cause::RefreshReused, what).into())
}
