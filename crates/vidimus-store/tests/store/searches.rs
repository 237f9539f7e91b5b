//! Searches end, whoever has how many rows; what an object was used for last is remembered, and
//! forgotten with it.

use vidimus_core::{
    audit::chain::Checked,
    engine::Store,
    limits::{SEARCH_ROWS_MAX, USED_TTL_SECONDS},
    outcome::{Change, Write},
    row_key::RowKey,
    search::{Hits, Search, Sought},
    time::Time,
};

use crate::world::{self, ONE, TWO};

fn tokens(before: RowKey, limit: u32) -> Search {
    Search { sought: Sought::Tokens { client: None, user: None, family: None }, before, limit }
}

#[tokio::test]
async fn a_search_looks_at_so_many_rows_of_whatever_tenant_and_says_where_it_stopped() {
    let all = i64::from(SEARCH_ROWS_MAX);
    for place in world::places().await {
        let store = &place.store;
        world::done(store, vec![world::insert(ONE, world::token(100, 1))]).await;
        for keys in (101..=100 + all).collect::<Vec<_>>().chunks(2_000) {
            let of_two = |key: &i64| world::insert(TWO, world::token(*key, 1));
            world::done(store, keys.iter().map(of_two).collect()).await;
        }
        let first = store.search(ONE, &tokens(RowKey(i64::MAX), 10)).await.unwrap();
        assert_eq!(first, Hits { keys: Vec::new(), next: Some(RowKey(101)) });
        let second = store.search(ONE, &tokens(RowKey(101), 10)).await.unwrap();
        assert_eq!(second, Hits { keys: vec![RowKey(100)], next: None });
    }
}

#[tokio::test]
async fn pages_follow_on_one_another() {
    for place in world::places().await {
        let store = &place.store;
        let all = (1..=7).map(|key| world::insert(ONE, world::token(key, 1))).collect();
        world::done(store, all).await;
        let (mut found, mut next) = (Vec::new(), Some(RowKey(i64::MAX)));
        while let Some(before) = next {
            let hits = store.search(ONE, &tokens(before, 3)).await.unwrap();
            found.extend(hits.keys);
            next = hits.next;
        }
        assert_eq!(found, [7, 6, 5, 4, 3, 2, 1].map(RowKey));
    }
}

#[tokio::test]
async fn the_latest_use_is_remembered_until_the_object_goes_or_for_so_long() {
    let used =
        |tenant, key, at| Write { tenant, change: Change::Used { key: RowKey(key), at: Time(at) } };
    for place in world::places().await {
        let store = &place.store;
        let client = world::client(ONE, 11, "web");
        world::done(store, vec![world::create(client)]).await;
        world::done(store, vec![used(ONE, 11, 7), used(ONE, 11, 5), used(ONE, 12, 9)]).await;
        let all = [11, 12].map(RowKey);
        let mut seen = store.used(ONE, &all).await.unwrap();
        seen.sort_unstable();
        assert_eq!(seen, [(RowKey(11), Time(7)), (RowKey(12), Time(9))]);
        assert_eq!(store.used(TWO, &all).await.unwrap(), []);
        world::done(store, vec![world::delete(ONE, 11, 1)]).await;
        assert_eq!(store.used(ONE, &all).await.unwrap(), [(RowKey(12), Time(9))]);
        store.sweep(Time(9).plus_seconds(USED_TTL_SECONDS), 10).await.unwrap();
        assert_eq!(store.used(ONE, &all).await.unwrap(), [(RowKey(12), Time(9))]);
        store.sweep(Time(10).plus_seconds(USED_TTL_SECONDS), 10).await.unwrap();
        assert_eq!(store.used(ONE, &all).await.unwrap(), []);
    }
}

#[tokio::test]
async fn sec_273_links_follow_on_one_another_however_many_add_some_at_once() {
    for place in world::places().await {
        let store = &place.store;
        let link = |entry: i64| Write {
            tenant: RowKey::ROOT,
            change: Change::Link {
                entry: RowKey(entry),
                digest: [u8::try_from(entry).unwrap(); 32],
                expires_at: Time(entry),
            },
        };
        let together = (1..=40).map(|entry| {
            let (store, write) = (std::sync::Arc::clone(store), link(entry));
            tokio::spawn(async move { world::done(&store, vec![write]).await })
        });
        for done in together.collect::<Vec<_>>() {
            done.await.unwrap();
        }
        let links = store.links(0, 100).await.unwrap();
        assert_eq!(links.len(), 40);
        let mut checked = Checked::default();
        checked.add(&links, |link| Some([u8::try_from(link.entry.0).unwrap(); 32]));
        assert_eq!(checked.broken, Vec::<String>::new());
        // What another commit takes back leaves no gap.
        world::conflict(store, vec![link(41), world::delete(ONE, 99, 1)]).await;
        world::done(store, vec![link(42)]).await;
        assert_eq!(store.links(40, 10).await.unwrap()[0].number, 41);
        // The last one stays, whenever it ended.
        store.sweep(Time(1000), 100).await.unwrap();
        let left = store.links(0, 100).await.unwrap();
        assert_eq!(left.iter().map(|link| link.number).collect::<Vec<_>>(), [41]);
    }
}
