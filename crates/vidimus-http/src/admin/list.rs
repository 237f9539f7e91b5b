//! Lists: one page of a kind, narrowed by what the query asks, with where the next one begins. A
//! page looks at so many objects and no more, however few of them are on it.

use std::collections::HashMap;

use hyper::http::request::Parts;
use serde_json::{Value, json};
use vidimus_core::{
    admin::{Cursor, Filter, LIMIT, view},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    form::Form,
    limits::{PAGE_SCAN_MAX, PAGE_SIZE_MAX},
    model::{Kind, Object},
    row_key::RowKey,
    time::Time,
};

use crate::{app::App, entropy::OsEntropy, failure::Failure, used::with_use};

const PAGE_SIZE: u32 = 100;

impl<S: Store, E: Errands> App<S, E> {
    pub async fn list(&self, kind: Kind, tenant: String, parts: &Parts) -> Result<Value, Failure> {
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
        self.listed(kind, tenant, &query).await
    }

    /// The same for whoever asks otherwise.
    pub async fn listed(&self, kind: Kind, tenant: String, query: &Form) -> Result<Value, Failure> {
        let limit = limit(query)?;
        let filter = Filter::parse(kind, query, self.now())?;
        let key = match kind {
            Kind::Tenant => RowKey::ROOT,
            _ => self.tenant_key(&tenant).await?,
        };
        let cursor = Cursor { tenant: key, list: kind.as_str(), query };
        let after = cursor.open(&self.engine.vault)?;
        let (items, next) = self.scan(kind, key, &filter, after, limit).await?;
        let next = match next {
            Some(last) => Some(cursor.seal(&last, &self.engine.vault, &mut OsEntropy)?),
            None => None,
        };
        Ok(json!({"items": items, "next": next}))
    }

    /// What is on the page, and the last object that was looked at where there may be more.
    async fn scan(
        &self,
        kind: Kind,
        tenant: RowKey,
        filter: &Filter,
        mut after: String,
        limit: u32,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let batch = if filter.is_open() { limit } else { PAGE_SIZE_MAX };
        let mut items = Vec::new();
        let mut looked_at = 0;
        loop {
            let objects = self.engine.store.page(tenant, kind.space(), &after, batch).await?;
            let used = self.used(tenant, kind, &objects).await?;
            let is_last = objects.len() < usize::try_from(batch).unwrap_or(usize::MAX);
            let count = objects.len();
            for (at, object) in objects.into_iter().enumerate() {
                let used_at = used.get(&object.key).copied();
                if object.kind() == kind && filter.admits(&object, used_at) {
                    items.push(with_use(view(&object), used_at));
                }
                object.id().clone_into(&mut after);
                if items.len() == wanted {
                    let is_end = is_last && at + 1 == count;
                    return Ok((items, (!is_end).then_some(after)));
                }
            }
            looked_at += batch;
            if is_last {
                return Ok((items, None));
            }
            if looked_at >= PAGE_SCAN_MAX {
                return Ok((items, Some(after)));
            }
        }
    }

    async fn used(
        &self,
        tenant: RowKey,
        kind: Kind,
        objects: &[std::sync::Arc<Object>],
    ) -> Result<HashMap<RowKey, Time>, Failure> {
        if kind != Kind::Client {
            return Ok(HashMap::new());
        }
        let keys: Vec<RowKey> = objects.iter().map(|object| object.key).collect();
        Ok(self.engine.store.used(tenant, &keys).await?.into_iter().collect())
    }
}

pub fn limit(query: &Form) -> Result<u32, OAuthError> {
    let Some(limit) = query.get(LIMIT) else { return Ok(PAGE_SIZE) };
    let within = limit.parse().ok().filter(|limit| (1..=PAGE_SIZE_MAX).contains(limit));
    within.ok_or_else(|| {
        OAuthError::invalid_request(format!("limit must be between 1 and {PAGE_SIZE_MAX}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_212_limits_are_bounded() {
        let of = |query: &str| limit(&Form::parse(query.as_bytes()).unwrap());
        assert_eq!(of(""), Ok(PAGE_SIZE));
        assert_eq!(of("limit=1000"), Ok(1000));
        for bad in ["0", "-1", "1001", "x", "2147483648", "1000000000", "99999999999", "1e3"] {
            assert!(of(&format!("limit={bad}")).is_err(), "{bad}");
        }
    }
}
