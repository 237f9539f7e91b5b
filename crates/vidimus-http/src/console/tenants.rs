//! The list of tenants, found by the beginning of their ids: as quick with ten thousand as with ten.

use std::sync::Arc;

use vidimus_console::operator::{List, TENANTS, encoded, list, of_tenant};
use vidimus_core::{
    admin::view,
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::{Needs, Space, TenantRef},
    limits::CLIENT_ID_BYTES_MAX,
    model::Object,
    row_key::RowKey,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    objects::{ROWS, columns, filters, row},
    visit::{Visit, page, see_other},
};
use crate::failure::Failure;

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn tenants(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let q = visit.query.get("q").unwrap_or_default();
        let after = visit.query.get("after").unwrap_or_default();
        if q.len() > CLIENT_ID_BYTES_MAX || after.len() > CLIENT_ID_BYTES_MAX {
            return Err(OAuthError::invalid_request("No tenant's id is so long.").into());
        }
        let exact = match q {
            "" => None,
            id => self.tenant_of_id(id).await?,
        };
        if let Some(tenant) = &exact
            && visit.query.get("go").is_some()
        {
            return Ok(see_other(&of_tenant(tenant.id(), "/clients")));
        }
        let mut found: Vec<Arc<Object>> = exact.into_iter().filter(|_| after.is_empty()).collect();
        let from = if after.is_empty() { q } else { after };
        let limit = u32::try_from(ROWS).unwrap_or(1) + 1;
        let page_of = self.engine.store.page(RowKey::ROOT, Space::Tenant, from, limit).await?;
        // Behind the last that begins so stand the others.
        found.extend(page_of.into_iter().take_while(|tenant| tenant.id().starts_with(q)));
        let has_more = found.len() > ROWS;
        found.truncate(ROWS);
        let query = if q.is_empty() { String::new() } else { format!("q={}&", encoded(q)) };
        let next = found
            .last()
            .filter(|_| has_more)
            .map(|last| format!("/console/tenants?{query}after={}", encoded(last.id())));
        let shown = List {
            title: TENANTS.many.to_owned(),
            lead: TENANTS.lead.to_owned(),
            path: "/console/tenants".to_owned(),
            filters: filters(&TENANTS, &visit.query),
            columns: columns(&TENANTS),
            rows: found.iter().map(|tenant| row(&TENANTS, &view(tenant), "")).collect(),
            next,
            first: visit.query.get("after").map(|_| format!("/console/tenants?{query}")),
            create: visit
                .may_change()
                .then(|| ("/console/tenants/new".to_owned(), "New tenant".to_owned())),
            empty: TENANTS.empty.to_owned(),
            ..List::default()
        };
        Ok(page(list(&visit.shell("tenants"), &shown)))
    }

    async fn tenant_of_id(&self, id: &str) -> Result<Option<Arc<Object>>, Failure> {
        let at = TenantRef::Id(id.to_owned());
        Ok(self.engine.store.load(&at, &Needs::default()).await?.tenant)
    }
}
