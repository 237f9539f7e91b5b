//! Show and delete, and what they share with create and update: the same for everything that is
//! declared.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declare::{Declaration, Declared, Marks, Place, named},
    put::{By, end},
    root,
    view::view,
};
use crate::{
    base62::push_u64,
    client_auth::tenant,
    context::{Context, Entropy},
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, TenantRef},
    model::{Body, Kind, Named, Object, Standing, Tenant},
    outcome::{Change, Decision, Event, Outcome, Stop, Write},
    row_key::RowKey,
    time::Time,
    vault::Vault,
};

pub struct Show {
    pub kind: Kind,
    pub id: String,
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
pub fn needs_named(kind: Kind, id: Option<&str>, named_by: &Value, vault: &Vault) -> Needs {
    match named_by {
        Value::Object(map) => named(kind, map, vault, needs(kind, id)),
        _ => needs(kind, id),
    }
}

/// The object, of the right kind.
pub fn existing<'a>(facts: &'a Facts, kind: Kind, id: &str) -> Result<&'a Arc<Object>, OAuthError> {
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
pub fn mark(tenant: Named<'_, Tenant>, body: &Body) -> Option<Write> {
    let marked = Marks::of(body).put_on(&tenant.object.body)?;
    let change = Change::Replace(tenant.object.changed(tenant.standing(), marked));
    Some(Write { tenant: RowKey::ROOT, change })
}

/// The user that a declaration of this map names.
pub fn user_of(map: &Map<String, Value>, facts: &Facts) -> Option<RowKey> {
    let username = map.get("username")?.as_str()?;
    facts.user(username).map(|user| user.key())
}

pub fn map_of<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, OAuthError> {
    value.as_object().ok_or_else(|| {
        OAuthError::invalid_request(format!("The {what} must be a JSON object.")).at("")
    })
}

pub fn with_secret(object: &Object, declared: &Declared) -> Value {
    let mut shown = view(object);
    if let (Some(secret), Value::Object(map)) = (&declared.made_secret, &mut shown) {
        map.insert(secret_key(object.kind()).to_owned(), json!(secret.expose()));
    }
    shown
}

/// Where a secret that was made is shown, once.
pub const fn secret_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Client => "client_secret",
        Kind::RegistrationToken | Kind::ApiToken => "token",
        _ => "secret",
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
pub const fn just_after(now: Time) -> Time {
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
    drawn_id(cx.entropy)
}

pub fn drawn_id(entropy: &mut dyn Entropy) -> String {
    let mut id = String::new();
    for _ in 0..2 {
        let word: [u8; 8] = entropy.draw();
        push_u64(u64::from_le_bytes(word), &mut id);
    }
    id
}
