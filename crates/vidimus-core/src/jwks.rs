//! The key set (RFC 7517 §5): announced, signing and retired keys; never a revoked one.

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, Space},
    model::{Body, SigningAlgorithm},
    outcome::{Change, Decision, Outcome, Write},
    rotation::{self, State},
    vault::Vault,
};

#[derive(Default)]
pub struct JwksRequest {
    /// A key of this algorithm is there, also where nothing is signed by one yet.
    pub publishes: Option<SigningAlgorithm>,
}

impl Operation for JwksRequest {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::whole(Space::SigningKey)
    }

    /// Those that sign now come first.
    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let writes = match self.publishes {
            Some(algorithm) => rotation::signer(facts, tenant, algorithm, cx)?.1,
            None => rotation::upkeep(facts, tenant, cx)?,
        };
        let keys = facts.signing_keys()?;
        let mut published: Vec<_> = keys
            .iter()
            .map(|key| (rotation::state(*key, &keys, tenant.body, cx.now), key.public.clone()))
            .filter(|(state, _)| {
                matches!(state, State::Announced | State::Signing | State::Retired)
            })
            .collect();
        published.sort_by_key(|(state, _)| *state != State::Signing);
        // One that is made by this very request is published by it.
        let made = writes.iter().filter_map(made);
        let published: Vec<_> = published.into_iter().map(|(_, key)| key).chain(made).collect();
        Ok(Outcome { writes, ..Outcome::reply(json!({ "keys": published })) })
    }
}

fn made(write: &Write) -> Option<Value> {
    match &write.change {
        Change::Create(object) => match &object.body {
            Body::SigningKey(key) => Some(key.public.clone()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
