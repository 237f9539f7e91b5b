//! What an administrator is shown of an object: its declaration, less its secrets, and its state.

use jsonwebtoken::jwk::Jwk;
use serde_json::{Map, Value, json};

use super::{declare::expiry_key, fingerprint::is_imported};
use crate::model::{Body, Client, Kind, Object, StoredSecret, TenantLook};

/// The declaration that would make the object again, without secrets.
pub fn declaration(object: &Object) -> Map<String, Value> {
    let mut map = match declared(object) {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    map.retain(|_, value| !value.is_null());
    if object.standing.disabled {
        map.insert("disabled".to_owned(), json!(true));
    }
    map
}

fn declared(object: &Object) -> Value {
    match &object.body {
        Body::Tenant(tenant) => json!({
            "id": tenant.id,
            "dialects": tenant.dialects,
            "path_aliases": tenant.path_aliases,
            "hosts": tenant.hosts,
            "policy": tenant.policy,
            "dialect_settings":
                (!tenant.dialect_settings.is_empty()).then_some(&tenant.dialect_settings),
            "look": (!tenant.look.is_plain()).then(|| look(&tenant.look)),
        }),
        Body::Client(client) => {
            with_expiry(json!(client.metadata), object.kind(), client.secret.as_ref())
        }
        Body::ResourceServer(server) => with_expiry(
            json!({
                "id": server.id,
                "audiences": server.audiences,
                "introspect": server.introspect,
                "scope": server.scope,
                "token_endpoint_auth_method": server.token_endpoint_auth_method,
                "jwks": server.jwks,
                "jwks_uri": server.jwks_uri,
            }),
            object.kind(),
            server.secret.as_ref(),
        ),
        Body::User(user) => {
            let mut map = user.claims.clone();
            map.insert("username".to_owned(), json!(user.username));
            map.insert("roles".to_owned(), json!(user.roles));
            map.insert("email".to_owned(), json!(user.email));
            map.insert("locked".to_owned(), json!(user.locked));
            Value::Object(map)
        }
        Body::TrustedIssuer(trusted) => json!({
            "issuer": trusted.issuer,
            "jwks": trusted.jwks,
            "jwks_uri": trusted.jwks_uri,
            "subjects": trusted.subjects,
            "scope": trusted.scope,
            "audiences": (!trusted.audiences.is_empty()).then_some(&trusted.audiences),
        }),
        Body::RegistrationToken(token) => json!({
            "id": token.id,
            "uses": token.uses,
            "expires_in_seconds": token.expires_in_seconds,
        }),
        Body::ApiToken(token) => json!({
            "id": token.id,
            "username": token.username,
            "scope": token.scope,
            "expires_in_seconds": token.expires_in_seconds,
        }),
        Body::Consent(consent) => json!({"id": consent.id, "scope": consent.scope}),
        // Never shown by this way: the trail has its own.
        Body::AuditEntry(_) => Value::Null,
        Body::SigningKey(key) => json!({
            "kid": key.kid,
            "alg": key.algorithm,
            "made_at": key.made_at.seconds(),
            "signs_from": key.signs_from.seconds(),
            "public": key.public,
        }),
    }
}

fn look(look: &TenantLook) -> Map<String, Value> {
    let logo = look.logo.as_ref().map(|logo| logo.data.as_str());
    let keys = [("name", look.name.as_deref()), ("color", look.color.as_deref()), ("logo", logo)];
    let given = keys.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text?))));
    given.collect()
}

fn with_expiry(mut value: Value, kind: Kind, secret: Option<&StoredSecret>) -> Value {
    if let (Some(at), Value::Object(map)) = (secret.and_then(|s| s.expires_at), &mut value) {
        map.insert(expiry_key(kind).to_owned(), json!(at.seconds()));
    }
    value
}

/// The reply of show, list and of every change.
pub fn view(object: &Object) -> Value {
    let mut map = declaration(object);
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("kind", json!(object.kind().as_str()));
    put("disabled", json!(object.standing.disabled));
    if object.standing.not_before.0 > 0 {
        put("tokens_revoked_before", json!(object.standing.not_before.seconds()));
    }
    put("created_at", json!(object.key.made_at().seconds()));
    put("version", json!(object.version));
    if is_imported(&object.body) {
        put("imported", json!(true));
    }
    match &object.body {
        Body::User(user) => {
            put("sub", json!(object.key.to_text()));
            put("has_password", json!(user.password_hash.is_some()));
        }
        Body::Client(client) => {
            put("has_secret", json!(client.secret.is_some()));
            if let Some(thumbprints) = thumbprints(client) {
                put(CERTIFICATES, thumbprints);
            }
            if let Some(registered) = &client.registration {
                put("registered_at", json!(registered.issued_at.seconds()));
            }
        }
        Body::ResourceServer(server) => put("has_secret", json!(server.secret.is_some())),
        Body::RegistrationToken(token) => {
            put("uses_left", json!(token.uses_left));
            put("expires_at", json!(token.expires_at.seconds()));
        }
        Body::ApiToken(token) => {
            put("issued_at", json!(token.issued_at.seconds()));
            put("expires_at", json!(token.expires_at.seconds()));
        }
        Body::Consent(consent) => put("sub", json!(consent.user.to_text())),
        Body::Tenant(tenant) => {
            if let Some(logo) = &tenant.look.logo {
                let mut seen = look(&tenant.look);
                seen.insert("logo".to_owned(), json!(logo.content_type));
                put("look", Value::Object(seen));
            }
        }
        Body::SigningKey(_) | Body::TrustedIssuer(_) | Body::AuditEntry(_) => {}
    }
    Value::Object(map)
}

/// Under this key an administrator is told of them by their thumbprints.
pub const CERTIFICATES: &str = "assertion_certificates";

pub fn thumbprints(client: &Client) -> Option<Value> {
    let keys = client.assertion_jwks.as_ref()?;
    let thumbprint = |key: &Jwk| key.common.x509_sha256_fingerprint.clone();
    Some(keys.keys.iter().map(thumbprint).collect())
}

/// The keys whose values differ between two views of one object, in order.
pub fn changed_keys(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}
