//! Create, show, update, delete: the same four for everything that is declared.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declare::{Declaration, Declared, Marks, Origin, Place, id_key, named},
    fingerprint::{fingerprint, set_fingerprint},
    patch::{Patched, without_secret},
    put::{By, end, put},
    root,
    view::view,
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

/// With what the declaration, or the patch of one, names.
fn needs_named(kind: Kind, id: Option<&str>, named_by: &Value, vault: &Vault) -> Needs {
    match named_by {
        Value::Object(map) => named(kind, map, vault, needs(kind, id)),
        _ => needs(kind, id),
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

/// What the body makes its tenant remember.
fn mark(tenant: Named<'_, Tenant>, body: &Body) -> Option<Write> {
    let marked = Marks::of(body).put_on(&tenant.object.body)?;
    let change = Change::Replace(tenant.object.changed(tenant.standing(), marked));
    Some(Write { tenant: RowKey::ROOT, change })
}

/// The user that a declaration of this map names.
fn user_of(map: &Map<String, Value>, facts: &Facts) -> Option<RowKey> {
    let username = map.get("username")?.as_str()?;
    facts.user(username).map(|user| user.key())
}

fn map_of<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, OAuthError> {
    value.as_object().ok_or_else(|| {
        OAuthError::invalid_request(format!("The {what} must be a JSON object.")).at("")
    })
}

fn with_secret(object: &Object, declared: &Declared) -> Value {
    let mut shown = view(object);
    if let (Some(secret), Value::Object(map)) = (&declared.made_secret, &mut shown) {
        let key = match object.kind() {
            Kind::Client => "client_secret",
            Kind::RegistrationToken | Kind::ApiToken => "token",
            _ => "secret",
        };
        map.insert(key.to_owned(), json!(secret.expose()));
    }
    shown
}

impl Create {
    fn chosen_id(&self) -> Option<&str> {
        self.declaration.get(id_key(self.kind))?.as_str().filter(|id| !id.is_empty())
    }

    /// The write by which it is found at the root, where the tenant's clients are.
    fn at_root(
        &self,
        id: &str,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Result<Option<Write>, OAuthError> {
        let tenant = tenant(facts)?;
        let is_found = self.kind == Kind::Client && tenant.is_reachable_at_root(&cx.surface);
        if is_found || tenant.id() == TenantRef::DEFAULT_ID {
            // An id that was made just now is nobody's.
            for answer in &facts.others {
                let at = |error: OAuthError| error.at(format!("/{}", id_key(self.kind)));
                root::check(id, tenant.id(), answer).map_err(at)?;
            }
        }
        Ok(is_found.then(|| root::reach(tenant.key(), id)))
    }
}

impl Operation for Create {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        let id = self.chosen_id();
        let mut needs = needs_named(self.kind, id, &self.declaration, vault);
        if let (Kind::Client | Kind::ResourceServer, Some(id)) = (self.kind, id) {
            needs.others.push(root::who_has(id));
        }
        needs
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
        let (owner, reach) = match self.kind {
            Kind::Tenant => (RowKey::ROOT, None),
            _ => (tenant(facts)?.key(), self.at_root(&id, facts, cx)?),
        };
        let key = RowKey::draw(cx.now, cx.entropy);
        let user = user_of(map, facts);
        let stored = &[facts];
        let place = Place { tenant: owner, key, fresh: key, before: None, user, stored };
        let declared = declaration.settle(&id, &place, facts, cx)?;
        let standing = standing(&declaration, None, &declared.body, cx)?;
        let by = By { administrator: &self.by, now: cx.now };
        let (object, writes) = put(&declared, standing, &place, by)?;
        let mut outcome = Outcome::reply(with_secret(&object, &declared))
            .event(administered(&self.by, "create", self.kind, &id));
        outcome.writes = writes;
        outcome.writes.extend(reach);
        if self.kind != Kind::Tenant {
            outcome.writes.extend(mark(tenant(facts)?, &declared.body));
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

impl Operation for Update {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        needs_named(self.kind, Some(&self.id), &self.patch, vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let before = existing(facts, self.kind, &self.id)?;
        let patch = map_of(&self.patch, "patch")?;
        let Patched { map, revoke_tokens, renew_secret } = Patched::of(before, patch)?;
        let declaration =
            Declaration { kind: self.kind, map: &map, pointer: "", origin: Origin::Api };
        if declaration.id()? != Some(before.id()) {
            return Err(OAuthError::invalid_request("An id cannot be changed.")
                .at(format!("/{}", id_key(self.kind)))
                .into());
        }
        let unkept = renew_secret.then(|| without_secret(before));
        let kept = Some(unkept.as_ref().unwrap_or(before));
        let user = match (&before.body, self.patch.get("username")) {
            (Body::ApiToken(token), None) => Some(token.user),
            _ => user_of(&map, facts),
        };
        let place = Place {
            tenant: before.tenant,
            key: before.key,
            fresh: RowKey::draw(cx.now, cx.entropy),
            before: kept,
            user,
            stored: &[facts],
        };
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
        let by = By { administrator: &self.by, now: cx.now };
        let (object, writes) = put(&declared, standing, &place, by)?;
        let mut outcome = Outcome::reply(with_secret(&object, &declared)).event(administered(
            &self.by,
            "update",
            self.kind,
            before.id(),
        ));
        outcome.writes = writes;
        match self.kind {
            Kind::Tenant => outcome.writes.extend(turned(before, &object, facts, cx)?),
            _ => outcome.writes.extend(mark(tenant(facts)?, &declared.body)),
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

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let object = existing(facts, self.kind, &self.id)?;
        if self.kind == Kind::Tenant && object.id() == TenantRef::DEFAULT_ID {
            // Administrators are its clients.
            return Err(OAuthError::invalid_request("The default tenant cannot be deleted.").into());
        }
        let (key, stored) = (object.key, &[facts]);
        let before = Some(&**object);
        let place = Place { tenant: object.tenant, key, fresh: key, before, user: None, stored };
        let by = By { administrator: &self.by, now: cx.now };
        let mut outcome = Outcome::reply(json!({"deleted": object.id()})).event(administered(
            &self.by,
            "delete",
            self.kind,
            object.id(),
        ));
        outcome.writes = end(object, &place, by)?;
        let is_reachable = tenant_is_reachable(facts, cx);
        match &object.body {
            Body::Tenant(_) if is_reachable => {
                outcome.writes.extend(root::turn(object, false, facts)?);
            }
            // One that registered itself may be found there whatever the tenant.
            Body::Client(client) if is_reachable || client.registration.is_some() => {
                outcome.writes.push(root::leave(object.tenant, object.id()));
            }
            _ => {}
        }
        Ok(outcome)
    }
}

fn tenant_is_reachable(facts: &Facts, cx: &Context<'_>) -> bool {
    facts.tenant().is_some_and(|tenant| tenant.is_reachable_at_root(&cx.surface))
}

/// What a tenant's change means for where its clients are found.
fn turned(
    before: &Object,
    after: &Object,
    facts: &Facts,
    cx: &Context<'_>,
) -> Result<Vec<Write>, Stop> {
    match (&before.body, &after.body) {
        (Body::Tenant(old), Body::Tenant(new)) => {
            let is_reachable = new.is_reachable_at_root(&cx.surface);
            if old.is_reachable_at_root(&cx.surface) == is_reachable {
                return Ok(Vec::new());
            }
            root::turn(after, is_reachable, facts)
        }
        _ => Ok(Vec::new()),
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
        "It has a name (a host, a path alias, a token's text) of something else, or it changed \
         meanwhile.",
    )
}

pub fn administered(by: &str, verb: &str, kind: Kind, id: &str) -> Event {
    Event::Administered { by: by.to_owned(), action: format!("{verb} {} {id}", kind.as_str()) }
}

/// 128 random bits; no id of ours can be guessed or equal a user's.
pub fn made_id(cx: &mut Context<'_>) -> String {
    let mut id = String::new();
    for _ in 0..2 {
        let mut word = [0; 8];
        cx.entropy.fill(&mut word);
        push_u64(u64::from_le_bytes(word), &mut id);
    }
    id
}
