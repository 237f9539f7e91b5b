//! The key set (RFC 7517 §5): announced, signing and retired keys; never a revoked one.

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, Space},
    outcome::{Decision, Outcome},
    rotation::{self, State},
    vault::Vault,
};

pub struct JwksRequest;

impl Operation for JwksRequest {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::whole(Space::SigningKey)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let writes = rotation::upkeep(facts, tenant, cx)?;
        let keys = facts.signing_keys()?;
        let mut published: Vec<Value> = keys
            .iter()
            .filter(|key| {
                let state = rotation::state(**key, &keys, tenant.body, cx.now);
                matches!(state, State::Announced | State::Signing | State::Retired)
            })
            .map(|key| key.public.clone())
            .collect();
        // A successor announced by this very request is published by it.
        published.extend(writes.iter().filter_map(|write| match &write.change {
            crate::outcome::Change::Create(object) => match &object.body {
                crate::model::Body::SigningKey(key) => Some(key.public.clone()),
                _ => None,
            },
            _ => None,
        }));
        Ok(Outcome { writes, ..Outcome::reply(json!({ "keys": published })) })
    }
}

#[cfg(test)]
mod tests;
