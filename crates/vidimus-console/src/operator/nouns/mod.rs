//! The kinds of things that operators look after, each in its own file.

mod api_tokens;
mod clients;
mod issuers;
mod registration_tokens;
mod resource_servers;
mod tenants;
mod users;

use serde_json::Value;

use super::{Cell, Noun, Tone, noun::NounFilter};

pub use tenants::TENANTS;

pub const NOUNS: [&Noun; 6] = [
    &clients::CLIENTS,
    &resource_servers::RESOURCE_SERVERS,
    &users::USERS,
    &issuers::ISSUERS,
    &registration_tokens::REGISTRATION_TOKENS,
    &api_tokens::API_TOKENS,
];

const SCOPE_HELP: &str = "One to a line.";
const METHODS: [(&str, &str); 5] = [
    ("client_secret_basic", "client_secret_basic"),
    ("client_secret_post", "client_secret_post"),
    ("client_secret_jwt", "client_secret_jwt"),
    ("private_key_jwt", "private_key_jwt"),
    ("none", "none (public client)"),
];
const ENABLED: [(&str, &str); 3] = [("", "Any"), ("true", "Enabled"), ("false", "Disabled")];

/// By how the id or the name begins, and by whether it works: lists of every kind have these.
const OF_ALL: [NounFilter; 2] = [
    NounFilter { name: "q", label: "Id or name begins with", choices: &[] },
    NounFilter { name: "enabled", label: "State", choices: &ENABLED },
];

fn text<'a>(view: &'a Value, member: &str) -> Option<&'a str> {
    view.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn texts<'a>(view: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    view.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn seconds(view: &Value, member: &str) -> Option<i64> {
    view.get(member).and_then(Value::as_i64)
}

fn is(view: &Value, member: &str) -> bool {
    view.get(member).and_then(Value::as_bool) == Some(true)
}

fn codes(view: &Value, member: &str) -> Cell {
    let all: Vec<String> = texts(view, member).map(str::to_owned).collect();
    if all.is_empty() { Cell::None } else { Cell::Codes(all) }
}

fn words(view: &Value, member: &str) -> Cell {
    let all: Vec<String> =
        text(view, member).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if all.is_empty() { Cell::None } else { Cell::Codes(all) }
}

fn state(view: &Value) -> Cell {
    if is(view, "disabled") {
        Cell::Tag(Tone::Bad, "disabled".to_owned())
    } else {
        Cell::Tag(Tone::Good, "enabled".to_owned())
    }
}

fn created(view: &Value) -> Cell {
    seconds(view, "created_at").map_or(Cell::None, Cell::When)
}
