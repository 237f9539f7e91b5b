//! A client ends its registration (RFC 7592 §2.3). What hangs on it is inactive from then on: a token
//! whose client is gone is no token.

use super::manage::Manager;
use crate::{
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    outcome::{Change, Decision, Event, Outcome},
    vault::Vault,
};

pub struct DeleteClient(Manager);

impl DeleteClient {
    /// # Errors
    /// `invalid_token`: there is no bearer token.
    pub fn parse(client_id: &str, authorization: Option<&str>) -> Result<Self, OAuthError> {
        Manager::find(client_id, authorization).map(Self)
    }
}

impl Operation for DeleteClient {
    type Reply = ();

    fn needs(&self, _: &Vault) -> Needs {
        self.0.needs()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<()> {
        let managed = self.0.managed(facts, cx)?;
        let (object, tenant) = (managed.client.object, managed.tenant.key());
        let client_id = managed.client.id().to_owned();
        let action = format!("delete registration {client_id}");
        Ok(Outcome::reply(())
            .write(tenant, Change::Delete { key: object.key, version: object.version })
            .write(tenant, Change::LeaveRoot { client_id: client_id.clone() })
            .event(Event::Administered { by: client_id, action }))
    }
}
