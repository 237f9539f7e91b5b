//! A tenant that shapes can be asked about.

use std::sync::Arc;

use serde_json::{Map, Value};
use vidimus_core::{
    form::Form,
    model::{Body, Named, Object, Standing, Tenant},
    policy::Policy,
    row_key::RowKey,
};

use crate::{Asked, Endpoint, Shape};

pub fn tenant(id: &str, settings: Value, policy: Policy) -> Arc<Object> {
    let Value::Object(dialect_settings) = settings else { panic!("settings are an object") };
    let tenant = Tenant {
        id: id.to_owned(),
        dialects: Vec::new(),
        path_aliases: Vec::new(),
        hosts: Vec::new(),
        policy,
        has_chosen_secrets: false,
        has_introspecting_users: true,
        has_operators: false,
        dialect_settings,
        look: Box::default(),
        key_check: None,
        fingerprint: None,
    };
    Arc::new(Object {
        key: RowKey(1),
        tenant: RowKey::ROOT,
        version: 1,
        standing: Standing::default(),
        expires_at: None,
        body: Body::Tenant(tenant),
    })
}

pub fn plain() -> Arc<Object> {
    tenant("foo.com", Value::Object(Map::new()), Policy::default())
}

pub fn asked<'a>(tenant: &'a Arc<Object>, endpoint: Endpoint, form: Option<&'a Form>) -> Asked<'a> {
    Asked {
        endpoint,
        path: "",
        tenant: Named::of(tenant),
        issuer: "https://as.example/t/foo.com",
        public_url: "https://as.example:9443",
        prefix: "/t/foo.com",
        request_id: &"r1",
        accept: "",
        form,
        captured: &[],
    }
}

pub fn text(shape: &Shape) -> &str {
    std::str::from_utf8(&shape.body).unwrap()
}

pub fn header<'a>(shape: &'a Shape, name: &str) -> Option<&'a str> {
    let found = shape.headers.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.as_ref())
}
