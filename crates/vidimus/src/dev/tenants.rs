//! A copy of a seeded tenant under an id of its own: a tenant for each test.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::{Map, Value, json};
use vidimus_core::{
    base62,
    context::Entropy,
    model::{Body, Object, SecretHash},
};
use vidimus_http::entropy::OsEntropy;

const ID_CHARS_MAX: usize = 64;

/// How each kind is declared: its array, its id, and its secret with where that secret's hash may
/// stand instead.
const WITH_SECRETS: [(&str, &str, &str, &str); 3] = [
    ("client", "client_id", "client_secret", "client_secret_hash"),
    ("resource_server", "id", "secret", "secret_hash"),
    ("user", "username", "password", "password_hash"),
];

/// What a test needs to know of what it was given.
const TOLD: [(&str, &[&str]); 5] = [
    ("client", &["client_id", "client_secret", "scope", "redirect_uris"]),
    ("resource_server", &["id", "secret", "audiences"]),
    ("user", &["username", "password"]),
    ("registration_token", &["token"]),
    ("api_token", &["token", "username"]),
];

/// A dialect that shares no path with another.
const APART: &str = "csp";

/// What no two tenants can have.
const UNIQUE: [&str; 2] = ["path_aliases", "hosts"];

pub fn ids(world: &Value) -> BTreeSet<String> {
    let ids = tenants(world).filter_map(|tenant| tenant.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}

pub fn declared<'a>(world: &'a Value, id: &str) -> Option<&'a Map<String, Value>> {
    let is_it = |tenant: &&Value| tenant.get("id").and_then(Value::as_str) == Some(id);
    tenants(world).find(is_it)?.as_object()
}

fn tenants(world: &Value) -> impl Iterator<Item = &Value> {
    world.get("tenant").and_then(Value::as_array).into_iter().flatten()
}

pub fn fresh_id(like: &str) -> String {
    let entropy: &mut dyn Entropy = &mut OsEntropy;
    let mut text = format!("{like}-");
    base62::push_u64(u64::from_le_bytes(entropy.draw()), &mut text);
    text
}

/// It is said in URLs as it is.
pub fn is_plain(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=ID_CHARS_MAX).contains(&id.len()) && id.chars().all(plain) && !id.starts_with('.')
}

/// A world of one tenant.
pub fn copy_of<'a>(
    declared: &Map<String, Value>,
    id: &str,
    original: impl Iterator<Item = &'a Object>,
) -> Value {
    let hashes: HashMap<&str, Arc<str>> =
        original.filter_map(|object| Some((object.id(), hash(object)?))).collect();
    let mut copy = declared.clone();
    copy.insert("id".to_owned(), json!(id));
    copy.retain(|key, _| !UNIQUE.contains(&key.as_str()));
    // Its clients have the ids of the original's, which are found at the root already: neither its
    // policy nor its dialects may bring it there.
    let dialects = copy.get_mut("dialects").and_then(Value::as_array_mut);
    if let Some(dialects) = dialects {
        let at_root = vidimus_dialect::at_root();
        let reaches = |name: &Value| name.as_str().is_some_and(|name| at_root.contains(&name));
        if dialects.iter().all(reaches) {
            dialects.push(json!(APART));
        }
    }
    let policy = copy.entry("policy").or_insert_with(|| json!({}));
    if let Some(policy) = policy.as_object_mut() {
        policy.insert("reachable_at_root".to_owned(), json!(false));
    }
    for (array, key, secret, hash) in WITH_SECRETS {
        let entries = copy.get_mut(array).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
            let known = entry.get(key).and_then(Value::as_str).and_then(|id| hashes.get(id));
            let Some(known) = known.filter(|_| entry.contains_key(secret)) else { continue };
            entry.insert(hash.to_owned(), json!(known));
            entry.shift_remove(secret);
        }
    }
    json!({"tenant": [copy]})
}

/// `None`: it has none, or it is needed in the clear.
fn hash(object: &Object) -> Option<Arc<str>> {
    let stored = match &object.body {
        Body::User(user) => return user.password_hash.clone(),
        Body::Client(client) => client.secret.as_ref()?,
        Body::ResourceServer(server) => server.secret.as_ref()?,
        _ => return None,
    };
    match &stored.hash {
        SecretHash::Argon2id(phc) if stored.sealed.is_none() => Some(Arc::clone(phc)),
        _ => None,
    }
}

pub fn told(declared: &Map<String, Value>, id: &str, like: &str, issuer: &str) -> Value {
    let mut told = json!({"id": id, "like": like, "issuer": issuer, "url": issuer});
    for (array, keys) in TOLD {
        let entries = declared.get(array).and_then(Value::as_array);
        let entries: Vec<Value> = entries
            .into_iter()
            .flatten()
            .map(|entry| {
                let members = keys.iter().filter_map(|key| {
                    let value = entry.get(*key)?.clone();
                    Some(((*key).to_owned(), value))
                });
                Value::Object(members.collect())
            })
            .collect();
        if !entries.is_empty()
            && let Some(told) = told.as_object_mut()
        {
            told.insert(format!("{array}s"), Value::Array(entries));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> Value {
        json!({"tenant": [{"id": "a", "hosts": ["a.localhost"], "path_aliases": ["/a"],
            "policy": {"reachable_at_root": true, "registration": "open"},
            "client": [{"client_id": "app", "client_secret": "s"}],
            "user": [{"username": "u", "password": "p"}]}]})
    }

    #[test]
    fn a_copy_has_what_may_be_there_twice() {
        let world = world();
        let copy = copy_of(declared(&world, "a").unwrap(), "b", std::iter::empty());
        let expected = json!({"tenant": [{"id": "b",
            "policy": {"reachable_at_root": false, "registration": "open"},
            "client": [{"client_id": "app", "client_secret": "s"}],
            "user": [{"username": "u", "password": "p"}]}]});
        assert_eq!(copy, expected);
        let rooted = json!({"id": "a", "dialects": ["wso2"]});
        let copy = copy_of(rooted.as_object().unwrap(), "b", std::iter::empty());
        assert_eq!(copy["tenant"][0]["dialects"], json!(["wso2", "csp"]));
        assert!(declared(&world, "b").is_none());
        assert_eq!(ids(&world), BTreeSet::from(["a".to_owned()]));
    }

    #[test]
    fn whoever_made_it_is_told_its_secrets() {
        let told = told(declared(&world(), "a").unwrap(), "b", "a", "http://h/t/b");
        assert_eq!(told["clients"][0]["client_secret"], "s");
        assert_eq!(
            (&told["users"][0]["password"], &told["issuer"]),
            (&json!("p"), &json!("http://h/t/b"))
        );
        assert_eq!(told.get("api_tokens"), None);
    }

    #[test]
    fn ids_are_plain_and_differ() {
        assert_ne!(fresh_id("foo.com"), fresh_id("foo.com"));
        assert!(is_plain(&fresh_id("foo.com")));
        for id in ["", "a/b", "a b", "..", "é", &"a".repeat(65)] {
            assert!(!is_plain(id), "{id}");
        }
    }
}
