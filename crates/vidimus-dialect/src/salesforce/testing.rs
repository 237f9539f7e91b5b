//! A request that shapes can be asked with.

use std::sync::Arc;

use serde_json::json;
use vidimus_core::{
    model::{Named, Object},
    policy::Policy,
    row_key::RowKey,
};

use crate::{Asked, Endpoint, Shape, testing};

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
        let tenant = testing::tenant("org", json!({}), Policy::default());
        assert_eq!(tenant.key, TENANT_KEY);
        Self { tenant, prefix }
    }

    pub fn asked(&self) -> Asked<'_> {
        Asked {
            endpoint: Endpoint::Token,
            path: "",
            tenant: Named::of(&self.tenant),
            issuer: "https://as.example/t/org",
            public_url: "https://as.example",
            prefix: self.prefix,
            request_id: &"r",
            accept: "",
            form: None,
            captured: &[],
        }
    }
}

pub fn body(shape: &Shape) -> String {
    String::from_utf8(shape.body.to_vec()).unwrap()
}
