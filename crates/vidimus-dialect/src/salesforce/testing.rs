//! A request that shapes can be asked with.

use std::sync::Arc;

use vidimus_core::{
    model::{Body, Named, Object, Standing, Tenant},
    policy::Policy,
    row_key::RowKey,
};

use crate::{Asked, Endpoint, Shape};

pub const TENANT_KEY: RowKey = RowKey(1);
pub const USER_KEY: RowKey = RowKey(2);
pub const ORGANIZATION: &str = "00D000000000001EAA";
pub const USER: &str = "005000000000002AAA";

pub struct Scene {
    tenant: Arc<Object>,
    prefix: &'static str,
}

impl Scene {
    pub fn new(prefix: &'static str) -> Self {
        let tenant = Tenant {
            id: "org".to_owned(),
            dialects: Vec::new(),
            path_aliases: Vec::new(),
            hosts: Vec::new(),
            policy: Policy::default(),
            has_chosen_secrets: false,
            has_introspecting_users: false,
            dialect_settings: serde_json::Map::new(),
            key_check: None,
            fingerprint: None,
        };
        let tenant = Object {
            key: TENANT_KEY,
            tenant: RowKey::ROOT,
            version: 1,
            standing: Standing::default(),
            expires_at: None,
            body: Body::Tenant(tenant),
        };
        Self { tenant: Arc::new(tenant), prefix }
    }

    pub fn asked(&self) -> Asked<'_> {
        Asked {
            endpoint: Endpoint::Token,
            path: "",
            tenant: Named::of(&self.tenant),
            issuer: "https://as.example/t/org",
            public_url: "https://as.example",
            prefix: self.prefix,
            request_id: "r",
            accept: "",
            form: None,
            captured: &[],
        }
    }
}

pub fn body(shape: &Shape) -> String {
    String::from_utf8(shape.body.to_vec()).unwrap()
}
