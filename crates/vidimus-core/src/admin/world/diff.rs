//! One entry against what is stored: nothing, or one write and a line of the diff.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        declare::{Marks, Place},
        fingerprint::{fingerprint, imported, set_fingerprint},
        object::standing,
        put::{By, put},
        view::{changed_keys, declaration},
    },
    parse::Entry,
};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::Facts,
    model::{Body, Object},
    outcome::{Stop, Write},
    row_key::RowKey,
};

/// A line of the diff, and the writes behind it.
pub struct Difference {
    pub line: Value,
    pub writes: Vec<Write>,
    pub object: Arc<Object>,
    pub marks: Marks,
}

/// `None`: the entry is stored as it is declared.
pub fn difference(
    entry: &Entry,
    tenant_id: &str,
    place: &Place<'_>,
    import: bool,
    facts: &Facts,
    by: By<'_>,
    cx: &mut Context<'_>,
) -> Result<Option<Difference>, Stop> {
    let before = place.before;
    if let Some(other) = before.filter(|object| object.kind() != entry.kind) {
        let what = format!("{} is the id of a {} already", entry.id, other.kind().as_str());
        let error = OAuthError::new(ErrorCode::AlreadyExists, what).at(&*entry.pointer);
        return Err(error.into());
    }
    let print = cx.vault.fingerprint(canonical(&Value::Object(entry.map.clone())).as_bytes());
    let print = if import { imported(&print) } else { print };
    let is_same = |object: &Object| fingerprint(&object.body) == Some(&print);
    if before.is_some_and(|object| is_same(object) && hangs_on(object, place.user)) {
        return Ok(None);
    }
    let described = entry.declaration();
    let mut declared = described.settle(&entry.id, place, facts, cx)?;
    set_fingerprint(&mut declared.body, Some(print));
    let standing = standing(&described, before, &declared.body, cx)?;
    let marks = Marks::of(&declared.body);
    let (object, writes) = put(&declared, standing, place, by)?;
    let (action, fields) = match before {
        None => ("create", Vec::new()),
        Some(stored) => ("update", fields(stored, &object, entry)),
    };
    let line = json!({
        "action": action,
        "kind": entry.kind.as_str(),
        "tenant": tenant_id,
        "id": entry.id,
        "fields": fields,
    });
    Ok(Some(Difference { line, writes, object, marks }))
}

/// Whether the user it is of is the one of that name still.
fn hangs_on(object: &Object, user: Option<RowKey>) -> bool {
    match &object.body {
        Body::ApiToken(token) => Some(token.user) == user,
        _ => true,
    }
}

/// Where each key that is not shown lies in the stored document.
const UNSHOWN: [(&str, &str); 8] = [
    ("client_secret", "/secret/hash"),
    ("client_secret_hash", "/secret/hash"),
    ("secret", "/secret/hash"),
    ("secret_hash", "/secret/hash"),
    ("password", "/password_hash"),
    ("password_hash", "/password_hash"),
    ("token", "/digest"),
    ("assertion_certificates", "/assertion_jwks"),
];

/// What changed, by key; a secret by its name alone.
fn fields(before: &Object, after: &Object, entry: &Entry) -> Vec<String> {
    let mut fields = changed_keys(&declaration(before), &declaration(after));
    let documents = [before, after].map(|object| serde_json::to_value(&object.body).ok());
    let [old, new] = documents.map(Option::unwrap_or_default);
    for (key, pointer) in UNSHOWN {
        // Certificates are also taken away by leaving them out.
        let is_meant = entry.map.contains_key(key) || key == "assertion_certificates";
        if is_meant && old.pointer(pointer) != new.pointer(pointer) {
            fields.push(key.to_owned());
        }
    }
    fields
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
