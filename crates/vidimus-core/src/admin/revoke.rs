//! An administrator revokes any token of a tenant.

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs},
    introspect::InHand,
    model::RevokedBy,
    outcome::{Decision, Event, Outcome},
    revoke::revocation,
    secret::Secret,
    vault::Vault,
};

pub struct RevokeAny {
    pub token: Secret,
    pub by: String,
}

impl Operation for RevokeAny {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        InHand::new(self.token.clone()).needs(vault, Needs::default())
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let held = InHand::new(self.token.clone()).held(facts, cx);
        let verdict = held.and_then(|held| held.beyond_revoking().map_or(Ok(held.fact), Err));
        match verdict {
            Err(reason) => Ok(Outcome::reply(json!({"revoked": false, "reason": reason.label()}))
                .event(Event::NotRevoked { caller: self.by.clone(), reason })),
            Ok(fact) => {
                let token = &fact.token;
                let change = revocation(token, RevokedBy::Administrator(self.by.clone()), cx);
                let action = format!("revoke token {}", token.key.to_text());
                Ok(Outcome::reply(json!({"revoked": true}))
                    .write(tenant.key(), change)
                    .event(Event::Revoked { caller: self.by.clone(), token: token.key })
                    .event(Event::Administered { by: self.by.clone(), action }))
            }
        }
    }
}
