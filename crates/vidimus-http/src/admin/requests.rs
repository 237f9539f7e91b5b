//! The last requests: of a tenant, or of all; and one by its id.

use hyper::http::request::Parts;
use serde_json::{Value, json};
use vidimus_core::error::{ErrorCode, OAuthError};

use crate::{
    app::App,
    request_log::{Entry, Filter},
};

impl<S, E> App<S, E> {
    /// Oldest first, and how many were too many to be kept. `tenant`: of that one alone.
    pub(super) fn requests(
        &self,
        tenant: Option<&str>,
        parts: &Parts,
    ) -> Result<Value, OAuthError> {
        let mut filter = Filter::of(parts.uri.query().unwrap_or_default())?;
        if let Some(tenant) = tenant {
            filter.tenant = Some(tenant.to_owned());
        }
        let items = self.requests.list(&filter);
        Ok(json!({"items": items, "next": null, "skipped": self.requests.skipped()}))
    }

    pub(super) fn request(&self, tenant: Option<&str>, id: &str) -> Result<Value, OAuthError> {
        let of = |entry: &Entry| tenant.is_none_or(|tenant| entry.tenant == tenant);
        let found = self.requests.one(id).filter(|entry| of(entry));
        let none = || OAuthError::new(ErrorCode::NotFound, "There is no such request.");
        Ok(json!(found.ok_or_else(none)?))
    }
}
