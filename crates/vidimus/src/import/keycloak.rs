//! Keycloak: a realm as `kc.sh export` writes it, with or without its users, or as the console's
//! partial export does, where secrets are masked.

mod client;
mod credential;
mod user;

use serde_json::{Map, Value};

use super::{
    finding::{Noun, Thing, Translated, Verdict},
    source::Source,
};

type Json = Map<String, Value>;

/// Clients that every realm has, for Keycloak itself.
const ITS_OWN: [&str; 6] = [
    "account",
    "account-console",
    "admin-cli",
    "broker",
    "realm-management",
    "security-admin-console",
];

/// Of a realm, what a tenant has under another name.
const POLICY: [(&str, &str); 6] = [
    ("accessTokenLifespan", "access_token_ttl_seconds"),
    ("accessCodeLifespan", "authorization_code_ttl_seconds"),
    ("ssoSessionIdleTimeout", "session_idle_ttl_seconds"),
    ("ssoSessionMaxLifespan", "session_ttl_seconds"),
    ("offlineSessionIdleTimeout", "refresh_token_ttl_seconds"),
    ("offlineSessionMaxLifespan", "authorization_ttl_seconds"),
];

const NO_PLACE: [&str; 6] = [
    "identityProviders",
    "groups",
    "components",
    "authenticationFlows",
    "clientPolicies",
    "organizations",
];

pub fn translate(
    sources: &[Source],
    tenant: &str,
    realm: Option<&str>,
) -> Result<Translated, String> {
    let mut realms = Vec::new();
    for source in sources {
        let one = |value: Value| match value {
            Value::Object(map) if map.contains_key("realm") || map.contains_key("clients") => {
                Ok(map)
            }
            _ => Err(format!("{}: a realm was expected", source.name())),
        };
        match source.json()? {
            Value::Array(items) => {
                realms.extend(items.into_iter().map(one).collect::<Result<Vec<_>, _>>()?);
            }
            value => realms.push(one(value)?),
        }
    }
    let name = |map: &Json| map.get("realm").and_then(Value::as_str).map(str::to_owned);
    if let Some(wanted) = realm {
        realms.retain(|map| name(map).as_deref() == Some(wanted));
    }
    let mut names: Vec<String> = realms.iter().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        _ if realms.is_empty() => return Err("there is no such realm in the export".to_owned()),
        [] | [_] => {}
        several => {
            let what =
                "several realms are in the export; choose one with --realm, each for a tenant";
            return Err(format!("{what}: {}", several.join(", ")));
        }
    }
    let mut translated = Translated::default();
    for map in &realms {
        settings(map, tenant, &mut translated);
        let scopes = client::Scopes::of(map);
        for entry in objects(map.get("clients")) {
            translated.things.push(one_client(entry, &scopes));
        }
        for entry in objects(map.get("users")) {
            translated.things.push(user::translate(entry));
        }
    }
    Ok(translated)
}

fn one_client(entry: &Json, scopes: &client::Scopes) -> Thing {
    let id = text(entry, "clientId").unwrap_or_default();
    let protocol = text(entry, "protocol").unwrap_or("openid-connect");
    if ITS_OWN.contains(&id) || id.ends_with("-realm") {
        return Thing::without_place(Noun::Client, id, "Keycloak's own");
    }
    if protocol != "openid-connect" {
        return Thing::without_place(Noun::Client, id, &format!("it speaks {protocol}"));
    }
    client::translate(id, entry, scopes)
}

/// What a tenant's policy says; the tenant itself is left as it is.
fn settings(map: &Json, tenant: &str, translated: &mut Translated) {
    for (member, knob) in POLICY {
        let Some(seconds) = map.get(member).and_then(Value::as_i64).filter(|s| *s > 0) else {
            continue;
        };
        let note = format!("vidimus tenant update {tenant} --set policy.{knob}={seconds}");
        translated.note(member, Verdict::Dropped, note);
    }
    for member in NO_PLACE {
        if holds_any(map, member) {
            translated.note(member, Verdict::Dropped, "there is nothing like it here");
        }
    }
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = &Json> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn text<'a>(map: &'a Json, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_true(map: &Json, key: &str) -> bool {
    match map.get(key) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

fn is_disabled(map: &Json) -> bool {
    map.contains_key("enabled") && !is_true(map, "enabled")
}

/// A list or an object with something in it.
fn holds_any(map: &Json, key: &str) -> bool {
    match map.get(key) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(inner)) => !inner.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
