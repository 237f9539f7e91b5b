//! A client reads its registration (RFC 7592 §2.1).

use super::{RegistrationReply, manage::Manager};
use crate::{
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    outcome::{Decision, Outcome},
    vault::Vault,
};

pub struct ReadClient(Manager);

impl ReadClient {
    /// # Errors
    /// `invalid_token`: there is no bearer token.
    pub fn parse(client_id: &str, authorization: Option<&str>) -> Result<Self, OAuthError> {
        Manager::find(client_id, authorization).map(Self)
    }
}

impl Operation for ReadClient {
    type Reply = RegistrationReply;

    fn needs(&self, _: &Vault) -> Needs {
        self.0.needs()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<RegistrationReply> {
        let managed = self.0.managed(facts, cx)?;
        Ok(Outcome::reply(RegistrationReply {
            registration_access_token: Some(self.0.token().clone()),
            ..RegistrationReply::of(managed.client.body, managed.registered)
        }))
    }
}
