//! What a shape may know of the request beside the reply.

use std::fmt::Display;

use vidimus_core::{
    form::Form,
    model::{Named, Tenant},
};

use crate::Endpoint;

#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub endpoint: Endpoint,
    /// The route's path.
    pub path: &'static str,
    /// `None` where the tenant is not known (yet, or at all).
    pub tenant: Option<Named<'a, Tenant>>,
    /// The tenant's issuer identifier.
    pub issuer: &'a str,
    /// Issuer of the default tenant; no tenant's prefix stands before it.
    pub public_url: &'a str,
    /// The prefix under which the tenant was asked: `/t/{tenant}`, an alias, or nothing.
    pub prefix: &'a str,
    pub request_id: &'a dyn Display,
    /// Every `Accept` header, joined.
    pub accept: &'a str,
    /// Parameters of body and query, where the route has any.
    pub form: Option<&'a Form>,
    /// The segments in braces of the route, decoded.
    pub captured: &'a [String],
}

impl Asked<'_> {
    /// Of the query or the body. Never a secret: it may be said back.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.form?.get(name)
    }

    /// A flag of the tenant's `dialect_settings`.
    pub fn setting(&self, name: &str) -> bool {
        let setting = self.tenant.and_then(|tenant| tenant.body.dialect_settings.get(name));
        setting.and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// Where the tenant was asked, as an absolute URL without a path behind its prefix. One that was
    /// found by its host or its client is asked again below its issuer.
    pub fn base(&self) -> String {
        if self.prefix.is_empty() {
            return self.issuer.to_owned();
        }
        format!("{}{}", self.public_url, self.prefix)
    }
}
