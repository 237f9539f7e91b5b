//! Users of a tenant; of the default tenant, operators among them.

use vidimus_core::{admin::USER_KEYS, model::Kind};

use super::{OF_ALL, codes, created, is, state, text};
use crate::operator::{
    Cell, Noun, Tone,
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

pub const USERS: Noun = Noun {
    path: "users",
    kind: Kind::User,
    id_member: "username",
    keys: &USER_KEYS,
    one: "User",
    many: "Users",
    lead: "People who sign in. In the default tenant, the roles admin and auditor open this console.",
    empty: "No user is like that.",
    columns: &[
        ("Name", |view| Cell::text(text(view, "name"))),
        ("E-mail", |view| Cell::text(text(view, "email"))),
        ("State", |view| {
            if is(view, "locked") { Cell::Tag(Tone::Bad, "locked".to_owned()) } else { state(view) }
        }),
        ("Roles", |view| codes(view, "roles")),
        ("Made", created),
    ],
    filters: &OF_ALL,
    fields: &[
        field("username", "Username", "", FieldKind::Id),
        field("password", "Password", "Left empty, it stays as it is.", FieldKind::Password),
        field("name", "Name", "", FieldKind::Text),
        field("email", "E-mail", "", FieldKind::Text),
        field("roles", "Roles", "One to a line.", FieldKind::Lines),
        field("locked", "Locked", "Cannot sign in.", FieldKind::Flag),
    ],
    can_be_disabled: true,
    has_tokens: true,
    has_secret: false,
    can_be_made: true,
    can_be_changed: true,
    end: "The user is signed out everywhere, and every token of the user is inactive at once.",
};
