//! Tokens whose text carries no row key: found by a digest, in their own tenant only.

use vidimus_core::{
    engine::Store as _,
    facts::{Facts, Needs, TokenRef},
    row_key::RowKey,
    time::Time,
};

use crate::world::*;

fn needs(digest: u8) -> Needs {
    Needs { token: Some(TokenRef::Digest([digest; 32])), ..Needs::default() }
}

fn key(facts: &Facts) -> Option<i64> {
    facts.token.as_ref().map(|fact| fact.token.key.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_leads_to_the_token_and_what_it_hangs_on() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(client(ONE, 10, "c")), create(user(ONE, 11, "u"))]).await;
        done(store, vec![insert_family(ONE, family(20, 900))]).await;
        let full = full_token(30, 10, 11, 20);
        done(store, vec![insert(ONE, full.clone()), locate(ONE, 1, None, 30)]).await;
        let both = Needs { bearer: needs(1).token, ..needs(1) };
        let facts = load(store, "one", &both).await;
        for fact in [facts.token.unwrap(), facts.bearer.unwrap()] {
            assert_eq!(*fact.token, full);
            assert_eq!(fact.client, Some(client(ONE, 10, "c")));
            assert_eq!(fact.user, Some(user(ONE, 11, "u")));
            assert_eq!(fact.family.as_deref(), Some(&family(20, 900)));
        }
        // One by its key, the other by digest.
        let mixed = Needs { bearer: needs_token(30).token, ..needs(2) };
        let facts = load(store, "one", &mixed).await;
        assert!(facts.token.is_none() && facts.bearer.is_some() && !facts.token_elsewhere);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_of_another_tenant_tells_only_that_it_is_elsewhere() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(30, 900)), locate(ONE, 1, None, 30)]).await;
        // It points at another tenant's token, and at none.
        done(store, vec![locate(TWO, 2, None, 30), locate(TWO, 3, None, 99)]).await;
        let facts = load(store, "two", &needs(1)).await;
        assert!(facts.token.is_none() && facts.token_elsewhere);
        for digest in [2, 3, 4] {
            for tenant in ["one", "two"] {
                let facts = load(store, tenant, &needs(digest)).await;
                assert!(facts.token.is_none() && !facts.token_elsewhere, "{tenant} {digest}");
            }
        }
        // The same text in both: each finds its own.
        done(store, vec![insert(TWO, token(31, 900)), locate(TWO, 1, None, 31)]).await;
        for (tenant, expected) in [("one", 30), ("two", 31)] {
            let facts = load(store, tenant, &needs(1)).await;
            assert_eq!((key(&facts), facts.token_elsewhere), (Some(expected), false));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locator_moves_only_from_where_it_points() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(30, 900)), insert(ONE, token(31, 900))]).await;
        conflict(store, vec![locate(ONE, 1, Some(30), 31)]).await;
        done(store, vec![locate(ONE, 1, None, 30)]).await;
        conflict(store, vec![locate(ONE, 1, None, 30)]).await;
        conflict(store, vec![locate(ONE, 1, Some(31), 30)]).await;
        conflict(store, vec![locate(TWO, 1, Some(30), 31)]).await;
        assert_eq!(key(&load(store, "one", &needs(1)).await), Some(30));
        done(store, vec![locate(ONE, 1, Some(30), 31)]).await;
        conflict(store, vec![locate(ONE, 1, Some(30), 31)]).await;
        assert_eq!(key(&load(store, "one", &needs(1)).await), Some(31));
        done(store, vec![locate(TWO, 1, None, 31)]).await;
        // Within one commit, from nothing to the second of two.
        done(store, vec![locate(ONE, 2, None, 30), locate(ONE, 2, Some(30), 31)]).await;
        assert_eq!(key(&load(store, "one", &needs(2)).await), Some(31));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locator_of_a_token_that_is_purged_points_at_nothing() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(30, 800)), locate(ONE, 1, None, 30)]).await;
        done(store, vec![insert(ONE, token(31, 2000)), insert(TWO, token(32, 2000))]).await;
        assert_eq!(store.sweep(Time(850), 10).await.unwrap().tokens, 1);
        assert!(load(store, "one", &needs(1)).await.token.is_none());
        // It is still in its row, and may be moved on from there by who has seen it.
        assert_eq!(store.count().await.unwrap().locators, 1);
        conflict(store, vec![locate(ONE, 1, Some(31), 31)]).await;
        done(store, vec![locate(ONE, 1, None, 31)]).await;
        assert_eq!(key(&load(store, "one", &needs(1)).await), Some(31));
        conflict(store, vec![locate(ONE, 1, None, 30)]).await;
        assert_eq!(store.count().await.unwrap().locators, 1);
        // Another tenant's token of that key is none of this tenant's.
        done(store, vec![locate(ONE, 2, None, 32)]).await;
        done(store, vec![locate(ONE, 2, None, 31)]).await;
        assert_eq!(key(&load(store, "one", &needs(2)).await), Some(31));
        // What is taken back leaves the row as it was.
        done(store, vec![locate(ONE, 3, None, 99)]).await;
        conflict(store, vec![locate(ONE, 3, None, 31), delete_token(ONE, 98)]).await;
        done(store, vec![locate(ONE, 3, Some(99), 31)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_token_takes_its_locators_with_it() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(30, 900)), insert(ONE, token(31, 900))]).await;
        for (digest, token) in [(1, 30), (2, 30), (3, 31)] {
            done(store, vec![locate(ONE, digest, None, token)]).await;
        }
        // Another tenant's locator is not this tenant's to delete.
        done(store, vec![locate(TWO, 1, None, 30)]).await;
        conflict(store, vec![delete_token(TWO, 30)]).await;
        conflict(store, vec![delete_token(ONE, 32)]).await;
        done(store, vec![delete_token(ONE, 30)]).await;
        conflict(store, vec![delete_token(ONE, 30)]).await;
        let rows = store.count().await.unwrap();
        assert_eq!((rows.tokens, rows.locators), (1, 2));
        assert!(load(store, "one", &needs_token(30)).await.token.is_none());
        done(store, vec![insert(ONE, token(30, 900)), locate(ONE, 1, None, 30)]).await;
        assert_eq!(key(&load(store, "one", &needs(3)).await), Some(31));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn further_tokens_come_in_the_order_asked() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(client(ONE, 10, "c")), insert_family(ONE, family(20, 900))]).await;
        done(store, vec![insert(ONE, full_token(30, 10, 11, 20))]).await;
        done(store, vec![insert(ONE, token(31, 900)), locate(ONE, 1, None, 31)]).await;
        done(store, vec![insert(TWO, token(32, 900)), locate(TWO, 2, None, 32)]).await;
        let by_key = |key| TokenRef::Key(RowKey(key));
        let by_digest = |digest: u8| TokenRef::Digest([digest; 32]);
        let further = vec![
            by_digest(1),
            by_key(32),
            by_key(30),
            by_digest(2),
            by_key(99),
            by_digest(9),
            by_key(31),
            by_digest(1),
        ];
        let needs = Needs { further: further.clone(), ..Needs::default() };
        let facts = load(store, "one", &needs).await;
        let asked: Vec<_> = facts.further.iter().map(|(asked, _)| *asked).collect();
        assert_eq!(asked, further);
        let found = facts.further.iter().map(|(_, fact)| Some(fact.as_ref()?.token.key.0));
        let expected = [Some(31), None, Some(30), None, None, None, Some(31), Some(31)];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        let full = facts.further[2].1.as_ref().unwrap();
        assert_eq!(*full.token, full_token(30, 10, 11, 20));
        assert_eq!(full.client, Some(client(ONE, 10, "c")));
        assert_eq!(full.family.as_deref(), Some(&family(20, 900)));
        assert!(load(store, "none", &needs).await.further.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn locators_are_swept_when_their_time_is_over() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(30, 2000))]).await;
        for digest in 1..4 {
            done(store, vec![locate(ONE, digest, None, 30)]).await;
        }
        assert_eq!(store.sweep(Time(900), 10).await.unwrap().locators, 0);
        let swept = store.sweep(Time(901), 2).await.unwrap();
        assert_eq!((swept.locators, swept.oldest_expiry), (2, Some(Time(900))));
        assert!(load(store, "one", &needs(1)).await.token.is_none());
        assert_eq!(key(&load(store, "one", &needs(3)).await), Some(30));
        let swept = store.sweep(Time(901), 2).await.unwrap();
        assert_eq!((swept.locators, swept.oldest_expiry), (1, Some(Time(2000))));
    }
}
