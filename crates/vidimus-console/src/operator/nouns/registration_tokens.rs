//! Initial access tokens (RFC 7591 §3), with which clients register themselves.

use serde_json::Value;
use vidimus_core::{admin::REGISTRATION_TOKEN_KEYS, model::Kind};

use super::{OF_ALL, seconds, state};
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

fn uses(view: &Value) -> Cell {
    let number = |member| seconds(view, member).unwrap_or_default();
    Cell::Text(format!("{} of {}", number("uses_left"), number("uses")))
}

pub const REGISTRATION_TOKENS: Noun = Noun {
    path: "registration-tokens",
    kind: Kind::RegistrationToken,
    id_member: "id",
    keys: &REGISTRATION_TOKEN_KEYS,
    one: "Registration token",
    many: "Registration tokens",
    lead: "With one of these, a client may register itself. Its text is shown once.",
    empty: "There is no registration token like that.",
    columns: &[
        ("State", state),
        ("Uses left", uses),
        ("Ends", |view| seconds(view, "expires_at").map_or(Cell::None, Cell::When)),
    ],
    filters: &OF_ALL,
    fields: &[
        field("id", "Id", "Left empty, one is made.", FieldKind::Id),
        field("uses", "Uses", "How many clients it may register.", FieldKind::Number),
        field("expires_in_seconds", "Life in seconds", "A day if empty.", FieldKind::Number),
    ],
    can_be_disabled: true,
    has_tokens: false,
    has_secret: false,
    can_be_made: true,
    can_be_changed: false,
    end: "Nobody can register with it any more. Clients that did stay.",
};
