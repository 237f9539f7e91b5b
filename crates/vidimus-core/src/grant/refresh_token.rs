//! Refreshing (RFC 6749 §6): a token is exchanged for an access token and, mostly, for its
//! successor. One that comes again after that costs the whole family (RFC 9700 §4.14.2).

use super::{Asked, Continues, Grant, GrantRequest, Granted};
use crate::{
    consent,
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Needs, Space, TokenFact, TokenRef},
    introspect::{Held, InHand, Reason},
    model::{Family, Revocation, RevokedBy, Token, TokenKind},
    outcome::{Change, Event, Refusal, Stop, Write},
    resource,
    row_key::RowKey,
    scope::Scope,
    vault::Vault,
};

pub const GRANT: Grant = Grant {
    name: "refresh_token",
    is_on: |_| true,
    allows_public: true,
    assertion: None,
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, needs: Needs, vault: &Vault) -> Needs {
    match asked.form.secret("refresh_token") {
        Some(text) => InHand::new(text.clone()).needs(vault, needs),
        None => needs,
    }
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let text = request.form.require("refresh_token")?;
    let held = InHand::new(text.clone())
        .held(request.facts, cx)
        .map_err(|reason| unknown(reason.label()))?;
    let fact = held.fact;
    let token = &fact.token;
    // Whatever is not the caller's own is as unknown as what nobody issued, and stays as it is.
    let own = token.client == request.client.map(|client| client.key());
    if !held.is_genuine || token.kind != TokenKind::Refresh || !own {
        return Err(unknown("it is no refresh token of the caller").into());
    }
    let verdict = held.validity();
    let Some(family) = &fact.family else {
        return Err(refusal(&verdict.unwrap_or(Reason::Unknown)).into());
    };
    let continues = match verdict {
        None if keeps(request) => Continues::Kept { family, text: text.clone() },
        None => Continues::Rotated { family, token },
        Some(Reason::Revoked { at, by: RevokedBy::Rotation { successor } }) => {
            let grace_seconds = request.tenant.policy.refresh_grace_seconds;
            // Without any, also where it was rotated by a clock that is ahead of ours.
            if grace_seconds == 0 || cx.now >= at.plus_seconds(grace_seconds) {
                return Err(reused(request, fact, family, cx));
            }
            learn(request, token, Some(TokenRef::Key(successor)))?;
            again(request, fact, family, successor, &held, cx)?
        }
        Some(reason) => return Err(refusal(&reason).into()),
    };
    learn(request, token, None)?;
    check_consent(request, fact, family)?;
    Ok(Granted {
        user: fact.user(),
        audience: Some(audience(request, token)?),
        continues,
        ..Granted::of(ceiling(request, token)?)
    })
}

/// What the user allowed must stand at every use: it may have been taken back since.
fn check_consent(
    request: &GrantRequest<'_>,
    fact: &TokenFact,
    family: &Family,
) -> Result<(), Stop> {
    let (Some(client), Some(user)) = (request.client, fact.user()) else { return Ok(()) };
    let was_asked = family.authentication.is_some();
    if was_asked && !consent::allows(client, user, request.facts)? {
        return Err(unknown("the user has taken the consent back").into());
    }
    Ok(())
}

/// A public client's is always rotated (RFC 9700 §2.2.2); one of no client is declared and stays.
fn keeps(request: &GrantRequest<'_>) -> bool {
    match request.client {
        None => true,
        Some(client) => request.manner.keeps_refresh_token && !client.is_public(),
    }
}

/// Its successor once more, as long as nobody has used that.
fn again<'a>(
    request: &GrantRequest<'a>,
    fact: &'a TokenFact,
    family: &'a Family,
    successor: RowKey,
    held: &Held<'_>,
    cx: &Context<'_>,
) -> Result<Continues<'a>, Stop> {
    let next = request.facts.further(TokenRef::Key(successor))?;
    let Some(next) = next else { return Err(reused(request, fact, family, cx)) };
    // The text is compared when it is made again.
    let next = Held { fact: next, is_genuine: true, ..*held };
    match next.validity() {
        None => Ok(Continues::Again { family, successor }),
        Some(Reason::Revoked { by: RevokedBy::Rotation { .. }, .. }) => {
            Err(reused(request, fact, family, cx))
        }
        Some(reason) => Err(refusal(&reason).into()),
    }
}

/// Two hold the token, and nobody can tell who may: no token of the family is good any more.
fn reused(request: &GrantRequest<'_>, fact: &TokenFact, family: &Family, cx: &Context<'_>) -> Stop {
    let error =
        OAuthError::invalid_grant(Cause::RefreshReused, "The refresh token was used before.");
    if family.revocation.is_some() {
        return error.into();
    }
    let revocation = Revocation { at: cx.now, by: RevokedBy::Reuse };
    let change = Change::RevokeFamily { key: family.key, revocation };
    let client_id = request.client.map(|client| client.id().to_owned());
    Stop::RefuseAnd(Box::new(Refusal {
        error,
        writes: vec![Write { tenant: request.tenant.key(), change }],
        events: vec![Event::Reused { client_id, token: fact.token.key }],
    }))
}

/// What was granted, without what the client may no longer have.
fn ceiling(request: &GrantRequest<'_>, token: &Token) -> Result<Scope, OAuthError> {
    let granted = Scope::stored(&token.scope);
    let Some(client) = request.client else { return Ok(granted) };
    let left = granted.within(&Scope::stored(&client.metadata.scope));
    if left.is_empty() && !granted.is_empty() {
        let what = "The client may no longer have any of the granted scopes.";
        return Err(OAuthError::new(ErrorCode::InvalidScope, what).caused(Cause::ScopeRefused));
    }
    Ok(left)
}

/// The token's own, without those that nobody serves any more. None left is not none at all: that
/// would be for anybody.
fn audience(request: &GrantRequest<'_>, token: &Token) -> Result<Vec<String>, OAuthError> {
    let left: Vec<String> =
        token.audience.iter().filter(|name| request.facts.serves(name)).cloned().collect();
    if left.is_empty() && !token.audience.is_empty() {
        return Err(resource::unknown());
    }
    Ok(left)
}

/// What only the row tells to look for, all in one turn.
fn learn(
    request: &GrantRequest<'_>,
    token: &Token,
    successor: Option<TokenRef>,
) -> Result<(), Stop> {
    let facts = request.facts;
    let asked = |name: &String| {
        facts.asked.iter().any(|(space, asked)| *space == Space::Audience && asked == name)
    };
    let mut needs = Needs::default();
    for name in token.audience.iter().filter(|name| !asked(name)) {
        needs = needs.object(Space::Audience, name);
    }
    let loaded = |token: &TokenRef| facts.further.iter().any(|(known, _)| known == token);
    needs.further.extend(successor.filter(|token| !loaded(token)));
    if needs.has_rows() { Err(Stop::Need(Box::new(needs))) } else { Ok(()) }
}

fn refusal(reason: &Reason) -> OAuthError {
    match reason {
        Reason::Expired { .. } => {
            OAuthError::invalid_grant(Cause::RefreshExpired, "The refresh token has expired.")
        }
        Reason::Locked | Reason::Disabled { .. } => {
            unknown(reason.label()).caused(Cause::InactiveUser)
        }
        reason => unknown(reason.label()),
    }
}

fn unknown(why: &'static str) -> OAuthError {
    OAuthError::invalid_grant(Cause::RefreshUnknown, "The refresh token is not valid.").because(why)
}

#[cfg(test)]
mod tests;
