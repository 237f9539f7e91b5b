//! Signing keys rotate by themselves: announced, signing, retired; every state a function of time.
//!
//! Whoever needs a key, or publishes the key set, also starts the successor when one is due. So no
//! job walks over all tenants, and a tenant that nobody asks has no keys.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    context::Context,
    errand::{Done, Errand},
    error::Fault,
    facts::{Facts, mismatch},
    jwt::Signer,
    model::{Body, Named, Object, SigningAlgorithm, SigningKey, Standing, Tenant},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    time::Time,
    vault::key_place,
};

/// Small signatures, quick to make, verified everywhere.
pub const DEFAULT: SigningAlgorithm = SigningAlgorithm::ES256;

/// What verifiers may cache the key set for; `max-age` of `/oauth2/jwks`.
pub const JWKS_MAX_AGE_SECONDS: i64 = 900;
/// A key is published for this long before it signs: every cache has seen it by then.
pub const ANNOUNCE_SECONDS: i64 = 2 * JWKS_MAX_AGE_SECONDS;
const SIGNING_LIFE_SECONDS: i64 = 90 * 86_400;
/// A retired key stays published at least this long, and at least as long as a token lives.
const RETIRED_SECONDS_MIN: i64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Announced,
    Signing,
    Retired,
    /// Retired for longer than anything it signed can live.
    Gone,
    Revoked,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Gone => "gone",
            Self::Revoked => "revoked",
        }
    }
}

type Key<'a> = Named<'a, SigningKey>;

/// The state of one key among all keys of its tenant.
pub fn state(key: Key<'_>, keys: &[Key<'_>], tenant: &Tenant, now: Time) -> State {
    if key.revoked_at.is_some() {
        return State::Revoked;
    }
    if now < key.signs_from {
        return State::Announced;
    }
    let successor = keys
        .iter()
        .filter(|other| other.algorithm == key.algorithm && other.revoked_at.is_none())
        .map(|other| other.signs_from)
        .filter(|&from| from > key.signs_from && from <= now)
        .min();
    match successor {
        None => State::Signing,
        Some(from) => {
            let tail = tenant.policy.access_token_ttl_seconds.max(RETIRED_SECONDS_MIN);
            if now < from.plus_seconds(tail) { State::Retired } else { State::Gone }
        }
    }
}

/// The key that signs now, made if there is none, with the writes that keep rotation going.
pub fn signer(
    facts: &Facts,
    tenant: Named<'_, Tenant>,
    algorithm: SigningAlgorithm,
    cx: &mut Context<'_>,
) -> Result<(Arc<Signer>, Vec<Write>), Stop> {
    let keys = facts.signing_keys()?;
    let current = keys
        .iter()
        .filter(|key| key.algorithm == algorithm)
        .find(|key| state(**key, &keys, tenant.body, cx.now) == State::Signing);
    match current {
        Some(key) => {
            let signer = cx.vault.signer(*key)?;
            Ok((signer, upkeep(facts, tenant, cx)?))
        }
        None => {
            let made = make(facts, tenant, algorithm, cx.now, cx)?;
            let key = Named::of(&made)
                .ok_or_else(|| Fault::Corrupt("a new key is not a key".to_owned()))?;
            let signer = cx.vault.signer(key)?;
            Ok((signer, vec![create(tenant, made)]))
        }
    }
}

/// Adds what a second key of one decision needs. Both see to the same upkeep; once is enough.
pub fn join(writes: &mut Vec<Write>, more: Vec<Write>) {
    let slot = |write: &Write| match &write.change {
        Change::Create(object) => match &object.body {
            Body::SigningKey(key) => Some(key.slot.clone()),
            _ => None,
        },
        Change::Delete { key, .. } => Some(key.0.to_string()),
        _ => None,
    };
    for write in more {
        let known = slot(&write);
        if known.is_none() || !writes.iter().any(|write| slot(write) == known) {
            writes.push(write);
        }
    }
}

/// Announces a successor that is due and deletes keys that are gone. One successor at a time: each
/// takes a turn of the loop, and those are counted. The next request sees to the next.
pub fn upkeep(
    facts: &Facts,
    tenant: Named<'_, Tenant>,
    cx: &mut Context<'_>,
) -> Result<Vec<Write>, Stop> {
    let keys = facts.signing_keys()?;
    let states: Vec<(Key<'_>, State)> =
        keys.iter().map(|key| (*key, state(*key, &keys, tenant.body, cx.now))).collect();
    let mut writes = Vec::new();
    for algorithm in SigningAlgorithm::ALL {
        let of = |wanted: State| {
            states.iter().find(|(key, state)| key.algorithm == algorithm && *state == wanted)
        };
        let Some((signing, _)) = of(State::Signing) else { continue };
        let due = cx.now >= signing.signs_from.plus_seconds(SIGNING_LIFE_SECONDS);
        if due && of(State::Announced).is_none() {
            let from = cx.now.plus_seconds(ANNOUNCE_SECONDS);
            writes.push(create(tenant, make(facts, tenant, algorithm, from, cx)?));
            break;
        }
    }
    for (key, _) in states.iter().filter(|(_, state)| *state == State::Gone) {
        let change = Change::Delete { key: key.key(), version: key.object.version };
        writes.push(Write { tenant: tenant.key(), change });
    }
    Ok(writes)
}

/// A new key of the algorithm, sealed and named. The slot makes two nodes that do this at once
/// conflict, so that one of them decides again.
pub fn make(
    facts: &Facts,
    tenant: Named<'_, Tenant>,
    algorithm: SigningAlgorithm,
    signs_from: Time,
    cx: &mut Context<'_>,
) -> Result<Arc<Object>, Stop> {
    let pkcs8 = match facts.errand(Errand::GenerateKey { algorithm })? {
        Done::Key(pkcs8) => Arc::clone(pkcs8),
        other => return Err(mismatch(other)),
    };
    let public = Signer::parse(algorithm, "new", &pkcs8)?.public_jwk();
    let kid = public.get("kid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let last = facts
        .signing_keys()?
        .iter()
        .filter_map(|key| {
            key.slot.strip_prefix(algorithm.as_str())?.strip_prefix('#')?.parse().ok()
        })
        .max()
        .unwrap_or(0_u32);
    let sealed = cx.vault.seal(&key_place(tenant.key(), &kid), &pkcs8, cx.entropy)?;
    Ok(Arc::new(Object {
        expires_at: None,
        key: RowKey::draw(cx.now, cx.entropy),
        tenant: tenant.key(),
        version: 1,
        standing: Standing::default(),
        body: Body::SigningKey(SigningKey {
            slot: format!("{}#{}", algorithm.as_str(), last.saturating_add(1)),
            kid,
            algorithm,
            sealed,
            public,
            made_at: cx.now,
            signs_from,
            revoked_at: None,
        }),
    }))
}

pub fn create(tenant: Named<'_, Tenant>, key: Arc<Object>) -> Write {
    Write { tenant: tenant.key(), change: Change::Create(key) }
}

#[cfg(test)]
mod tests;
