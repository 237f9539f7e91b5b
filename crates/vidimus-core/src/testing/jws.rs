//! An assertion that tests change claim by claim.

use serde_json::{Value, json};

use super::{ISSUER, Key, Scene, compact, es256};

#[derive(Clone)]
pub struct Jws {
    pub header: Value,
    pub claims: Value,
    pub key: Key<'static>,
}

impl Jws {
    /// Of this issuer about `alice`, signed with the first of the test keys.
    pub fn about_alice(issuer: &str, scene: &Scene) -> Self {
        let now = scene.now.seconds();
        Self {
            header: json!({"alg": "ES256"}),
            claims: json!({"iss": issuer, "sub": "alice", "aud": ISSUER, "exp": now + 180}),
            key: Key::Es256(es256(0)),
        }
    }

    /// `null` takes the claim away.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    pub fn header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    pub const fn key(mut self, key: Key<'static>) -> Self {
        self.key = key;
        self
    }

    pub fn text(&self) -> String {
        compact(&self.header, &self.claims, self.key)
    }
}

fn put(target: &mut Value, name: &str, value: Value) {
    let map = target.as_object_mut().unwrap();
    if value.is_null() {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
}
