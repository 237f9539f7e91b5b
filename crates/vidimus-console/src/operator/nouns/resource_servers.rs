//! Resource servers: who asks whether tokens are good.

use vidimus_core::{admin::RESOURCE_SERVER_KEYS, model::Kind};

use super::{OF_ALL, SCOPE_HELP, codes, created, state, text};
use crate::operator::{
    Cell, Noun,
    noun::{Field, FieldKind},
};

const METHODS: [(&str, &str); 4] = [
    ("client_secret_basic", "client_secret_basic"),
    ("client_secret_post", "client_secret_post"),
    ("client_secret_jwt", "client_secret_jwt"),
    ("private_key_jwt", "private_key_jwt"),
];
const RIGHTS: [(&str, &str); 2] =
    [("audience", "Tokens of its audiences"), ("tenant", "Every token of the tenant")];

pub const RESOURCE_SERVERS: Noun = Noun {
    path: "resource-servers",
    kind: Kind::ResourceServer,
    id_member: "id",
    keys: &RESOURCE_SERVER_KEYS,
    one: "Resource server",
    many: "Resource servers",
    lead: "APIs that introspect tokens, and the audiences that tokens name them by.",
    empty: "No resource server is like that.",
    columns: &[
        ("Audiences", |view| codes(view, "audiences")),
        ("State", state),
        ("May introspect", |view| Cell::text(text(view, "introspect"))),
        ("Made", created),
    ],
    filters: &OF_ALL,
    fields: &[
        Field { member: "id", label: "Id", help: "", kind: FieldKind::Id, only_new: false },
        Field {
            member: "audiences",
            label: "Audiences",
            help: "URIs that clients ask tokens for (RFC 8707), one to a line.",
            kind: FieldKind::Lines,
            only_new: false,
        },
        Field {
            member: "scope",
            label: "Scope",
            help: SCOPE_HELP,
            kind: FieldKind::Words,
            only_new: false,
        },
        Field {
            member: "introspect",
            label: "May introspect",
            help: "",
            kind: FieldKind::Choice(&RIGHTS),
            only_new: false,
        },
        Field {
            member: "token_endpoint_auth_method",
            label: "Authentication",
            help: "With a secret that is left out, one is made and shown once.",
            kind: FieldKind::Choice(&METHODS),
            only_new: false,
        },
    ],
    can_be_disabled: true,
    has_tokens: true,
    has_secret: true,
    can_be_made: true,
    can_be_changed: true,
    end: "It can introspect nothing any more, and its audiences are unknown.",
};
