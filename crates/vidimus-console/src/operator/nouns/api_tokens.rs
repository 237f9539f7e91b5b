//! API tokens of users, from which access tokens are made.

use vidimus_core::{admin::API_TOKEN_KEYS, model::Kind};

use super::{OF_ALL, SCOPE_HELP, seconds, text, words};
use crate::operator::{
    Cell, Noun,
    noun::{Field, FieldKind},
};

const fn field(
    member: &'static str,
    label: &'static str,
    help: &'static str,
    kind: FieldKind,
) -> Field {
    Field { member, label, help, kind, only_new: true }
}

pub const API_TOKENS: Noun = Noun {
    path: "api-tokens",
    kind: Kind::ApiToken,
    id_member: "id",
    keys: &API_TOKEN_KEYS,
    one: "API token",
    many: "API tokens",
    lead: "Long-lived tokens of users. The text is shown once.",
    empty: "There is no API token like that.",
    columns: &[
        ("User", |view| Cell::text(text(view, "username"))),
        ("Scope", |view| words(view, "scope")),
        ("Ends", |view| seconds(view, "expires_at").map_or(Cell::None, Cell::When)),
    ],
    filters: &OF_ALL,
    fields: &[
        field("id", "Id", "Left empty, one is made.", FieldKind::Id),
        field("username", "User", "", FieldKind::Text),
        field("scope", "Scope", SCOPE_HELP, FieldKind::Words),
        field("expires_in_seconds", "Life in seconds", "180 days if empty.", FieldKind::Number),
    ],
    can_be_disabled: false,
    has_tokens: false,
    has_secret: false,
    can_be_made: true,
    can_be_changed: false,
    end: "It and every token that was made from it are inactive at once.",
};
