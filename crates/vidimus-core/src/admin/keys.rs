//! Signing keys: what they are doing, and a rotation ahead of time.

use serde_json::{Value, json};

use super::{object::administered, view::declaration};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, Space},
    model::{Body, Kind, SigningAlgorithm, SigningKey},
    outcome::{Change, Decision, Event, Outcome, Write},
    rotation::{self, State},
    vault::Vault,
};

pub struct KeyList;

/// A successor now. `compromised`: it signs at once, and whatever the old keys signed is inactive.
pub struct KeyRotate {
    pub algorithm: Option<SigningAlgorithm>,
    pub compromised: bool,
    pub by: String,
}

fn needs() -> Needs {
    Needs::whole(Space::SigningKey)
}

impl Operation for KeyList {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let keys = facts.signing_keys()?;
        let items: Vec<Value> = keys
            .iter()
            .map(|key| {
                let state = rotation::state(*key, &keys, tenant.body, cx.now);
                let mut shown = declaration(key.object);
                shown.insert("state".to_owned(), json!(state.as_str()));
                Value::Object(shown)
            })
            .collect();
        Ok(Outcome::reply(json!({"items": items, "next": null})))
    }
}

impl Operation for KeyRotate {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let algorithm = self.algorithm.unwrap_or(rotation::DEFAULT);
        let keys = facts.signing_keys()?;
        let mut writes = Vec::new();
        let of_algorithm: Vec<_> =
            keys.iter().filter(|key| key.algorithm == algorithm).copied().collect();
        let signs_now = of_algorithm
            .iter()
            .any(|key| rotation::state(*key, &keys, tenant.body, cx.now) == State::Signing);
        let signs_from = if self.compromised || !signs_now {
            cx.now
        } else {
            cx.now.plus_seconds(rotation::ANNOUNCE_SECONDS)
        };
        if self.compromised {
            for key in of_algorithm.iter().filter(|key| key.revoked_at.is_none()) {
                let revoked = SigningKey { revoked_at: Some(cx.now), ..key.body.clone() };
                let object = key.object.changed(key.standing(), Body::SigningKey(revoked));
                writes.push(Write { tenant: tenant.key(), change: Change::Replace(object) });
            }
        }
        let made = rotation::make(facts, tenant, algorithm, signs_from, cx)?;
        let reply = Value::Object(declaration(&made));
        let verb = if self.compromised { "revoke keys and rotate to" } else { "rotate to" };
        let rotated = administered(&self.by, verb, Kind::SigningKey, made.id());
        let event = Event::KeyMade { kid: made.id().to_owned() };
        writes.push(rotation::create(tenant, made));
        Ok(Outcome { writes, reply: Ok(reply), events: vec![event, rotated] })
    }
}
