//! Clients: who they are, what they may, and when they were last seen.

use serde_json::Value;
use vidimus_core::{admin::CLIENT_KEYS, model::Kind};

use super::{
    ENABLED, METHODS, SCOPE_HELP, contains, created, has_scope, is_enabled, seconds, state, text,
    texts,
};
use crate::operator::{
    Cell, Noun,
    noun::{Field, FieldKind, NounFilter},
};

const GRANTS: [(&str, &str); 8] = [
    ("authorization_code", "authorization_code"),
    ("client_credentials", "client_credentials"),
    ("refresh_token", "refresh_token"),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", "jwt-bearer"),
    ("urn:ietf:params:oauth:grant-type:device_code", "device_code"),
    ("urn:ietf:params:oauth:grant-type:token-exchange", "token-exchange"),
    ("password", "password"),
    ("implicit", "implicit"),
];
const GRANT_FILTER: [(&str, &str); 9] = [
    ("", "Any"),
    ("authorization_code", "authorization_code"),
    ("client_credentials", "client_credentials"),
    ("refresh_token", "refresh_token"),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", "jwt-bearer"),
    ("urn:ietf:params:oauth:grant-type:device_code", "device_code"),
    ("urn:ietf:params:oauth:grant-type:token-exchange", "token-exchange"),
    ("password", "password"),
    ("implicit", "implicit"),
];
const SOURCES: [(&str, &str); 3] =
    [("", "Any"), ("declared", "Declared by an operator"), ("registered", "Registered itself")];
const RIGHTS: [(&str, &str); 3] = [
    ("own", "Its own tokens"),
    ("audience", "Tokens of its audience"),
    ("tenant", "Every token of the tenant"),
];

pub const CLIENTS: Noun = Noun {
    path: "clients",
    kind: Kind::Client,
    id_member: "client_id",
    keys: &CLIENT_KEYS,
    one: "Client",
    many: "Clients",
    lead: "Applications that ask for tokens.",
    empty: "No client is like that.",
    columns: &[
        ("Name", |view| Cell::text(text(view, "client_name"))),
        ("State", state),
        ("Source", source),
        ("Grants", grants),
        ("Last used", last_used),
        ("Made", created),
    ],
    filters: &[
        NounFilter { name: "q", label: "Id or name", choices: &[], keeps: is_named },
        NounFilter { name: "source", label: "Source", choices: &SOURCES, keeps: is_from },
        NounFilter { name: "grant", label: "Grant", choices: &GRANT_FILTER, keeps: has_grant },
        NounFilter { name: "enabled", label: "State", choices: &ENABLED, keeps: is_enabled },
        NounFilter { name: "scope", label: "Scope", choices: &[], keeps: has_scope },
        NounFilter { name: "host", label: "Redirect host", choices: &[], keeps: leads_to },
        NounFilter { name: "unused", label: "Unused for days", choices: &[], keeps: is_unused },
    ],
    fields: &[
        field("client_id", "Client id", "Left empty, one is made.", FieldKind::Id),
        field("client_name", "Name", "What people see.", FieldKind::Text),
        field("grant_types", "Grants", "", FieldKind::Checks(&GRANTS)),
        field("redirect_uris", "Redirect URIs", "One to a line.", FieldKind::Lines),
        field(
            "post_logout_redirect_uris",
            "Redirect URIs after sign-out",
            "One to a line.",
            FieldKind::Lines,
        ),
        field("scope", "Scope", SCOPE_HELP, FieldKind::Words),
        field(
            "token_endpoint_auth_method",
            "Client authentication",
            "With a secret that is left out, one is made and shown once.",
            FieldKind::Choice(&METHODS),
        ),
        field(
            "access_token_format",
            "Access tokens",
            "",
            FieldKind::Choice(&[("opaque", "Opaque"), ("jwt", "JWT (RFC 9068)")]),
        ),
        field("introspect", "May introspect", "", FieldKind::Choice(&RIGHTS)),
    ],
    can_be_disabled: true,
    has_tokens: true,
    has_secret: true,
    can_be_made: true,
    can_be_changed: true,
    end: "Its tokens are inactive at once, and whoever uses it is refused.",
};

const fn field(
    member: &'static str,
    label: &'static str,
    help: &'static str,
    kind: FieldKind,
) -> Field {
    Field { member, label, help, kind, only_new: false }
}

fn source(view: &Value) -> Cell {
    let registered = view.get("registered_at").is_some();
    Cell::Text(if registered { "registered itself" } else { "declared" }.to_owned())
}

fn grants(view: &Value) -> Cell {
    let short = |grant: &str| grant.rsplit(':').next().unwrap_or_default().to_owned();
    let all: Vec<String> = texts(view, "grant_types").map(short).collect();
    if all.is_empty() { Cell::None } else { Cell::Codes(all) }
}

fn last_used(view: &Value) -> Cell {
    seconds(view, "last_used").map_or(Cell::None, Cell::When)
}

fn is_named(view: &Value, wanted: &str, _: i64) -> bool {
    ["client_id", "client_name"]
        .iter()
        .any(|member| contains(text(view, member).unwrap_or_default(), wanted))
}

fn is_from(view: &Value, wanted: &str, _: i64) -> bool {
    view.get("registered_at").is_some() == (wanted == "registered")
}

fn has_grant(view: &Value, wanted: &str, _: i64) -> bool {
    texts(view, "grant_types").any(|grant| grant == wanted)
}

fn leads_to(view: &Value, wanted: &str, _: i64) -> bool {
    let host = |uri: &str| {
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
    };
    texts(view, "redirect_uris").any(|uri| contains(&host(uri), wanted))
}

/// One that was never used counts from when it was made.
fn is_unused(view: &Value, wanted: &str, now: i64) -> bool {
    let Ok(days) = wanted.trim().parse::<i64>() else { return false };
    let last = seconds(view, "last_used").or_else(|| seconds(view, "created_at"));
    last.is_none_or(|at| at <= now.saturating_sub(days.saturating_mul(86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_find_what_they_say() {
        let now = 100 * 86_400;
        let client = json!({
            "client_id": "billing", "client_name": "The Bills", "grant_types": ["password"],
            "redirect_uris": ["https://Pay.example:8443/cb?x=evil"], "scope": "read write",
            "created_at": 10 * 86_400, "last_used": 90 * 86_400, "disabled": false,
        });
        let keeps = |name: &str, value: &str| {
            let filter = CLIENTS.filters.iter().find(|filter| filter.name == name).unwrap();
            (filter.keeps)(&client, value, now)
        };
        for (name, value, wanted) in [
            ("q", "BILL", true),
            ("q", "x", false),
            ("source", "declared", true),
            ("source", "registered", false),
            ("grant", "password", true),
            ("grant", "implicit", false),
            ("enabled", "yes", true),
            ("enabled", "no", false),
            ("scope", "write", true),
            ("scope", "wri", false),
            ("host", "pay.example", true),
            ("host", "evil", false),
            ("unused", "10", true),
            ("unused", "11", false),
            ("unused", "x", false),
        ] {
            assert_eq!(keeps(name, value), wanted, "{name} {value}");
        }
        assert!(is_unused(&json!({"created_at": 0}), "30", now), "never used");
    }
}
