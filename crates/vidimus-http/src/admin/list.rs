//! Lists: one page of a space, of one kind, after a name.

use hyper::http::request::Parts;
use serde_json::{Value, json};
use vidimus_core::{
    admin::view,
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    facts::{Needs, TenantRef},
    form::Form,
    limits::PAGE_SIZE_MAX,
    model::Kind,
    row_key::RowKey,
};

use crate::{app::App, failure::Failure};

const PAGE_SIZE: u32 = 100;

impl<S: Store, E: Errands> App<S, E> {
    pub async fn list(&self, kind: Kind, tenant: String, parts: &Parts) -> Result<Value, Failure> {
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
        let limit = limit(&query)?;
        let key = match kind {
            Kind::Tenant => RowKey::ROOT,
            _ => self.key_of(tenant).await?,
        };
        let after = query.get("after").unwrap_or_default();
        let page = self.engine.store.page(key, kind.space(), after, limit).await?;
        let full = page.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next = page.last().filter(|_| full).map(|last| last.id().to_owned());
        let items: Vec<Value> =
            page.iter().filter(|object| object.kind() == kind).map(|object| view(object)).collect();
        Ok(json!({"items": items, "next": next}))
    }

    async fn key_of(&self, tenant: String) -> Result<RowKey, Failure> {
        let facts = self.engine.store.load(&TenantRef::Id(tenant), &Needs::default()).await?;
        let none = || OAuthError::new(ErrorCode::NotFound, "There is no such tenant.");
        Ok(facts.tenant().ok_or_else(none)?.key())
    }
}

fn limit(query: &Form) -> Result<u32, OAuthError> {
    let Some(limit) = query.get("limit") else { return Ok(PAGE_SIZE) };
    let within = limit.parse().ok().filter(|limit| (1..=PAGE_SIZE_MAX).contains(limit));
    within.ok_or_else(|| {
        OAuthError::invalid_request(format!("limit must be between 1 and {PAGE_SIZE_MAX}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded() {
        let of = |query: &str| limit(&Form::parse(query.as_bytes()).unwrap());
        assert_eq!(of(""), Ok(PAGE_SIZE));
        assert_eq!(of("limit=1000"), Ok(1000));
        for bad in ["limit=0", "limit=-1", "limit=1001", "limit=x", "limit=99999999999"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
