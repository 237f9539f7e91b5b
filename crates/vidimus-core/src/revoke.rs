//! Token revocation (RFC 7009): a client cuts off a token of its own. The answer is the same
//! whether there was such a token or not.

use std::sync::Arc;

use crate::{
    client_auth::{Presented, Sent, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    introspect::{InHand, Reason},
    model::{Object, Revocation, RevokedBy, Token, TokenKind},
    outcome::{Change, Decision, Event, Outcome},
    vault::Vault,
};

pub struct RevokeRequest {
    presented: Presented,
    token: InHand,
}

impl RevokeRequest {
    /// # Errors
    /// `invalid_request` without a token, `invalid_client` without credentials.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let presented = Presented::find(sent)?;
        let token = InHand::new(sent.form.require("token")?.clone());
        Ok(Self { presented, token })
    }

    fn decide_for(&self, caller: &Arc<Object>, facts: &Facts, cx: &Context<'_>) -> Decision<()> {
        let tenant = tenant(facts)?;
        let found = self.token.held(facts, cx).and_then(|held| match held.beyond_revoking() {
            Some(reason) => Err(reason),
            None if held.fact.token.client != Some(caller.key) => Err(Reason::WrongAudience),
            None => Ok(held.fact),
        });
        let caller_id = caller.id().to_owned();
        match found {
            Err(reason) => {
                Ok(Outcome::reply(()).event(Event::NotRevoked { caller: caller_id, reason }))
            }
            Ok(fact) => {
                let token = &fact.token;
                let by = RevokedBy::Client(caller_id.clone());
                let change = revocation(token, by, cx);
                let event = Event::Revoked { caller: caller_id, token: token.key };
                Ok(Outcome::reply(()).write(tenant.key(), change).event(event))
            }
        }
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
    type Reply = ();

    fn needs(&self, vault: &Vault) -> Needs {
        self.token.needs(vault, self.presented.needs(vault))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<()> {
        with_caller(&self.presented, facts, cx, |caller, cx| self.decide_for(caller, facts, cx))
    }
}

#[cfg(test)]
mod tests;
