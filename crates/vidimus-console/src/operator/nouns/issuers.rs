//! Issuers whose assertions are believed (RFC 7523).

use vidimus_core::{admin::TRUSTED_ISSUER_KEYS, model::Kind};

use super::{OF_ALL, SCOPE_HELP, codes, created, state};
use crate::operator::{
    Noun,
    noun::{Field, FieldKind},
};

const fn field(
    member: &'static str,
    label: &'static str,
    help: &'static str,
    kind: FieldKind,
) -> Field {
    Field { member, label, help, kind, only_new: false }
}

pub const ISSUERS: Noun = Noun {
    path: "issuers",
    kind: Kind::TrustedIssuer,
    id_member: "issuer",
    keys: &TRUSTED_ISSUER_KEYS,
    one: "Trusted issuer",
    many: "Trusted issuers",
    lead: "Other servers whose signed assertions are exchanged for tokens of this tenant.",
    empty: "No trusted issuer is like that.",
    columns: &[("State", state), ("Speaks for", |view| codes(view, "subjects")), ("Made", created)],
    filters: &OF_ALL,
    fields: &[
        field("issuer", "Issuer", "As its assertions say in iss.", FieldKind::Id),
        field("jwks_uri", "Address of its keys", "Or jwks, as JSON below.", FieldKind::Text),
        field("subjects", "May speak for", "Users, one to a line; * is all.", FieldKind::Lines),
        field("scope", "Scope at most", SCOPE_HELP, FieldKind::Words),
        field("audiences", "Further audiences", "One to a line.", FieldKind::Lines),
    ],
    can_be_disabled: true,
    has_tokens: false,
    has_secret: false,
    can_be_made: true,
    can_be_changed: true,
    end: "Its assertions are refused from now on. Tokens that were given for them stay.",
};
