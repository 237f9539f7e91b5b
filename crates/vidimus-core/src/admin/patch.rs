//! A JSON merge patch (RFC 7396) over an object's declaration.

use serde_json::{Map, Value, json};

use super::{
    declare::{expiry_key, known_keys},
    fields::Fields,
    view::declaration,
};
use crate::{
    error::OAuthError,
    model::{Body, Kind, Object},
};

/// The whole declaration as it will be, and what else is ordered.
pub struct Patched {
    pub map: Map<String, Value>,
    pub revoke_tokens: bool,
    pub renew_secret: bool,
}

impl Patched {
    pub fn of(before: &Object, patch: &Map<String, Value>) -> Result<Self, OAuthError> {
        let kind = before.kind();
        let orders = Fields { map: patch, pointer: "" };
        let order = |key| match patch.get(key) {
            Some(Value::Null) => Err(orders.wrong(key, format!("{key} must be true or false"))),
            _ => orders.flag(key).map(|wanted| wanted == Some(true)),
        };
        let (revoke_tokens, renew_secret) = (order("revoke_tokens")?, order("renew_secret")?);
        if revoke_tokens && !has_tokens(kind) {
            let what = "no tokens hang on it: disable or delete it";
            return Err(orders.wrong("revoke_tokens", what));
        }
        let mut map = declaration(before);
        if renew_secret {
            // It was the old one's.
            map.remove(expiry_key(kind));
        }
        for (key, value) in patch {
            match (key.as_str(), value) {
                ("revoke_tokens" | "renew_secret", _) => {}
                // Left out, they would be kept.
                ("assertion_certificates", Value::Null) => {
                    map.insert(key.clone(), json!([]));
                }
                (_, Value::Null) => {
                    let one = Map::from_iter([(key.clone(), Value::Null)]);
                    Fields { map: &one, pointer: "" }.only(known_keys(kind))?;
                    map.remove(key);
                }
                (_, value) => merge(map.entry(key.clone()).or_insert(Value::Null), value),
            }
        }
        Ok(Self { map, revoke_tokens, renew_secret })
    }
}

/// Whether the standing of such an object cuts off tokens.
const fn has_tokens(kind: Kind) -> bool {
    matches!(kind, Kind::Tenant | Kind::Client | Kind::ResourceServer | Kind::User)
}

/// The object as if it had no secret yet.
pub fn without_secret(object: &Object) -> Object {
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
        | Body::Consent(_)
        | Body::AuditEntry(_) => {}
    }
    object
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
