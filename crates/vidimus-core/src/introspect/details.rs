//! A refresh token described to whoever holds it: possession is the proof, and nobody learns of a
//! token that he does not have.

use std::net::IpAddr;

use super::{InHand, Reason};
use crate::{
    admission,
    client_auth::{Sent, tenant},
    context::Context,
    engine::Operation,
    error::{Cause, OAuthError},
    facts::{Facts, Needs},
    model::TokenKind,
    outcome::{Decision, Event, Outcome},
    row_key::RowKey,
    time::Time,
    vault::Vault,
};

pub struct DetailsRequest {
    token: InHand,
    peer: Option<IpAddr>,
}

/// What a dialect shapes its description from.
#[derive(Clone, Debug)]
pub struct Details {
    pub username: Option<String>,
    pub user: Option<RowKey>,
    pub client_id: Option<String>,
    pub scope: String,
    pub issued_at: Time,
    pub expires_at: Time,
}

impl DetailsRequest {
    /// # Errors
    /// `invalid_request` without a token.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let token = InHand::new(sent.form.require("token")?.clone());
        Ok(Self { token, peer: sent.peer })
    }
}

impl Operation for DetailsRequest {
    type Reply = Details;

    fn needs(&self, vault: &Vault) -> Needs {
        self.token.needs(vault, Needs::default())
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Details> {
        tenant(facts)?;
        let held = self.token.held(facts, cx);
        let held = held.and_then(|held| held.validity().map_or(Ok(held.fact), Err));
        let held = held.and_then(|fact| match fact.token.kind {
            TokenKind::Refresh => Ok(fact),
            TokenKind::Access => Err(Reason::WrongKind),
        });
        let event = |token| Event::Introspected {
            caller: "holder".to_owned(),
            reason: None,
            token: Some(token),
        };
        match held {
            Err(reason) => {
                // Whoever guesses here is as limited as where tokens are used.
                admission::miss(self.peer, facts)?;
                let what = "The refresh token is invalid.";
                let error = OAuthError::invalid_grant(Cause::RefreshUnknown, what);
                Err(error.because(reason.label()).into())
            }
            Ok(fact) => {
                let details = Details {
                    username: fact.user().map(|user| user.id().to_owned()),
                    user: fact.token.user,
                    client_id: fact.client().map(|client| client.id().to_owned()),
                    scope: fact.token.scope.clone(),
                    issued_at: fact.token.issued_at,
                    expires_at: fact.token.expires_at,
                };
                Ok(Outcome::reply(details).event(event(fact.token.key)))
            }
        }
    }
}
