//! Token revocation (RFC 7009): a client cuts off a token of its own; where a product allows it,
//! whoever holds one does. The standard answer is the same whether there was such a token or not.

use std::{net::IpAddr, sync::Arc};

use crate::{
    admission,
    client_auth::{Presented, Sent, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, TokenFact},
    introspect::{InHand, Reason},
    manner::Manner,
    model::{Object, Revocation, RevokedBy, Token, TokenKind},
    outcome::{Change, Decision, Event, Outcome},
    secret::Secret,
    vault::Vault,
};

/// Who revokes, for the operator, where nobody said who it is. No client's id is empty.
const HOLDER: &str = "";

pub struct RevokeRequest {
    /// `None`: whoever holds the token.
    presented: Option<Presented>,
    token: InHand,
    text: Secret,
    manner: &'static Manner,
    by_get: bool,
    peer: Option<IpAddr>,
}

/// What became of the token, for dialects that tell.
#[derive(Clone, Debug, Default)]
pub struct RevokeReply {
    /// Whether there was anything for the caller to revoke.
    pub known: bool,
    pub kind: Option<TokenKind>,
    /// The token as it was sent, where it is revoked now.
    pub token: Option<Secret>,
    pub username: Option<String>,
}

impl RevokeRequest {
    /// # Errors
    /// `invalid_request` without a token, `invalid_client` without credentials.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let by_holder = sent.manner.revokes_without_client;
        let presented = match Presented::find(sent) {
            Ok(presented) if by_holder && !presented.proves() => None,
            Ok(presented) => Some(presented),
            Err(error) if by_holder && error.cause == Cause::NoCredentials => None,
            Err(error) => return Err(error),
        };
        let text = sent.form.require("token")?.clone();
        let token = InHand::new(text.clone());
        let (manner, peer) = (sent.manner, sent.peer);
        Ok(Self { presented, token, text, manner, by_get: false, peer })
    }

    /// Whether the request could be made by a link, which a policy must allow.
    #[must_use]
    pub fn by_get(self, by_get: bool) -> Self {
        Self { by_get, ..self }
    }

    /// Who the client says it is; the edge may look for its tenant by that.
    pub fn client_id(&self) -> Option<&str> {
        self.presented.as_ref().map(Presented::id)
    }

    fn decide_for(
        &self,
        caller: Option<&Arc<Object>>,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Decision<RevokeReply> {
        let tenant = tenant(facts)?;
        let not_own = |fact: &TokenFact| match (caller, fact.token.client) {
            (None, _) => false,
            (Some(_), None) => !self.manner.revokes_ownerless,
            (Some(caller), Some(owner)) => caller.key != owner,
        };
        let found = self.token.held(facts, cx).and_then(|held| match held.beyond_revoking() {
            Some(reason) => Err(reason),
            None if not_own(held.fact) => Err(Reason::WrongAudience),
            None => Ok(held.fact),
        });
        let who = caller.map_or(HOLDER, |caller| caller.id()).to_owned();
        let fact = match found {
            Err(reason) => {
                if caller.is_none() {
                    // Whoever guesses here is as limited as where tokens are used.
                    admission::miss(self.peer, facts)?;
                }
                let event = Event::NotRevoked { caller: who, reason };
                return Ok(self.unknown().event(event));
            }
            Ok(fact) => fact,
        };
        let by = match caller {
            Some(caller) => RevokedBy::Client(caller.id().to_owned()),
            None => RevokedBy::Holder,
        };
        let token = &fact.token;
        let change = match token.family {
            Some(key) if self.manner.revokes_family => {
                Change::RevokeFamily { key, revocation: Revocation { at: cx.now, by } }
            }
            _ => revocation(token, by, cx),
        };
        let reply = RevokeReply {
            known: true,
            kind: Some(token.kind),
            token: Some(self.text.clone()),
            username: fact.user().map(|user| user.username.clone()),
        };
        let event = Event::Revoked { caller: who, token: token.key };
        Ok(Outcome::reply(reply).write(tenant.key(), change).event(event))
    }

    fn unknown(&self) -> Outcome<RevokeReply> {
        if self.manner.tells_unknown_tokens {
            let what = "There is no such token to revoke.";
            let error = OAuthError::new(ErrorCode::UnsupportedTokenType, what);
            return Outcome::refuse(error.caused(Cause::TokenUnknown));
        }
        Outcome::reply(RevokeReply::default())
    }
}

/// A refresh token takes its whole family with it (RFC 7009 §2.1); an access token goes alone.
pub fn revocation(token: &Token, by: RevokedBy, cx: &Context<'_>) -> Change {
    let revocation = Revocation { at: cx.now, by };
    match (token.kind, token.family) {
        (TokenKind::Refresh, Some(family)) => Change::RevokeFamily { key: family, revocation },
        (TokenKind::Refresh | TokenKind::Access, _) => {
            Change::RevokeToken { key: token.key, revocation }
        }
    }
}

impl Operation for RevokeRequest {
    type Reply = RevokeReply;

    fn needs(&self, vault: &Vault) -> Needs {
        let caller = self.presented.as_ref();
        let needs = caller.map_or_else(Needs::default, |presented| presented.needs(vault));
        self.token.needs(vault, needs)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<RevokeReply> {
        let tenant = tenant(facts)?;
        if self.by_get && !tenant.policy.allow_get_revocation {
            let what = "Tokens are not revoked by GET here.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).into());
        }
        match &self.presented {
            Some(presented) => with_caller(presented, facts, cx, |caller, cx| {
                self.decide_for(Some(caller), facts, cx)
            }),
            None => self.decide_for(None, facts, cx),
        }
    }
}

#[cfg(test)]
mod tests;
