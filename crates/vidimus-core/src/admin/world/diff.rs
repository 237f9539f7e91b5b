//! One entry against what is stored: nothing, or one write and a line of the diff.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        declare::{Place, has_chosen_secret},
        object::{fingerprint, set_fingerprint, standing},
        view::{changed_keys, declaration},
    },
    parse::Entry,
};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::Facts,
    model::Object,
    outcome::{Change, Stop, Write},
};

/// A line of the diff, the write behind it, and whether it brings a slow secret.
pub struct Difference {
    pub line: Value,
    pub write: Write,
    pub object: Arc<Object>,
    pub has_chosen_secret: bool,
}

/// `None`: the entry is stored as it is declared.
pub fn difference(
    entry: &Entry,
    tenant_id: &str,
    place: &Place<'_>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Option<Difference>, Stop> {
    let Place { tenant: owner, key, before } = *place;
    if let Some(other) = before.filter(|object| object.kind() != entry.kind) {
        let what = format!("{} is the id of a {} already", entry.id, other.kind().as_str());
        let error = OAuthError::new(ErrorCode::AlreadyExists, what).at(&*entry.pointer);
        return Err(error.into());
    }
    let print = cx.vault.fingerprint(canonical(&Value::Object(entry.map.clone())).as_bytes());
    if before.is_some_and(|object| fingerprint(&object.body) == Some(&print)) {
        return Ok(None);
    }
    let described = entry.declaration();
    let mut declared = described.settle(&entry.id, place, facts, cx)?;
    set_fingerprint(&mut declared.body, Some(print));
    let standing = standing(&described, before, &declared.body, cx)?;
    let has_chosen_secret = has_chosen_secret(&declared.body);
    let (action, object, change, fields) = match before {
        None => {
            let body = declared.body;
            let object = Arc::new(Object {
                key,
                tenant: owner,
                version: 1,
                standing,
                expires_at: None,
                body,
            });
            ("create", Arc::clone(&object), Change::Create(object), Vec::new())
        }
        Some(stored) => {
            let object = stored.changed(standing, declared.body);
            let fields = fields(stored, &object, entry);
            ("update", Arc::clone(&object), Change::Replace(object), fields)
        }
    };
    let line = json!({
        "action": action,
        "kind": entry.kind.as_str(),
        "tenant": tenant_id,
        "id": entry.id,
        "fields": fields,
    });
    let write = Write { tenant: owner, change };
    Ok(Some(Difference { line, write, object, has_chosen_secret }))
}

/// What changed, by key; a secret by its name alone.
fn fields(before: &Object, after: &Object, entry: &Entry) -> Vec<String> {
    let mut fields = changed_keys(&declaration(before), &declaration(after));
    for key in ["client_secret", "secret", "password", "password_hash"] {
        if entry.map.contains_key(key) && stored_secret(before) != stored_secret(after) {
            fields.push(key.to_owned());
        }
    }
    fields
}

fn stored_secret(object: &Object) -> Option<Value> {
    let body = serde_json::to_value(&object.body).ok()?;
    let hash = body.pointer("/secret/hash").or_else(|| body.pointer("/password_hash"));
    hash.cloned()
}

/// One text for a value whatever the order of its keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut members: Vec<String> =
                map.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
