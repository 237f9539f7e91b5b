//! The schemas of everything that is declared, from the keys that its declaration may have.

use std::sync::LazyLock;

use serde_json::{Value, json};
use vidimus_core::{
    admin::{
        API_TOKEN_KEYS, CLIENT_KEYS, REGISTRATION_TOKEN_KEYS, RESOURCE_SERVER_KEYS, TENANT_KEYS,
        TRUSTED_ISSUER_KEYS, USER_KEYS,
    },
    model::Kind,
    policy::Policy,
};

use super::shape::{
    Members, More, Shape, flag, list, maybe_flag, maybe_list, maybe_open, maybe_table, maybe_text,
    maybe_whole, maybe_word, named, open, table, text, whole, word,
};

pub const DECLARED: [Kind; 7] = [
    Kind::Tenant,
    Kind::Client,
    Kind::User,
    Kind::ResourceServer,
    Kind::TrustedIssuer,
    Kind::RegistrationToken,
    Kind::ApiToken,
];

const FLAGS: [&str; 9] = [
    "disabled",
    "locked",
    "email_verified",
    "phone_number_verified",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "require_auth_time",
    "frontchannel_logout_session_required",
    "backchannel_logout_session_required",
];

const WHOLES: [&str; 6] = [
    "client_secret_expires_at",
    "secret_expires_at",
    "default_max_age",
    "uses",
    "expires_in_seconds",
    "updated_at",
];

const LISTS: [&str; 14] = [
    "dialects",
    "path_aliases",
    "hosts",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "response_types",
    "contacts",
    "request_uris",
    "default_acr_values",
    "assertion_certificates",
    "preauthorized_users",
    "roles",
    "audiences",
];

const TEXTS: [&str; 50] = [
    "id",
    "client_id",
    "username",
    "issuer",
    "client_secret",
    "client_secret_hash",
    "secret",
    "secret_hash",
    "token",
    "password",
    "password_hash",
    "scope",
    "client_name",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks_uri",
    "owner",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "software_id",
    "software_version",
    "sector_identifier_uri",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "id_token_signed_response_alg",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "backchannel_logout_uri",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "access_token_signed_response_alg",
    "access_token_format",
    "introspect",
    "application_type",
    "subject_type",
];

/// What only goes in; a secret that was made comes out once, under its own key.
const NEVER_SHOWN: [&str; 5] =
    ["client_secret_hash", "secret_hash", "password", "password_hash", "assertion_certificates"];

/// The name of a kind's schemas.
pub const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Tenant => "Tenant",
        Kind::Client => "Client",
        Kind::ResourceServer => "ResourceServer",
        Kind::User => "User",
        Kind::SigningKey => "SigningKey",
        Kind::TrustedIssuer => "TrustedIssuer",
        Kind::RegistrationToken => "RegistrationToken",
        Kind::ApiToken => "ApiToken",
        Kind::Consent => "Consent",
        Kind::AuditEntry => "AuditEntry",
    }
}

pub const fn keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Tenant => &TENANT_KEYS,
        Kind::Client => &CLIENT_KEYS,
        Kind::ResourceServer => &RESOURCE_SERVER_KEYS,
        Kind::User => &USER_KEYS,
        Kind::TrustedIssuer => &TRUSTED_ISSUER_KEYS,
        Kind::RegistrationToken => &REGISTRATION_TOKEN_KEYS,
        Kind::ApiToken => &API_TOKEN_KEYS,
        Kind::SigningKey | Kind::Consent | Kind::AuditEntry => &[],
    }
}

const fn required(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Tenant | Kind::ResourceServer => &["id"],
        Kind::User => &["username"],
        Kind::TrustedIssuer => &["issuer", "subjects", "scope"],
        Kind::ApiToken => &["username"],
        _ => &[],
    }
}

/// `None`: a key that nothing is said of here; a test knows that there is none.
fn member(kind: Kind, key: &str) -> Option<Shape> {
    if required(kind).contains(&key) {
        return Some(if key == "subjects" { list(text()) } else { text() });
    }
    Some(match key {
        _ if FLAGS.contains(&key) => maybe_flag(),
        _ if WHOLES.contains(&key) => maybe_whole(),
        _ if LISTS.contains(&key) => maybe_list(text()),
        "access_token_format" => maybe_word(&["opaque", "jwt"]),
        "application_type" => maybe_word(&["web", "native"]),
        "subject_type" => maybe_word(&["public", "pairwise"]),
        "introspect" if kind == Kind::Client => maybe_word(&["own", "audience", "tenant"]),
        "introspect" => maybe_word(&["audience", "tenant"]),
        "jwks" | "dialect_settings" => maybe_open(),
        "policy" => maybe_table(policy(), More::None),
        "look" => maybe_table(texts(&["name", "color", "logo"]), More::None),
        "address" => maybe_table(texts(&ADDRESS), More::None),
        _ if TEXTS.contains(&key) => maybe_text(),
        _ => return None,
    })
}

/// OpenID Connect Core §5.1.1.
const ADDRESS: [&str; 6] =
    ["formatted", "street_address", "locality", "region", "postal_code", "country"];

fn texts(keys: &[&'static str]) -> Members {
    keys.iter().map(|key| (*key, maybe_text())).collect()
}

/// Each knob with its default.
static KNOBS: LazyLock<Value> = LazyLock::new(|| json!(Policy::default()));

/// Each as its default is.
fn policy() -> Members {
    let shaped = KNOBS.as_object().into_iter().flatten().filter_map(|(knob, value)| {
        let shape = match value {
            Value::Bool(_) => flag(),
            Value::Number(_) => whole(),
            Value::Array(_) => list(text()),
            Value::String(_) if knob == "registration" => {
                word(&["closed", "token", "software_statement", "open"])
            }
            Value::String(_) => text(),
            Value::Null | Value::Object(_) => return None,
        };
        Some((knob.as_str(), shape))
    });
    shaped.collect()
}

fn members(kind: Kind) -> Members {
    keys(kind).iter().filter_map(|key| Some((*key, member(kind, key)?))).collect()
}

/// A declaration, a patch of one, what is shown of an object, and a page of them.
pub fn schemas(kind: Kind) -> Vec<(String, Shape)> {
    let name = name(kind);
    let page = vec![("items", list(named(name))), ("next", maybe_text())];
    let mut all = vec![
        (name.to_owned(), shown(kind)),
        (format!("{name}List"), table(page, &["items", "next"], More::May)),
    ];
    if !keys(kind).is_empty() {
        let declared = table(members(kind), required(kind), More::None);
        all.push((format!("{name}Declaration"), declared));
        all.push((format!("{name}Patch"), patch(kind)));
    }
    all
}

/// RFC 7396: null takes a member away.
fn patch(kind: Kind) -> Shape {
    let mut members: Members = members(kind)
        .into_iter()
        .map(|(key, shape)| match key {
            "policy" => (key, maybe_open()),
            _ if required(kind).contains(&key) && key != "subjects" => (key, maybe_text()),
            "subjects" => (key, maybe_list(text())),
            _ => (key, shape),
        })
        .collect();
    members.push(("revoke_tokens", flag()));
    members.push(("renew_secret", flag()));
    table(members, &[], More::None)
}

fn shown(kind: Kind) -> Shape {
    let mut members = members(kind);
    members.retain(|(key, _)| !NEVER_SHOWN.contains(key) && !["policy", "disabled"].contains(key));
    let state = [
        ("kind", word(&[kind.as_str()])),
        ("disabled", flag()),
        ("version", whole()),
        ("created_at", whole()),
        ("tokens_revoked_before", whole()),
    ];
    members.extend(state);
    members.extend(match kind {
        Kind::Tenant => vec![("policy", open())],
        Kind::User => vec![("sub", text()), ("has_password", flag())],
        Kind::Client => {
            vec![("has_secret", flag()), ("registered_at", whole()), ("last_used", whole())]
        }
        Kind::ResourceServer => vec![("has_secret", flag())],
        Kind::RegistrationToken => vec![("uses_left", whole()), ("expires_at", whole())],
        Kind::ApiToken => vec![("issued_at", whole()), ("expires_at", whole())],
        Kind::Consent => vec![("id", text()), ("scope", text()), ("sub", text())],
        Kind::SigningKey | Kind::TrustedIssuer | Kind::AuditEntry => Vec::new(),
    });
    table(members, &["kind", "disabled", "version", "created_at"], More::May)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_said_of_every_key() {
        for kind in DECLARED {
            for key in keys(kind) {
                assert!(member(kind, key).is_some(), "{key} of {}", kind.as_str());
            }
            for key in required(kind) {
                assert!(keys(kind).contains(key), "{key} of {}", kind.as_str());
            }
        }
    }

    #[test]
    fn every_knob_has_a_form() {
        let knobs = json!(Policy::default());
        assert_eq!(policy().len(), knobs.as_object().unwrap().len());
    }
}
