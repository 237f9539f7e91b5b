//! What the console knows of each kind of thing: its columns, filters and fields, as data.

use serde_json::Value;
use vidimus_core::model::Kind;

use super::{Cell, NOUNS};

/// How a member of a declaration is typed in.
#[derive(Clone, Copy)]
pub enum FieldKind {
    Text,
    /// An id: given once, and then fixed.
    Id,
    Password,
    Number,
    /// A list, one to a line.
    Lines,
    /// A text of words between spaces, one to a line.
    Words,
    Flag,
    /// Values and what they are called; the empty one leaves it out.
    Choice(&'static [(&'static str, &'static str)]),
    /// A list of some of these.
    Checks(&'static [(&'static str, &'static str)]),
}

#[derive(Clone, Copy)]
pub struct Field {
    pub member: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub kind: FieldKind,
    /// Only where a new one is made.
    pub only_new: bool,
}

/// What it is called, and what it says of a view.
pub type Column = (&'static str, fn(&Value) -> Cell);

/// By a parameter that lists of the kind have, in the console as in the API.
pub struct NounFilter {
    pub name: &'static str,
    pub label: &'static str,
    /// None: any text.
    pub choices: &'static [(&'static str, &'static str)],
}

pub struct Noun {
    /// In addresses.
    pub path: &'static str,
    pub kind: Kind,
    pub id_member: &'static str,
    /// Every member of its declaration.
    pub keys: &'static [&'static str],
    pub one: &'static str,
    pub many: &'static str,
    pub lead: &'static str,
    pub empty: &'static str,
    /// Beside the id.
    pub columns: &'static [Column],
    pub filters: &'static [NounFilter],
    pub fields: &'static [Field],
    /// Whether it can be disabled, and by whom tokens are cut off.
    pub can_be_disabled: bool,
    pub has_tokens: bool,
    pub has_secret: bool,
    pub can_be_made: bool,
    pub can_be_changed: bool,
    /// What its end means.
    pub end: &'static str,
}

pub fn find(path: &str) -> Option<&'static Noun> {
    NOUNS.iter().copied().find(|noun| noun.path == path)
}

impl Noun {
    /// The members that have a field.
    pub fn has_field(&self, member: &str) -> bool {
        self.fields.iter().any(|field| field.member == member)
    }

    /// The members of a declaration that have no field and can be seen: they are edited as JSON.
    pub fn rest(&self) -> impl Iterator<Item = &'static str> {
        let keys = self.keys.iter().copied();
        keys.filter(|key| *key != "disabled" && !self.has_field(key))
    }
}
