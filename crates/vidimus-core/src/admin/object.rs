//! Create, show, update, delete: the same four for everything that is declared.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declare::{
        Declaration, Declared, Origin, Place, expiry_key, has_chosen_secret, id_key, known_keys,
    },
    fields::Fields,
    view::{declaration, view},
};
use crate::{
    base62::push_u64,
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, TenantRef},
    model::{Body, Kind, Named, Object, Standing, Tenant},
    outcome::{Change, Decision, Event, Outcome, Stop, Write},
    row_key::RowKey,
    time::Time,
    vault::Vault,
};

/// A new object. Of a tenant: run on the tenant that shall be.
pub struct Create {
    pub kind: Kind,
    pub declaration: Value,
    pub by: String,
}

pub struct Show {
    pub kind: Kind,
    pub id: String,
}

/// A JSON merge patch (RFC 7396) over the declaration. Beside its keys: `"revoke_tokens": true`
/// cuts off every token issued until now, `"renew_secret": true` makes a new secret and shows it.
pub struct Update {
    pub kind: Kind,
    pub id: String,
    pub patch: Value,
    pub by: String,
}

pub struct Delete {
    pub kind: Kind,
    pub id: String,
    pub by: String,
}

fn needs(kind: Kind, id: Option<&str>) -> Needs {
    match (kind, id) {
        (Kind::Tenant, _) | (_, None) => Needs::default(),
        (_, Some(id)) => Needs::default().object(kind.space(), id),
    }
}

/// The object, of the right kind.
fn existing<'a>(facts: &'a Facts, kind: Kind, id: &str) -> Result<&'a Arc<Object>, OAuthError> {
    let found = match kind {
        Kind::Tenant => facts.tenant.as_ref(),
        _ => {
            tenant(facts)?;
            facts.find(kind.space(), id)
        }
    };
    found.filter(|object| object.kind() == kind).ok_or_else(|| {
        OAuthError::new(ErrorCode::NotFound, format!("There is no such {}.", kind.as_str()))
    })
}

/// The first chosen secret of a tenant makes all its failures slow.
pub fn mark_chosen(tenant: Named<'_, Tenant>, body: &Body) -> Option<Write> {
    if tenant.has_chosen_secrets || !has_chosen_secret(body) {
        return None;
    }
    let marked = Tenant { has_chosen_secrets: true, ..tenant.body.clone() };
    let object = tenant.object.changed(tenant.standing(), Body::Tenant(marked));
    Some(Write { tenant: RowKey::ROOT, change: Change::Replace(object) })
}

fn map_of<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, OAuthError> {
    value.as_object().ok_or_else(|| {
        OAuthError::invalid_request(format!("The {what} must be a JSON object.")).at("")
    })
}

fn with_secret(object: &Object, declared: &Declared) -> Value {
    let mut shown = view(object);
    if let (Some(secret), Value::Object(map)) = (&declared.made_secret, &mut shown) {
        let key = if object.kind() == Kind::Client { "client_secret" } else { "secret" };
        map.insert(key.to_owned(), json!(secret.expose()));
    }
    shown
}

impl Operation for Create {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs(self.kind, self.declaration.get(id_key(self.kind)).and_then(Value::as_str))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let map = map_of(&self.declaration, "declaration")?;
        let declaration = Declaration { kind: self.kind, map, pointer: "", origin: Origin::Api };
        let id = match declaration.id()? {
            Some(id) => id.to_owned(),
            None => made_id(cx),
        };
        let taken = match self.kind {
            Kind::Tenant => facts.tenant.is_some(),
            _ => facts.find(self.kind.space(), &id).is_some(),
        };
        if taken {
            let what = format!("{} exists already.", self.kind.as_str());
            return Err(OAuthError::new(ErrorCode::AlreadyExists, what)
                .at(format!("/{}", id_key(self.kind)))
                .into());
        }
        let owner = match self.kind {
            Kind::Tenant => RowKey::ROOT,
            _ => tenant(facts)?.key(),
        };
        let place = Place { tenant: owner, key: RowKey::draw(cx.now, cx.entropy), before: None };
        let declared = declaration.settle(&id, &place, facts, cx)?;
        let standing = standing(&declaration, None, &declared.body, cx)?;
        let body = declared.body.clone();
        let object =
            Object { key: place.key, tenant: owner, version: 1, standing, expires_at: None, body };
        let reply = with_secret(&object, &declared);
        let mut outcome = Outcome::reply(reply)
            .write(owner, Change::Create(Arc::new(object)))
            .event(administered(&self.by, "create", self.kind, &id));
        if self.kind != Kind::Tenant {
            outcome.writes.extend(mark_chosen(tenant(facts)?, &declared.body));
        }
        Ok(outcome)
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

impl Operation for Show {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs(self.kind, Some(&self.id))
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Value> {
        Ok(Outcome::reply(view(existing(facts, self.kind, &self.id)?)))
    }
}

struct Patched {
    map: Map<String, Value>,
    revoke_tokens: bool,
    renew_secret: bool,
}

impl Update {
    fn patched(&self, before: &Object) -> Result<Patched, OAuthError> {
        let patch = map_of(&self.patch, "patch")?;
        let orders = Fields { map: patch, pointer: "" };
        let order = |key| match patch.get(key) {
            Some(Value::Null) => Err(orders.wrong(key, format!("{key} must be true or false"))),
            _ => orders.flag(key).map(|wanted| wanted == Some(true)),
        };
        let (revoke_tokens, renew_secret) = (order("revoke_tokens")?, order("renew_secret")?);
        let mut map = declaration(before);
        if renew_secret {
            // It was the old one's.
            map.remove(expiry_key(self.kind));
        }
        for (key, value) in patch {
            match (key.as_str(), value) {
                ("revoke_tokens" | "renew_secret", _) => {}
                (_, Value::Null) => {
                    let one = Map::from_iter([(key.clone(), Value::Null)]);
                    Fields { map: &one, pointer: "" }.only(known_keys(self.kind))?;
                    map.remove(key);
                }
                (_, value) => merge(map.entry(key.clone()).or_insert(Value::Null), value),
            }
        }
        Ok(Patched { map, revoke_tokens, renew_secret })
    }
}

fn without_secret(object: &Object) -> Object {
    let mut object = object.clone();
    match &mut object.body {
        Body::Client(client) => client.secret = None,
        Body::ResourceServer(server) => server.secret = None,
        Body::Tenant(_)
        | Body::User(_)
        | Body::SigningKey(_)
        | Body::TrustedIssuer(_)
        | Body::RegistrationToken(_)
        | Body::ApiToken(_)
        | Body::Consent(_) => {}
    }
    object
}

impl Operation for Update {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs(self.kind, Some(&self.id))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let before = existing(facts, self.kind, &self.id)?;
        let Patched { map, revoke_tokens, renew_secret } = self.patched(before)?;
        let declaration =
            Declaration { kind: self.kind, map: &map, pointer: "", origin: Origin::Api };
        if declaration.id()? != Some(before.id()) {
            return Err(OAuthError::invalid_request("An id cannot be changed.")
                .at(format!("/{}", id_key(self.kind)))
                .into());
        }
        let unkept = renew_secret.then(|| without_secret(before));
        let kept = Some(unkept.as_ref().unwrap_or(before));
        let place = Place { tenant: before.tenant, key: before.key, before: kept };
        let mut declared = declaration.settle(before.id(), &place, facts, cx)?;
        if renew_secret && declared.made_secret.is_none() {
            let what = "it uses no secret, or one is given: there is none to renew";
            return Err(OAuthError::invalid_request(what).at("/renew_secret").into());
        }
        // Applying the file again must undo this change, so it must look changed.
        if fingerprint(&before.body).is_some() {
            set_fingerprint(&mut declared.body, Some("changed since".to_owned()));
        }
        let mut standing = standing(&declaration, Some(before), &declared.body, cx)?;
        if revoke_tokens {
            standing.not_before = just_after(cx.now);
        }
        let object = before.changed(standing, declared.body.clone());
        let reply = with_secret(&object, &declared);
        let mut outcome = Outcome::reply(reply)
            .write(before.tenant, Change::Replace(object))
            .event(administered(&self.by, "update", self.kind, before.id()));
        if self.kind != Kind::Tenant {
            outcome.writes.extend(mark_chosen(tenant(facts)?, &declared.body));
        }
        Ok(outcome)
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

impl Operation for Delete {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        needs(self.kind, Some(&self.id))
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Value> {
        let object = existing(facts, self.kind, &self.id)?;
        if self.kind == Kind::Tenant && object.id() == TenantRef::DEFAULT_ID {
            // Administrators are its clients.
            return Err(OAuthError::invalid_request("The default tenant cannot be deleted.").into());
        }
        let change = Change::Delete { key: object.key, version: object.version };
        Ok(Outcome::reply(json!({"deleted": object.id()}))
            .write(object.tenant, change)
            .event(administered(&self.by, "delete", self.kind, object.id())))
    }
}

/// `disabled` of a declaration; a user whose password changes keeps no older tokens.
pub fn standing(
    declaration: &Declaration<'_>,
    before: Option<&Object>,
    after: &Body,
    cx: &Context<'_>,
) -> Result<Standing, Stop> {
    let disabled = declaration.fields().flag("disabled")?.unwrap_or(false);
    let not_before = match (before.map(|object| &object.body), after) {
        (Some(Body::User(old)), Body::User(new)) if old.password_hash != new.password_hash => {
            just_after(cx.now)
        }
        _ => before.map_or_else(Standing::default, |object| object.standing).not_before,
    };
    Ok(Standing { disabled, not_before })
}

/// A cut-off spares what is issued from it on; a token of this very millisecond must not survive.
const fn just_after(now: Time) -> Time {
    Time(now.0.saturating_add(1))
}

/// Also what a host or a path alias of another tenant comes to: those are names, and the commit
/// alone sees all of them.
pub fn name_taken() -> OAuthError {
    OAuthError::new(
        ErrorCode::Conflict,
        "It has a name (a host, a path alias) of something else, or it changed meanwhile.",
    )
}

pub fn administered(by: &str, verb: &str, kind: Kind, id: &str) -> Event {
    Event::Administered { by: by.to_owned(), action: format!("{verb} {} {id}", kind.as_str()) }
}

/// 128 random bits; no id of ours can be guessed or equal a user's.
fn made_id(cx: &mut Context<'_>) -> String {
    let mut id = String::new();
    for _ in 0..2 {
        let mut word = [0; 8];
        cx.entropy.fill(&mut word);
        push_u64(u64::from_le_bytes(word), &mut id);
    }
    id
}

/// RFC 7396 §2.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

pub const fn fingerprint(body: &Body) -> Option<&String> {
    match body {
        Body::Tenant(tenant) => tenant.fingerprint.as_ref(),
        Body::Client(client) => client.fingerprint.as_ref(),
        Body::ResourceServer(server) => server.fingerprint.as_ref(),
        Body::User(user) => user.fingerprint.as_ref(),
        Body::TrustedIssuer(trusted) => trusted.fingerprint.as_ref(),
        Body::RegistrationToken(token) => token.fingerprint.as_ref(),
        Body::ApiToken(token) => token.fingerprint.as_ref(),
        Body::SigningKey(_) | Body::Consent(_) => None,
    }
}

pub fn set_fingerprint(body: &mut Body, fingerprint: Option<String>) {
    match body {
        Body::Tenant(tenant) => tenant.fingerprint = fingerprint,
        Body::Client(client) => client.fingerprint = fingerprint,
        Body::ResourceServer(server) => server.fingerprint = fingerprint,
        Body::User(user) => user.fingerprint = fingerprint,
        Body::TrustedIssuer(trusted) => trusted.fingerprint = fingerprint,
        Body::RegistrationToken(token) => token.fingerprint = fingerprint,
        Body::ApiToken(token) => token.fingerprint = fingerprint,
        Body::SigningKey(_) | Body::Consent(_) => {}
    }
}
