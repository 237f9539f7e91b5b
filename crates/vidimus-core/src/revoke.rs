//! Token revocation (RFC 7009): a client cuts off a token of its own. The answer is the same
//! whether there was such a token or not.

use std::sync::Arc;

use crate::{
    client_auth::{Presented, Sent, bearer::key_revoked, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs, Space},
    introspect::{self, Reason},
    model::{Object, Revocation, RevokedBy, TokenKind},
    outcome::{Change, Decision, Event, Outcome},
    row_key::RowKey,
    secret::Secret,
    token_format::{Located, locate},
};

pub struct RevokeRequest {
    presented: Presented,
    token: Secret,
    located: Result<Located, Reason>,
}

impl RevokeRequest {
    /// # Errors
    /// `invalid_request` without a token, `invalid_client` without credentials.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let presented = Presented::find(sent)?;
        let token = sent.form.require("token")?.clone();
        let located = locate(token.expose());
        Ok(Self { presented, token, located })
    }

    fn decide_for(&self, caller: &Arc<Object>, facts: &Facts, cx: &Context<'_>) -> Decision<()> {
        let tenant = tenant(facts)?;
        let found = self.located.as_ref().map_err(Clone::clone).and_then(|located| {
            let fact = introspect::found(facts)?;
            let given = introspect::Presented {
                text: self.token.expose(),
                now: cx.now,
                tenant: tenant.key(),
                tenant_standing: tenant.standing(),
                vault: cx.vault,
            };
            let key_revoked = key_revoked(facts, located.kid.as_deref());
            if let Some(reason) = introspect::beyond_revoking(fact, &given, key_revoked) {
                return Err(reason);
            }
            if fact.token.client != Some(caller.key) {
                return Err(Reason::WrongAudience);
            }
            Ok(fact)
        });
        let caller_id = caller.id().to_owned();
        match found {
            Err(reason) => {
                Ok(Outcome::reply(()).event(Event::NotRevoked { caller: caller_id, reason }))
            }
            Ok(fact) => {
                let token = &fact.token;
                let by = RevokedBy::Client(caller_id.clone());
                let change = revocation(token.key, token.kind, token.family, cx, by);
                let event = Event::Revoked { caller: caller_id, token: token.key };
                Ok(Outcome::reply(()).write(tenant.key(), change).event(event))
            }
        }
    }
}

/// A refresh token takes its whole family with it (RFC 7009 §2.1); an access token goes alone.
pub fn revocation(
    key: RowKey,
    kind: TokenKind,
    family: Option<RowKey>,
    cx: &Context<'_>,
    by: RevokedBy,
) -> Change {
    let revocation = Revocation { at: cx.now, by };
    match (kind, family) {
        (TokenKind::Refresh, Some(family)) => Change::RevokeFamily { key: family, revocation },
        (TokenKind::Refresh | TokenKind::Access, _) => Change::RevokeToken { key, revocation },
    }
}

impl Operation for RevokeRequest {
    type Reply = ();

    fn needs(&self) -> Needs {
        let mut needs = self.presented.needs();
        if let Ok(located) = &self.located {
            needs.token = Some(located.token);
            if let Some(kid) = &located.kid {
                needs.objects.push((Space::SigningKey, kid.clone()));
            }
        }
        needs
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<()> {
        with_caller(&self.presented, facts, cx, |caller, cx| self.decide_for(caller, facts, cx))
    }
}

#[cfg(test)]
mod tests;
