//! What is listed by its user, cut off wherever it is, and due: sessions, families, notices.

use std::sync::Arc;

use vidimus_core::{
    engine::Store as _,
    facts::{Needs, TicketRef},
    limits::LISTED_MAX,
    model::{Family, Ticket},
    row_key::RowKey,
    time::Time,
};
use vidimus_store::open::AnyStore;

use crate::world::*;

async fn sessions(store: &AnyStore, of: &str, user: i64) -> Vec<Arc<Ticket>> {
    let needs = Needs { sessions_of: Some(RowKey(user)), ..Needs::default() };
    let facts = load(store, of, &needs).await;
    assert!(facts.families_of.is_none());
    facts.sessions_of(RowKey(user)).unwrap().to_vec()
}

async fn families(store: &AnyStore, of: &str, user: i64) -> Vec<Family> {
    let needs = Needs { families_of: Some(RowKey(user)), ..Needs::default() };
    let facts = load(store, of, &needs).await;
    assert!(facts.sessions_of.is_none());
    facts.families_of(RowKey(user)).unwrap().to_vec()
}

async fn due(store: &AnyStore, now: i64, limit: u32) -> Vec<(i64, i64)> {
    let due = store.due(Time(now), limit).await.unwrap();
    due.into_iter().map(|(tenant, key)| (tenant.0, key.0)).collect()
}

fn keys(tickets: &[Arc<Ticket>]) -> Vec<i64> {
    tickets.iter().map(|ticket| ticket.key.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_come_in_the_order_asked_in_one_look() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert_ticket(ONE, ticket(40, Some(1)))]).await;
        done(store, vec![insert_ticket(ONE, session(41, 11))]).await;
        done(store, vec![insert_ticket(TWO, ticket(42, Some(2)))]).await;
        let by_key = |key| TicketRef::Key(RowKey(key));
        let by_alias = |alias: u8| TicketRef::Alias([alias; 32]);
        let asked = vec![by_key(41), by_alias(2), by_key(42), by_alias(1), by_key(99), by_key(41)];
        let user = Some(RowKey(11));
        let tickets = asked.clone();
        let needs = Needs { tickets, sessions_of: user, families_of: user, ..Needs::default() };
        let facts = load(store, "one", &needs).await;
        let answered: Vec<_> = facts.tickets.iter().map(|(asked, _)| *asked).collect();
        assert_eq!(answered, asked);
        let found: Vec<_> =
            facts.tickets.iter().map(|(_, found)| Some(found.as_ref()?.key.0)).collect();
        assert_eq!(found, [Some(41), None, None, Some(40), None, Some(41)]);
        assert_eq!(**facts.ticket(by_key(41)).unwrap().unwrap(), session(41, 11));
        assert_eq!(keys(facts.sessions_of(RowKey(11)).unwrap()), [41]);
        assert!(facts.families_of(RowKey(11)).unwrap().is_empty());
        let nowhere = load(store, "none", &needs).await;
        assert!(nowhere.tickets.is_empty());
        assert!(nowhere.sessions_of.is_none() && nowhere.families_of.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_of_a_user_are_those_of_the_tenant_the_newest_first() {
    for place in places().await {
        let store = &place.store;
        for (tenant, key, user) in [(ONE, 41, 11), (ONE, 43, 11), (ONE, 42, 11), (ONE, 44, 12)] {
            done(store, vec![insert_ticket(tenant, session(key, user))]).await;
        }
        done(store, vec![insert_ticket(ONE, ticket(46, Some(1)))]).await;
        // The same user's key in another tenant is another user's.
        done(store, vec![insert_ticket(TWO, session(45, 11))]).await;
        let listed = sessions(store, "one", 11).await;
        assert_eq!(listed, [43, 42, 41].map(|key| Arc::new(session(key, 11))));
        assert_eq!(keys(&sessions(store, "one", 12).await), [44]);
        assert_eq!(keys(&sessions(store, "two", 11).await), [45]);
        assert!(sessions(store, "two", 12).await.is_empty());
        assert!(sessions(store, "one", 99).await.is_empty());

        // A replace moves it to another list, or to none; a delete takes it off.
        let moved = Ticket { version: 2, owner: Some(RowKey(12)), ..session(43, 11) };
        done(store, vec![replace_ticket(ONE, moved.clone())]).await;
        assert_eq!(keys(&sessions(store, "one", 11).await), [42, 41]);
        assert_eq!(keys(&sessions(store, "one", 12).await), [44, 43]);
        done(store, vec![replace_ticket(ONE, Ticket { version: 3, owner: None, ..moved })]).await;
        done(store, vec![delete_ticket(ONE, 41, 1)]).await;
        assert_eq!(keys(&sessions(store, "one", 12).await), [44]);
        assert_eq!(keys(&sessions(store, "one", 11).await), [42]);
        assert_eq!(store.sweep(Time(901), 10).await.unwrap().tickets, 5);
        assert!(sessions(store, "one", 11).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_families_of_a_user_are_those_that_stand_the_newest_first() {
    for place in places().await {
        let store = &place.store;
        let theirs = |key, user| Family {
            authentication: Some(authentication("c")),
            ..family_of(key, user)
        };
        for key in [21, 23, 22] {
            done(store, vec![insert_family(ONE, theirs(key, 11))]).await;
        }
        done(store, vec![insert_family(ONE, family_of(24, 12))]).await;
        done(store, vec![insert_family(ONE, family(25, 900))]).await;
        done(store, vec![insert_family(TWO, family_of(26, 11))]).await;
        let revoked = Family { revocation: Some(revocation("me")), ..theirs(27, 11) };
        done(store, vec![insert_family(ONE, revoked)]).await;
        assert_eq!(families(store, "one", 11).await, [23, 22, 21].map(|key| theirs(key, 11)));
        assert_eq!(families(store, "one", 12).await, [family_of(24, 12)]);
        assert_eq!(families(store, "two", 11).await, [family_of(26, 11)]);
        assert!(families(store, "two", 12).await.is_empty());
        done(store, vec![revoke_family(ONE, 22, "me"), cut_family(ONE, 21, "me")]).await;
        assert_eq!(families(store, "one", 11).await, [theirs(23, 11)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_ends_at_its_limit() {
    for place in places().await {
        let store = &place.store;
        let keys = || 1000..1005 + i64::from(LISTED_MAX);
        let tickets = keys().map(|key| insert_ticket(ONE, session(key, 11)));
        done(
            store,
            tickets.chain(keys().map(|key| insert_family(ONE, family_of(key, 11)))).collect(),
        )
        .await;
        let newest: Vec<_> = keys().rev().take(LISTED_MAX as usize).collect();
        let needs = Needs {
            sessions_of: Some(RowKey(11)),
            families_of: Some(RowKey(11)),
            ..Needs::default()
        };
        let facts = load(store, "one", &needs).await;
        let listed = facts.sessions_of(RowKey(11)).unwrap().iter().map(|ticket| ticket.key.0);
        assert_eq!(listed.collect::<Vec<_>>(), newest);
        let listed = facts.families_of(RowKey(11)).unwrap().iter().map(|family| family.key.0);
        assert_eq!(listed.collect::<Vec<_>>(), newest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_comes_with_how_its_user_signed_in() {
    for place in places().await {
        let store = &place.store;
        let signed = Family { authentication: Some(authentication("c")), ..family_of(20, 11) };
        done(
            store,
            vec![insert_family(ONE, signed.clone()), insert(ONE, full_token(30, 10, 11, 20))],
        )
        .await;
        done(store, vec![insert_family(ONE, family_of(21, 11)), locate(ONE, 1, None, 30)]).await;
        done(store, vec![insert(ONE, full_token(31, 10, 11, 21))]).await;
        let digest = vidimus_core::facts::TokenRef::Digest([1; 32]);
        let needs =
            Needs { bearer: needs_token(31).token, further: vec![digest], ..needs_token(30) };
        let facts = load(store, "one", &needs).await;
        assert_eq!(facts.token.unwrap().family.as_deref(), Some(&signed.clone()));
        assert_eq!(facts.bearer.unwrap().family.as_deref(), Some(&family_of(21, 11)));
        assert_eq!(facts.further[0].1.as_ref().unwrap().family.as_deref(), Some(&signed.clone()));
        // Whoever revokes it leaves that alone.
        done(store, vec![revoke_family(ONE, 20, "me")]).await;
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(
            fact.family.as_deref(),
            Some(&Family { revocation: Some(revocation("me")), ..signed })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cutting_off_never_conflicts_and_keeps_to_its_tenant() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert_family(ONE, family_of(20, 11))]).await;
        done(store, vec![insert_family(ONE, family_of(21, 11))]).await;
        let stand = async || {
            let families = families(store, "one", 11).await;
            families.iter().map(|family| family.key.0).collect::<Vec<_>>()
        };
        // Alone, and among others.
        done(store, vec![cut_family(TWO, 20, "x")]).await;
        done(store, vec![cut_family(ONE, 99, "x"), cut_family(TWO, 21, "x"), once(ONE, 1, 50)])
            .await;
        assert_eq!(stand().await, [21, 20]);
        done(store, vec![cut_family(ONE, 20, "me")]).await;
        done(store, vec![cut_family(ONE, 20, "you")]).await;
        done(store, vec![once(ONE, 2, 50), cut_family(ONE, 20, "you"), cut_family(ONE, 21, "me")])
            .await;
        assert!(stand().await.is_empty());
        done(store, vec![insert(ONE, full_token(30, 10, 11, 20))]).await;
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(fact.family.unwrap().revocation, Some(revocation("me")), "the first stays");
        // What is taken back was not cut off.
        done(store, vec![insert_family(ONE, family_of(22, 11))]).await;
        conflict(store, vec![cut_family(ONE, 22, "me"), delete(ONE, 98, 1)]).await;
        assert_eq!(stand().await, [22]);
        assert_eq!(store.count().await.unwrap().families, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_comes_oldest_first_over_all_tenants_up_to_the_limit() {
    for place in places().await {
        let store = &place.store;
        for (tenant, key, at) in [(ONE, 41, 300), (TWO, 42, 100), (ONE, 43, 200), (TWO, 44, 200)] {
            done(store, vec![insert_ticket(tenant, notice(key, at))]).await;
        }
        done(store, vec![insert_ticket(ONE, session(45, 11))]).await;
        assert!(due(store, 99, 10).await.is_empty());
        assert_eq!(due(store, 100, 10).await, [(2, 42)]);
        assert_eq!(due(store, 200, 10).await, [(2, 42), (1, 43), (2, 44)]);
        assert_eq!(due(store, 300, 2).await, [(2, 42), (1, 43)]);
        assert!(due(store, 300, 0).await.is_empty());
        // A replace puts it off, brings it forward or ends it.
        let put_off = |key, due_at: Option<i64>| {
            let due_at = due_at.map(Time);
            Ticket { version: 2, due_at, ..notice(key, 0) }
        };
        done(store, vec![replace_ticket(TWO, put_off(42, Some(400)))]).await;
        done(store, vec![replace_ticket(ONE, put_off(41, Some(50)))]).await;
        done(store, vec![replace_ticket(ONE, put_off(43, None))]).await;
        assert_eq!(due(store, 1000, 10).await, [(1, 41), (2, 44), (2, 42)]);
        done(store, vec![delete_ticket(TWO, 44, 1)]).await;
        assert_eq!(due(store, 1000, u32::MAX).await, [(1, 41), (2, 42)]);
        // Nobody can see to what a tenant left behind.
        done(store, vec![delete(RowKey::ROOT, 1, 1)]).await;
        assert_eq!(due(store, 1000, 1).await, [(2, 42)]);
    }
}
