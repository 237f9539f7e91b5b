//! Tenants: each an issuer of its own.

use vidimus_core::{admin::TENANT_KEYS, model::Kind};

use super::{codes, created, state};
use crate::operator::{
    Noun,
    noun::{Field, FieldKind, NounFilter},
};

const fn field(
    member: &'static str,
    label: &'static str,
    help: &'static str,
    kind: FieldKind,
) -> Field {
    Field { member, label, help, kind, only_new: false }
}

pub const TENANTS: Noun = Noun {
    path: "settings",
    kind: Kind::Tenant,
    id_member: "id",
    keys: &TENANT_KEYS,
    one: "Tenant",
    many: "Tenants",
    lead: "Each is an issuer with clients, users and keys of its own.",
    empty: "No tenant begins like that.",
    columns: &[
        ("State", state),
        ("Dialects", |view| codes(view, "dialects")),
        ("Hosts", |view| codes(view, "hosts")),
        ("Made", created),
    ],
    // Found by the beginning of their ids alone: there may be very many.
    filters: &[NounFilter { name: "q", label: "Begins with", choices: &[] }],
    fields: &[
        field("id", "Id", "Part of its issuer's address.", FieldKind::Id),
        field("dialects", "Dialects", "One to a line; all if empty.", FieldKind::Lines),
        field("hosts", "Hosts", "Names of its own, one to a line.", FieldKind::Lines),
        field("path_aliases", "Paths", "Prefixes of its own, one to a line.", FieldKind::Lines),
    ],
    can_be_disabled: true,
    has_tokens: true,
    has_secret: false,
    can_be_made: true,
    can_be_changed: true,
    end: "Its clients, users, keys and tokens are gone with it.",
};
