//! A store whose commits are counted and timed.

use std::{ops::Deref, sync::Arc};

use tokio::time::Instant;
use vidimus_core::{
    audit::chain::Link,
    engine::{Store, Swept},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    model::Object,
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
};

use crate::metrics::Commits;

pub struct Watched<S> {
    store: S,
    pub commits: Arc<Commits>,
}

impl<S> Watched<S> {
    pub fn new(store: S) -> Self {
        Self { store, commits: Arc::default() }
    }
}

/// What a store has beside what every store has.
impl<S> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

/// Counted as waiting until it goes, whether the commit ends or nobody waits for it any more.
struct Waiting<'a>(&'a Commits);

impl<'a> Waiting<'a> {
    fn on(commits: &'a Commits) -> Self {
        commits.waiting.add(1);
        Self(commits)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.add(-1);
    }
}

impl<S: Store> Store for Watched<S> {
    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        let _waiting = Waiting::on(&self.commits);
        let began = Instant::now();
        let committed = self.store.commit(writes).await;
        let counter = match &committed {
            Ok(Committed::Done) => &self.commits.done,
            Ok(Committed::Conflict) => &self.commits.conflict,
            Err(_) => &self.commits.failed,
        };
        counter.add(1);
        self.commits.took.record(began.elapsed());
        committed
    }

    fn load(
        &self,
        tenant: &TenantRef,
        needs: &Needs,
    ) -> impl Future<Output = Result<Facts, Fault>> + Send {
        self.store.load(tenant, needs)
    }

    fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Arc<Object>>, Fault>> + Send {
        self.store.page(tenant, space, after, limit)
    }

    fn search(
        &self,
        tenant: RowKey,
        search: &Search,
    ) -> impl Future<Output = Result<Hits, Fault>> + Send {
        self.store.search(tenant, search)
    }

    fn links(
        &self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Link>, Fault>> + Send {
        self.store.links(after, limit)
    }

    fn used(
        &self,
        tenant: RowKey,
        keys: &[RowKey],
    ) -> impl Future<Output = Result<Vec<(RowKey, Time)>, Fault>> + Send {
        self.store.used(tenant, keys)
    }

    fn due(
        &self,
        now: Time,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(RowKey, RowKey)>, Fault>> + Send {
        self.store.due(now, limit)
    }

    fn sweep(&self, now: Time, limit: u32) -> impl Future<Output = Result<Swept, Fault>> + Send {
        self.store.sweep(now, limit)
    }
}

#[cfg(test)]
mod tests {
    use vidimus_core::outcome::Change;
    use vidimus_store::memory::Memory;

    use super::*;

    #[tokio::test]
    async fn each_commit_is_counted_as_what_it_came_to() {
        let store = Watched::new(Memory::default());
        let delete = Change::Delete { key: RowKey(1), version: 1 };
        let writes = vec![Write { tenant: RowKey::ROOT, change: delete }];
        assert_eq!(store.commit(writes).await, Ok(Committed::Conflict));
        assert_eq!(store.commit(Vec::new()).await, Ok(Committed::Done));
        let commits = &store.commits;
        let counted = (commits.done.get(), commits.conflict.get(), commits.failed.get());
        assert_eq!(counted, (1, 1, 0));
        assert_eq!((commits.waiting.get(), commits.took.read().count()), (0, 2));
    }
}
