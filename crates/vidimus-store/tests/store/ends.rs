//! Objects that live so long only.

use std::sync::Arc;

use vidimus_core::{
    engine::Store as _,
    facts::{Needs, Space},
    model::{Object, Token},
    row_key::RowKey,
    time::Time,
};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_object_goes_at_its_end_with_its_names() {
    for place in places().await {
        let store = &place.store;
        let first = registered(ONE, 10, "c", 100);
        done(store, vec![create(Arc::clone(&first)), create(client(ONE, 11, "d"))]).await;
        done(store, vec![reach_at_root(ONE, "c"), reach_at_root(ONE, "d")]).await;
        let issued = Token { client: Some(RowKey(10)), ..token(30, 900) };
        done(store, vec![insert(ONE, issued)]).await;
        // Until it is swept it is as good as any, and comes as it was kept.
        let swept = store.sweep(Time(100), 10).await.unwrap();
        assert_eq!((swept.objects, swept.oldest_expiry), (0, Some(Time(100))));
        assert_eq!(named(store, "one", Space::Caller, "c").await, [Arc::clone(&first)]);
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(fact.client, Some(first));

        let swept = store.sweep(Time(101), 10).await.unwrap();
        assert_eq!((swept.objects, swept.orphans, swept.oldest_expiry), (1, 0, Some(Time(900))));
        assert!(named(store, "one", Space::Caller, "c").await.is_empty());
        assert!(load(store, "one", &needs_token(30)).await.token.unwrap().client.is_none());
        assert!(store.page(ONE, Space::Registered, "", 10).await.unwrap().is_empty());
        let count = Needs { count: Some(Space::Registered), ..Needs::default() };
        assert_eq!(load(store, "one", &count).await.count, Some(0));
        // Names and root are free for another; those of the other client are as they were.
        assert_eq!(at_root(store, "d").await, Some(ONE));
        assert_eq!(store.count().await.unwrap().root_clients, 1);
        done(store, vec![create(client(TWO, 12, "c")), reach_at_root(TWO, "c")]).await;
        done(store, vec![create(client(ONE, 10, "c"))]).await;
        assert_eq!(store.sweep(Time(10_000), 10).await.unwrap().objects, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_may_be_put_off_or_lifted() {
    for place in places().await {
        let store = &place.store;
        let made = [registered(ONE, 10, "a", 100), registered(ONE, 11, "b", 100)];
        done(store, made.iter().map(|object| create(Arc::clone(object))).collect()).await;
        let later = |object: &Arc<Object>, expires_at| {
            replace(Arc::new(Object { expires_at, ..(*next(object)).clone() }))
        };
        done(store, vec![later(&made[0], Some(Time(200))), later(&made[1], None)]).await;
        let ends = async |name: &str| named(store, "one", Space::Caller, name).await[0].expires_at;
        assert_eq!((ends("a").await, ends("b").await), (Some(Time(200)), None));
        assert_eq!(store.sweep(Time(150), 10).await.unwrap().objects, 0);
        assert_eq!(store.sweep(Time(201), 10).await.unwrap().objects, 1);
        assert_eq!(named(store, "one", Space::Caller, "b").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_takes_the_oldest_and_no_more_than_its_limit() {
    for place in places().await {
        let store = &place.store;
        for (key, expires_at) in [(10, 300), (11, 100), (12, 200), (13, 1000)] {
            let id = format!("c{key}");
            done(store, vec![create(registered(ONE, key, &id, expires_at))]).await;
        }
        done(store, vec![insert(TWO, token(30, 100))]).await;
        let swept = store.sweep(Time(1000), 2).await.unwrap();
        assert_eq!((swept.objects, swept.tokens, swept.oldest_expiry), (2, 1, Some(Time(300))));
        assert_eq!(named(store, "one", Space::Caller, "c10").await.len(), 1);
        assert_eq!(store.sweep(Time(1000), 2).await.unwrap().objects, 1);
        assert_eq!(store.sweep(Time(1000), 2).await.unwrap().objects, 0);
    }
}
