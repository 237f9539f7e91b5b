//! `[[tenant]]`: an issuer with its dialects, aliases and policy.

use serde_json::{Map, Value};

use super::{Declaration, Declared, Marks, Place, look};
use crate::{
    admin::fields::Fields,
    context::Context,
    error::OAuthError,
    facts::TenantRef,
    limits::NAME_BYTES_MAX,
    model::{Body, Tenant},
    outcome::Stop,
    policy::Policy,
};

pub const TENANT_KEYS: [&str; 8] =
    ["id", "dialects", "dialect_settings", "path_aliases", "hosts", "policy", "look", "disabled"];

/// Of a name, and of a port after it.
const HOST_BYTES_MAX: usize = 253 + ":65535".len();

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    cx: &Context<'_>,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&TENANT_KEYS)?;
    // The id is a path segment of the issuer, so it needs no escapes there.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~@".contains(c);
    if !id.chars().all(plain) || id.starts_with('.') {
        let what = "id may have letters, digits and - . _ ~ @ only";
        return Err(fields.wrong("id", what).into());
    }
    if id == TenantRef::DEFAULT_ID && fields.flag("disabled")? == Some(true) {
        // Administrators are its clients: nobody could enable it again.
        return Err(fields.wrong("disabled", "the default tenant cannot be disabled").into());
    }
    let dialects = fields.list("dialects")?.unwrap_or_default();
    fields.among("dialects", &dialects, cx.surface.dialects)?;
    if id == TenantRef::DEFAULT_ID && locks_out(&dialects, cx.surface.admin_dialects) {
        let either = cx.surface.admin_dialects.join(" or ");
        let what = format!("the default tenant needs {either}: administrators get their tokens so");
        return Err(fields.wrong("dialects", what).into());
    }
    let path_aliases = path_aliases(declaration, cx)?;
    let hosts = fields.list("hosts")?.unwrap_or_default();
    if !hosts.iter().all(|host| is_host(host)) {
        return Err(fields
            .wrong("hosts", "hosts must be host names, with a port or without")
            .into());
    }
    let marks = place.before.map(|object| Marks::left(&object.body)).unwrap_or_default();
    let tenant = Tenant {
        id: id.to_owned(),
        dialects,
        path_aliases,
        hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        policy: policy(declaration)?,
        has_chosen_secrets: marks.slow_secret,
        has_introspecting_users: marks.introspecting_user,
        has_operators: marks.operator,
        dialect_settings: dialect_settings(declaration, cx)?,
        look: Box::new(look::read(declaration)?),
        key_check: Some(cx.vault.fingerprint(b"")),
        fingerprint: None,
    };
    Ok(Declared::of(Body::Tenant(tenant), place))
}

/// Whether none is left in which an administrator could get a token; an empty list is all.
fn locks_out(dialects: &[String], admin_dialects: &[&str]) -> bool {
    let serves = |dialect: &String| admin_dialects.contains(&dialect.as_str());
    !dialects.is_empty() && !admin_dialects.is_empty() && !dialects.iter().any(serves)
}

/// As a request names it (RFC 9110 §7.2), and no longer than a name may be (RFC 1035 §2.3.4).
fn is_host(host: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._:[]".contains(&c);
    (1..=HOST_BYTES_MAX).contains(&host.len()) && host.bytes().all(plain)
}

fn path_aliases(
    declaration: &Declaration<'_>,
    cx: &Context<'_>,
) -> Result<Vec<String>, OAuthError> {
    let fields = declaration.fields();
    let aliases = fields.list("path_aliases")?.unwrap_or_default();
    for alias in &aliases {
        let first = alias.strip_prefix('/').and_then(|rest| rest.split('/').next());
        let plain = alias.bytes().all(|c| c.is_ascii_alphanumeric() || b"/-._~".contains(&c));
        let Some(first) = first.filter(|first| !first.is_empty() && plain) else {
            let what = format!("{alias} must begin with a slash and need no escapes");
            return Err(fields.wrong("path_aliases", what));
        };
        if alias.len() > NAME_BYTES_MAX {
            return Err(fields.wrong("path_aliases", "a path alias is too long"));
        }
        if alias.ends_with('/') || cx.surface.reserved_segments.contains(&first) {
            let what = format!("{alias} begins with a reserved path or ends with a slash");
            return Err(fields.wrong("path_aliases", what));
        }
    }
    Ok(aliases)
}

/// A flag for each that some dialect of ours has.
fn dialect_settings(
    declaration: &Declaration<'_>,
    cx: &Context<'_>,
) -> Result<Map<String, Value>, OAuthError> {
    let (fields, key) = (declaration.fields(), "dialect_settings");
    let Some(value) = fields.map.get(key).filter(|value| !value.is_null()) else {
        return Ok(Map::new());
    };
    let map =
        value.as_object().ok_or_else(|| fields.wrong(key, format!("{key} must be a table")))?;
    let pointer = format!("{}/{key}", declaration.pointer);
    let flags = Fields { map, pointer: &pointer };
    flags.only(cx.surface.dialect_settings)?;
    for flag in map.keys() {
        flags.flag(flag)?;
    }
    Ok(map.clone())
}

const POLICY_KEYS: [&str; 27] = [
    "access_token_ttl_seconds",
    "refresh_token_ttl_seconds",
    "refresh_grace_seconds",
    "registration",
    "allow_legacy_response_types",
    "allow_password_grant",
    "allow_unlimited_guesses",
    "allow_unsigned_id_tokens",
    "allow_unsigned_request_objects",
    "allow_request_uris",
    "require_pushed_authorization_requests",
    "authorization_code_ttl_seconds",
    "session_idle_ttl_seconds",
    "session_ttl_seconds",
    "accepted_assertion_audiences",
    "reachable_at_root",
    "pin_client_auth_method",
    "authorization_ttl_seconds",
    "reuse_live_token",
    "assertion_exp_cap_seconds",
    "client_assertion_exp_cap_seconds",
    "allow_get_revocation",
    "registrable_scope",
    "registered_clients_max",
    "registrations_per_hour_max",
    "unused_client_ttl_seconds",
    "caller_requests_per_minute_max",
];

fn policy(declaration: &Declaration<'_>) -> Result<Policy, OAuthError> {
    let fields = declaration.fields();
    let Some(value) = fields.map.get("policy").filter(|value| !value.is_null()) else {
        return Ok(Policy::default());
    };
    let map = value.as_object().ok_or_else(|| fields.wrong("policy", "policy must be a table"))?;
    let pointer = format!("{}/policy", declaration.pointer);
    let knobs = Fields { map, pointer: &pointer };
    knobs.only(&POLICY_KEYS)?;
    // One knob at a time, so that the error can name it.
    for (knob, value) in map {
        let alone = serde_json::json!({ knob.as_str(): value });
        serde_json::from_value::<Policy>(alone)
            .map_err(|error| knobs.wrong(knob, format!("{knob} has the wrong form: {error}")))?;
    }
    let policy: Policy = serde_json::from_value(value.clone())
        .map_err(|error| fields.wrong("policy", format!("policy: {error}")))?;
    policy.check().map_err(|error| {
        let at = error.pointer.clone().unwrap_or_default();
        error.at(format!("{}{at}", declaration.pointer))
    })?;
    Ok(policy)
}
