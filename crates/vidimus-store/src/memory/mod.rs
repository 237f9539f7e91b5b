//! The model: what the stores on disk must be indistinguishable from. Maps under one lock.

mod change;
mod search;
mod state;
mod sweep;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vidimus_core::{
    audit::chain::Link,
    engine::{Store, Swept},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    limits::PAGE_SIZE_MAX,
    model::Object,
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
};

use self::state::State;
use crate::{codec::check_tenants, stored::Rows};

/// Keeps nothing when it goes.
#[derive(Default)]
pub struct Memory {
    state: Mutex<State>,
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn count(&self) -> Rows {
        self.state().count()
    }
}

impl Store for Memory {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        Ok(self.state().load(tenant, needs))
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        check_tenants(&writes)?;
        Ok(self.state().commit(writes))
    }

    async fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Arc<Object>>, Fault> {
        Ok(self.state().page(tenant, space, after, limit.min(PAGE_SIZE_MAX) as usize))
    }

    async fn search(&self, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
        Ok(self.state().search(tenant, search))
    }

    async fn links(&self, after: i64, limit: u32) -> Result<Vec<Link>, Fault> {
        Ok(self.state().links_after(after, limit.min(PAGE_SIZE_MAX) as usize))
    }

    async fn used(&self, tenant: RowKey, keys: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        Ok(self.state().used_of(tenant, keys))
    }

    async fn due(&self, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        Ok(self.state().due(now, limit as usize))
    }

    async fn sweep(&self, now: Time, limit: u32) -> Result<Swept, Fault> {
        Ok(self.state().sweep(now, limit as usize))
    }
}
