//! Clients of any tenant that are found at the root by their id alone.

use vidimus_core::{
    engine::Store as _,
    facts::{Needs, Space, TenantRef},
    row_key::RowKey,
    time::Time,
};
use vidimus_store::open::AnyStore;

use crate::world::*;

const DEFAULT: RowKey = RowKey(3);

async fn with_default(store: &AnyStore) {
    done(store, vec![create(tenant(DEFAULT, TenantRef::DEFAULT_ID))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_leads_to_its_tenant_or_else_to_the_default_one() {
    for place in places().await {
        let store = &place.store;
        assert_eq!(at_root(store, "c").await, None);
        with_default(store).await;
        assert_eq!(at_root(store, "c").await, Some(DEFAULT));
        done(store, vec![create(client(ONE, 10, "c"))]).await;
        assert_eq!(at_root(store, "c").await, Some(DEFAULT));
        // Nothing else changes in this commit, nor in the one that takes it back.
        done(store, vec![reach_at_root(ONE, "c")]).await;
        assert_eq!(at_root(store, "c").await, Some(ONE));
        for other in ["d", "", "c\0", "C"] {
            assert_eq!(at_root(store, other).await, Some(DEFAULT), "{other:?}");
        }
        // Twice, from the cache too; and all of a load is of that tenant.
        let needs = Needs::default().object(Space::Caller, "c");
        for _ in 0..2 {
            let facts = store.load(&TenantRef::OfClient("c".to_owned()), &needs).await.unwrap();
            assert_eq!(facts.objects[0].2, client(ONE, 10, "c"));
        }
        done(store, vec![leave_root(ONE, "c")]).await;
        assert_eq!(at_root(store, "c").await, Some(DEFAULT));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_one_tenants_at_the_root() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![reach_at_root(ONE, "c")]).await;
        done(store, vec![reach_at_root(ONE, "c")]).await;
        conflict(store, vec![reach_at_root(TWO, "c")]).await;
        // Who does not have it has nothing to leave.
        done(store, vec![leave_root(TWO, "c")]).await;
        done(store, vec![leave_root(TWO, "d")]).await;
        assert_eq!(at_root(store, "c").await, Some(ONE));
        conflict(store, vec![leave_root(TWO, "c"), reach_at_root(TWO, "c")]).await;
        done(store, vec![leave_root(ONE, "c"), reach_at_root(TWO, "c")]).await;
        assert_eq!(at_root(store, "c").await, Some(TWO));
        assert_eq!(store.count().await.unwrap().root_clients, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_the_default_tenant_keeps_its_id_at_the_root() {
    for place in places().await {
        let store = &place.store;
        with_default(store).await;
        done(store, vec![create(client(DEFAULT, 10, "c")), create(user(DEFAULT, 11, "u"))]).await;
        done(store, vec![create(resource_server(DEFAULT, 12, "rs", &["a"]))]).await;
        for taken in ["c", "rs"] {
            conflict(store, vec![reach_at_root(ONE, taken)]).await;
        }
        // A user's name and an audience are no caller's id; its own it may name.
        for free in ["u", "a"] {
            done(store, vec![reach_at_root(ONE, free)]).await;
        }
        done(store, vec![reach_at_root(DEFAULT, "c")]).await;
        assert_eq!(at_root(store, "c").await, Some(DEFAULT));
        done(store, vec![leave_root(DEFAULT, "c"), delete(DEFAULT, 10, 1)]).await;
        done(store, vec![reach_at_root(ONE, "c")]).await;
        assert_eq!(at_root(store, "c").await, Some(ONE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_gone_has_left_the_root() {
    for place in places().await {
        let store = &place.store;
        with_default(store).await;
        let ids = ["a", "b", "c"];
        done(store, ids.map(|id| reach_at_root(ONE, id)).to_vec()).await;
        done(store, vec![reach_at_root(TWO, "d")]).await;
        assert_eq!(store.sweep(Time(0), 10).await.unwrap().orphans, 0);
        done(store, vec![delete(RowKey::ROOT, 1, 1)]).await;
        // At once, and before any sweep; what it had is free.
        assert_eq!(at_root(store, "a").await, Some(DEFAULT));
        done(store, vec![reach_at_root(TWO, "b")]).await;
        assert_eq!(at_root(store, "b").await, Some(TWO));
        for expected in [1, 1, 0] {
            assert_eq!(store.sweep(Time(0), 1).await.unwrap().orphans, expected);
        }
        assert_eq!(store.count().await.unwrap().root_clients, 2);
        // A tenant that comes back under the same key comes back with nothing.
        done(store, vec![create(tenant(ONE, "one"))]).await;
        assert_eq!(at_root(store, "a").await, Some(DEFAULT));
        assert_eq!(at_root(store, "d").await, Some(TWO));
    }
}
