//! Clients: who they are, what they may, and when they were last seen.

use serde_json::Value;
use vidimus_core::{admin::CLIENT_KEYS, model::Kind};

use super::{ENABLED, METHODS, SCOPE_HELP, created, seconds, state, text, texts};
use crate::operator::{
    Cell, Noun, Tone,
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
const SOURCES: [(&str, &str); 4] = [
    ("", "Any"),
    ("declared", "World file"),
    ("api", "Made by an operator"),
    ("registered", "Registered itself"),
];
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
        NounFilter { name: "q", label: "Id or name begins with", choices: &[] },
        NounFilter { name: "source", label: "Source", choices: &SOURCES },
        NounFilter { name: "grant", label: "Grant", choices: &GRANT_FILTER },
        NounFilter { name: "enabled", label: "State", choices: &ENABLED },
        NounFilter { name: "scope", label: "Scope", choices: &[] },
        NounFilter { name: "redirect_host", label: "Redirect host", choices: &[] },
        NounFilter { name: "unused_for_days", label: "Unused for days", choices: &[] },
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
    if registered {
        Cell::Tag(Tone::Note, "registered itself".to_owned())
    } else {
        Cell::Text("an operator".to_owned())
    }
}

fn grants(view: &Value) -> Cell {
    let short = |grant: &str| grant.rsplit(':').next().unwrap_or_default().to_owned();
    let all: Vec<String> = texts(view, "grant_types").map(short).collect();
    if all.is_empty() { Cell::None } else { Cell::Codes(all) }
}

fn last_used(view: &Value) -> Cell {
    seconds(view, "last_used").map_or(Cell::None, Cell::When)
}
