//! Create under an `Idempotency-Key`: however often it is sent, there is one object, and each
//! answer has its secret. No answer is kept for that: the secret is derived from the key and the
//! body, and two digests remember for a day that they came.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{
    create::Create,
    declare::{CALLER_PREFIX, REGISTRATION_TOKEN_PREFIX, secret::make},
    object::{drawn_id, existing, secret_key},
    view::view,
};
use crate::{
    context::{Context, Entropy},
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, TenantRef},
    limits::IDEMPOTENCY_SECONDS,
    model::{Body, Kind, Object, SecretHash, StoredSecret},
    outcome::{Change, Decision, OnceSpace, Outcome, Stop, Write},
    row_key::RowKey,
    secret::{Secret, same},
    token_format::API_TOKEN_PREFIX,
    vault::{Vault, hex},
};

/// Run on [`Self::at`].
pub struct CreateOnce {
    pub create: Create,
    /// The tenant that it is for, or that it shall be.
    pub tenant: TenantRef,
    /// As it was sent.
    pub key: Secret,
}

/// What was made, now or when the same was sent first.
#[derive(Debug)]
pub struct Made {
    pub object: Value,
    pub is_replayed: bool,
}

/// What the key came with, without and with the body.
struct Digests {
    key: [u8; 32],
    whole: [u8; 32],
}

impl CreateOnce {
    /// A tenant that is not there yet has nothing beside it.
    pub fn at(&self) -> TenantRef {
        match self.create.kind {
            Kind::Tenant => TenantRef::default_tenant(),
            _ => self.tenant.clone(),
        }
    }

    fn digests(&self, vault: &Vault) -> Digests {
        let kind = self.create.kind.as_str();
        let texts = [self.tenant.name(), &self.create.by, kind, self.key.expose()];
        let [tenant, by, kind, key] = texts.map(str::as_bytes);
        let body = sorted(&self.create.declaration).to_string();
        Digests {
            key: vault.tag("idempotency key", &[tenant, by, kind, key]),
            whole: vault.tag("idempotency body", &[tenant, by, kind, key, body.as_bytes()]),
        }
    }

    /// The id that was chosen, or the one that this key and body lead to each time.
    fn id(&self, digests: &Digests, vault: &Vault) -> String {
        match self.create.chosen_id() {
            Some(id) => id.to_owned(),
            None => drawn_id(&mut Derived { vault, seed: digests.whole, count: 0 }),
        }
    }

    /// What is known of the tenant that it is for.
    fn about<'a>(&self, facts: &'a Facts) -> Cow<'a, Facts> {
        if self.create.kind != Kind::Tenant {
            return Cow::Borrowed(facts);
        }
        let is_it = |other: &&Facts| other.tenant().is_some_and(|t| t.id() == self.tenant.name());
        Cow::Owned(facts.others.iter().find(is_it).cloned().unwrap_or_default())
    }

    fn replay(&self, digests: &Digests, facts: &Facts, cx: &mut Context<'_>) -> Decision<Made> {
        let id = self.id(digests, cx.vault);
        let kind = self.create.kind;
        let object = existing(facts, kind, &id).map_err(|_| {
            let what = format!("The {} that was created under this key is gone.", kind.as_str());
            OAuthError::new(ErrorCode::Conflict, what)
        })?;
        let mut shown = view(object);
        let mut entropy = of_row(digests, object.key, cx.vault);
        let secret = prefix(kind).map(|prefix| make(prefix, &mut drawing(cx, &mut entropy)));
        if let (Some(secret), Value::Object(map)) = (secret, &mut shown)
            && is_its_own(&secret, object, cx.vault)
        {
            map.insert(secret_key(kind).to_owned(), json!(secret.expose()));
        }
        Ok(Outcome::reply(Made { object: shown, is_replayed: true }))
    }

    fn first(&self, digests: &Digests, facts: &Facts, cx: &mut Context<'_>) -> Decision<Made> {
        let home = facts.others.iter().filter_map(Facts::tenant);
        let home = home.map(|tenant| (tenant.id(), tenant.key()));
        let none = || OAuthError::new(ErrorCode::NotFound, "There is no default tenant.");
        let (_, home) = home.rev().find(|(id, _)| *id == TenantRef::DEFAULT_ID).ok_or_else(none)?;
        let id = self.id(digests, cx.vault);
        let row = RowKey::draw(cx.now, cx.entropy);
        let mut entropy = of_row(digests, row, cx.vault);
        let facts = self.about(facts);
        let made = self.create.make(&id, row, &facts, &mut drawing(cx, &mut entropy))?;
        let expires_at = cx.now.plus_seconds(IDEMPOTENCY_SECONDS);
        let mut writes = made.writes;
        for digest in [digests.key, digests.whole] {
            let space = OnceSpace::IdempotencyKey;
            writes.push(Write { tenant: home, change: Change::Once { space, digest, expires_at } });
        }
        let reply = made.reply.map(|object| Made { object, is_replayed: false });
        Ok(Outcome { writes, reply, events: made.events })
    }
}

impl Operation for CreateOnce {
    type Reply = Made;

    fn needs(&self, vault: &Vault) -> Needs {
        let digests = self.digests(vault);
        let mut needs = self.create.needs_of(Some(&self.id(&digests, vault)), vault);
        let once = [digests.key, digests.whole].map(|digest| (OnceSpace::IdempotencyKey, digest));
        let once = Needs { once: once.to_vec(), ..Needs::default() };
        needs.others.push((TenantRef::default_tenant(), once));
        if self.create.kind == Kind::Tenant {
            needs.others.push((self.tenant.clone(), Needs::default()));
        }
        needs
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Made> {
        let digests = self.digests(cx.vault);
        let came = |digest: [u8; 32]| {
            let row = (OnceSpace::IdempotencyKey, digest);
            facts.others.iter().any(|other| other.once.contains(&row))
        };
        let needs = self.needs(cx.vault);
        let decided = if came(digests.whole) {
            self.replay(&digests, &self.about(facts), cx)
        } else if came(digests.key) {
            let what = "This Idempotency-Key came with another body before.";
            Err(OAuthError::new(ErrorCode::IdempotencyKeyReused, what).into())
        } else {
            self.first(&digests, facts, cx)
        };
        // Object and digests are of two tenants, which a store may have looked at one after the
        // other: one commit between, and they seem to contradict each other. A second look tells.
        let is_first_look = facts.others.len() <= needs.others.len();
        match decided {
            Err(Stop::Refuse(error)) if is_first_look && contradicts(&error) => {
                Err(Stop::Need(Box::new(needs)))
            }
            decided => decided,
        }
    }

    fn conflict(&self) -> Option<OAuthError> {
        self.create.conflict()
    }
}

const fn contradicts(error: &OAuthError) -> bool {
    matches!(error.code, ErrorCode::AlreadyExists | ErrorCode::Conflict)
}

/// Randomness that a row and what was sent lead to each time. The row is random itself, so no two
/// objects ever draw the same.
struct Derived<'a> {
    vault: &'a Vault,
    seed: [u8; 32],
    count: u64,
}

impl Entropy for Derived<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.count.to_be_bytes();
            let block = self.vault.tag("idempotency draw", &[&self.seed, &count]);
            self.count += 1;
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
    }
}

fn of_row<'a>(digests: &Digests, row: RowKey, vault: &'a Vault) -> Derived<'a> {
    let seed = vault.tag("idempotency row", &[&digests.whole, &row.0.to_be_bytes()]);
    Derived { vault, seed, count: 0 }
}

fn drawing<'c>(cx: &'c Context<'_>, entropy: &'c mut (dyn Entropy + 'c)) -> Context<'c> {
    Context { entropy, ..*cx }
}

/// What stands before a secret that is made for such an object.
const fn prefix(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Client | Kind::ResourceServer => Some(CALLER_PREFIX),
        Kind::RegistrationToken => Some(REGISTRATION_TOKEN_PREFIX),
        Kind::ApiToken => Some(API_TOKEN_PREFIX),
        _ => None,
    }
}

/// Not where one was chosen, or another one made since.
fn is_its_own(secret: &Secret, object: &Object, vault: &Vault) -> bool {
    let is_kept = |stored: Option<&StoredSecret>| match stored.map(|stored| &stored.hash) {
        Some(SecretHash::Keyed(hash)) => {
            vault.secret_matches(hash, object.tenant, object.key, secret.expose())
        }
        _ => false,
    };
    let is_digest =
        |digest: &str| same(hex(&vault.locator(secret.expose())).as_bytes(), digest.as_bytes());
    match &object.body {
        Body::Client(client) => is_kept(client.secret.as_ref()),
        Body::ResourceServer(server) => is_kept(server.secret.as_ref()),
        Body::RegistrationToken(token) => is_digest(&token.digest),
        Body::ApiToken(token) => is_digest(&token.digest),
        _ => false,
    }
}

/// The same members in another order are the same body.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
