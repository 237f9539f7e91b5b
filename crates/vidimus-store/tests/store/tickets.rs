//! Tickets: found by key and alias, changed version by version, swept when they end.

use vidimus_core::{
    engine::Store as _,
    facts::{Needs, TicketRef},
    model::{DeviceState, Ticket, TicketBody},
    row_key::RowKey,
    time::Time,
};
use vidimus_store::open::AnyStore;

use crate::world::*;

async fn one(store: &AnyStore, of: &str, wanted: TicketRef) -> Option<Ticket> {
    let needs = Needs { tickets: vec![wanted], ..Needs::default() };
    let facts = load(store, of, &needs).await;
    facts.ticket(wanted).unwrap().map(|ticket| (**ticket).clone())
}

async fn by_key(store: &AnyStore, of: &str, key: i64) -> Option<Ticket> {
    one(store, of, TicketRef::Key(RowKey(key))).await
}

async fn by_alias(store: &AnyStore, of: &str, alias: u8) -> Option<Ticket> {
    one(store, of, TicketRef::Alias([alias; 32])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_found_by_key_and_alias_in_its_tenant() {
    for place in places().await {
        let store = &place.store;
        let (named, bare) = (ticket(30, Some(1)), ticket(31, None));
        done(store, vec![insert_ticket(ONE, named.clone())]).await;
        done(store, vec![insert_ticket(ONE, bare.clone())]).await;
        assert_eq!(by_key(store, "one", 30).await, Some(named.clone()));
        assert_eq!(by_alias(store, "one", 1).await, Some(named));
        assert_eq!(by_key(store, "one", 31).await, Some(bare));
        assert_eq!(by_alias(store, "one", 2).await, None);
        for absent in [by_key(store, "two", 30).await, by_alias(store, "two", 1).await] {
            assert_eq!(absent, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn insert_needs_a_free_key_and_a_free_alias() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert_ticket(ONE, ticket(30, Some(1)))]).await;
        conflict(store, vec![insert_ticket(ONE, ticket(30, Some(2)))]).await;
        conflict(store, vec![insert_ticket(TWO, ticket(30, Some(2)))]).await;
        conflict(store, vec![insert_ticket(ONE, ticket(31, Some(1)))]).await;
        done(store, vec![insert_ticket(TWO, ticket(31, Some(1)))]).await;
        // Having none is no name that two could not share.
        done(store, vec![insert_ticket(ONE, ticket(32, None))]).await;
        done(store, vec![insert_ticket(ONE, ticket(33, None))]).await;
        assert_eq!(by_alias(store, "one", 1).await.unwrap().key, RowKey(30));
        assert_eq!(by_alias(store, "two", 1).await.unwrap().key, RowKey(31));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_and_delete_need_the_version() {
    for place in places().await {
        let store = &place.store;
        let first = ticket(30, Some(1));
        let TicketBody::Device { client, client_id, scope, audience, .. } = first.body.clone()
        else {
            panic!("a device's");
        };
        let body = TicketBody::Device {
            client,
            client_id,
            scope,
            audience,
            state: DeviceState::Denied,
            next_poll: Time(40),
            interval_seconds: 10,
        };
        let second = Ticket {
            version: 2,
            hash: [9; 32],
            alias: Some([2; 32]),
            owner: Some(RowKey(11)),
            due_at: Some(Time(60)),
            expires_at: Time(950),
            body,
            ..first.clone()
        };
        conflict(store, vec![replace_ticket(ONE, second.clone())]).await;
        done(store, vec![insert_ticket(ONE, first.clone())]).await;
        conflict(store, vec![replace_ticket(TWO, second.clone())]).await;
        conflict(store, vec![replace_ticket(ONE, first)]).await;
        done(store, vec![replace_ticket(ONE, second.clone())]).await;
        conflict(store, vec![replace_ticket(ONE, second.clone())]).await;
        assert_eq!(by_key(store, "one", 30).await, Some(second.clone()));
        assert_eq!(by_alias(store, "one", 2).await, Some(second.clone()));
        assert_eq!(by_alias(store, "one", 1).await, None);
        // Onto an alias that another has: nothing moves. Without one: both are free.
        done(store, vec![insert_ticket(ONE, ticket(31, Some(1)))]).await;
        let onto = Ticket { version: 3, alias: Some([1; 32]), ..second.clone() };
        conflict(store, vec![replace_ticket(ONE, onto.clone())]).await;
        conflict(store, vec![once(ONE, 1, 50), replace_ticket(ONE, onto)]).await;
        assert_eq!(by_alias(store, "one", 2).await, Some(second.clone()));
        done(store, vec![replace_ticket(ONE, Ticket { version: 3, alias: None, ..second })]).await;
        done(store, vec![insert_ticket(ONE, ticket(32, Some(2)))]).await;

        conflict(store, vec![delete_ticket(ONE, 30, 2)]).await;
        conflict(store, vec![delete_ticket(TWO, 30, 3)]).await;
        done(store, vec![delete_ticket(ONE, 30, 3)]).await;
        conflict(store, vec![delete_ticket(ONE, 30, 3)]).await;
        assert_eq!(by_key(store, "one", 30).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_swept_and_free_their_aliases() {
    for place in places().await {
        let store = &place.store;
        for (key, expires_at) in [(30, 300), (31, 100), (32, 200)] {
            let ticket = Ticket { expires_at: Time(expires_at), ..ticket(key, Some(key as u8)) };
            done(store, vec![insert_ticket(ONE, ticket)]).await;
        }
        assert_eq!(store.sweep(Time(100), 10).await.unwrap().tickets, 0);
        let swept = store.sweep(Time(300), 1).await.unwrap();
        assert_eq!((swept.tickets, swept.oldest_expiry), (1, Some(Time(200))));
        conflict(store, vec![insert_ticket(ONE, ticket(33, Some(32)))]).await;
        done(store, vec![insert_ticket(ONE, ticket(33, Some(31)))]).await;
        assert_eq!(store.sweep(Time(301), 10).await.unwrap().tickets, 2);
        assert_eq!(store.count().await.unwrap().tickets, 1);
    }
}
