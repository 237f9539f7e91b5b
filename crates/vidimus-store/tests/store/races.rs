//! A hundred at once: exactly one wins what can be won once.

use std::sync::Arc;

use vidimus_core::{
    engine::Store,
    error::Fault,
    facts::{Needs, Space, TenantRef},
    model::Ticket,
    outcome::{Committed, Write},
    row_key::RowKey,
};

use crate::world::*;

const RACERS: usize = 100;
const ROUNDS: u8 = 20;

/// Runs `write` from all racers at the same moment; how many of them were told `Done`.
async fn race(place: &Place, write: impl Fn(usize) -> Vec<Write>) -> usize {
    let start = Arc::new(tokio::sync::Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|racer| {
            let (store, start, writes) =
                (Arc::clone(&place.store), Arc::clone(&start), write(racer));
            tokio::spawn(async move {
                start.wait().await;
                loop {
                    // A full queue says so, and says nothing about the race.
                    match store.commit(writes.clone()).await {
                        Err(Fault::Busy(_)) => {}
                        answer => return answer.unwrap(),
                    }
                }
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += usize::from(racer.await.unwrap() == Committed::Done);
    }
    winners
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_uses_a_digest() {
    for place in places().await {
        for round in 0..ROUNDS {
            assert_eq!(race(&place, |_| vec![once(ONE, round, 900)]).await, 1);
        }
        for round in 0..ROUNDS {
            let key = i64::from(round) * 1000;
            let won = race(&place, |racer| {
                let token = token(10_000 + key + racer as i64, 900);
                vec![insert(TWO, token), once(TWO, round, 900)]
            });
            assert_eq!(won.await, 1);
        }
        assert_eq!(place.store.count().await.unwrap().tokens, u64::from(ROUNDS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_revokes() {
    for place in places().await {
        for round in 0..ROUNDS {
            let key = 30 + i64::from(round);
            done(&place.store, vec![insert(ONE, token(key, 900))]).await;
            done(&place.store, vec![insert_family(ONE, family(key, 900))]).await;
            assert_eq!(race(&place, |_| vec![revoke_token(ONE, key, "me")]).await, 1);
            let both = |racer: usize| {
                vec![once(ONE, racer as u8, 900 + key), revoke_family(ONE, key, "me")]
            };
            assert_eq!(race(&place, both).await, 1);
        }
    }
}

/// Whoever cuts off what another does as well has nothing left to do, in whatever order they go.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_hundred_cuts_off_the_same() {
    for place in places().await {
        for round in 0..ROUNDS {
            let keys: Vec<_> = (0..8).map(|n| 30 + 10 * i64::from(round) + n).collect();
            let made = keys.iter().map(|key| insert_family(ONE, family_of(*key, 11)));
            done(&place.store, made.collect()).await;
            let cut = |racer: usize| {
                let mut writes: Vec<_> =
                    keys.iter().map(|key| cut_family(ONE, *key, "me")).collect();
                if racer.is_multiple_of(2) {
                    writes.reverse();
                }
                writes
            };
            assert_eq!(race(&place, cut).await, RACERS);
            let needs = Needs { families_of: Some(RowKey(11)), ..Needs::default() };
            let facts = load(&place.store, "one", &needs).await;
            assert!(facts.families_of(RowKey(11)).unwrap().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_takes_a_name_a_key_or_a_version() {
    for place in places().await {
        for round in 0..ROUNDS {
            let base = 1000 * (1 + i64::from(round));
            let id = format!("c{round}");
            let named = |racer: usize| vec![create(client(ONE, base + racer as i64, &id))];
            assert_eq!(race(&place, named).await, 1);
            let keyed =
                |racer: usize| vec![create(client(TWO, base + 500, &format!("{id}-{racer}")))];
            assert_eq!(race(&place, keyed).await, 1);
            let token = |_| vec![insert(ONE, token(base, 900))];
            assert_eq!(race(&place, token).await, 1);
            let made = user(ONE, base + 600, &format!("u{round}"));
            done(&place.store, vec![create(Arc::clone(&made))]).await;
            assert_eq!(race(&place, |_| vec![replace(next(&made))]).await, 1);
            assert_eq!(race(&place, |_| vec![delete(ONE, base + 600, 2)]).await, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_moves_a_locator() {
    for place in places().await {
        for round in 0..ROUNDS {
            let base = 1000 * (1 + i64::from(round));
            let first = |digest: u8, from: i64| {
                move |racer: usize| {
                    let key = base + from + racer as i64;
                    vec![insert(ONE, token(key, 900)), locate(ONE, digest, None, key)]
                }
            };
            assert_eq!(race(&place, first(round, 0)).await, 1);
            // The same where one is left of a token that is purged.
            done(&place.store, vec![locate(ONE, 100 + round, None, 99)]).await;
            assert_eq!(race(&place, first(100 + round, 300)).await, 1);
            done(&place.store, vec![locate(TWO, round, None, 30)]).await;
            let moved = |racer: usize| vec![locate(TWO, round, Some(30), 100 + racer as i64)];
            assert_eq!(race(&place, moved).await, 1);
        }
        assert_eq!(place.store.count().await.unwrap().locators, 3 * u64::from(ROUNDS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_takes_a_step_with_a_ticket() {
    for place in places().await {
        for round in 0..ROUNDS {
            let key = 1000 * (1 + i64::from(round));
            let named =
                |racer: usize| vec![insert_ticket(ONE, ticket(key + racer as i64, Some(round)))];
            assert_eq!(race(&place, named).await, 1);
            let made = ticket(key + 500, None);
            done(&place.store, vec![insert_ticket(ONE, made.clone())]).await;
            let next =
                |racer: usize| Ticket { version: 2, hash: [racer as u8; 32], ..made.clone() };
            let replaced = |racer| vec![replace_ticket(ONE, next(racer))];
            assert_eq!(race(&place, replaced).await, 1);
            // The last step turns the ticket into a token.
            let exchanged = |racer: usize| {
                let token = token(10_000 + key + racer as i64, 900);
                vec![delete_ticket(ONE, key + 500, 2), insert(ONE, token)]
            };
            assert_eq!(race(&place, exchanged).await, 1);
        }
        assert_eq!(place.store.count().await.unwrap().tokens, u64::from(ROUNDS));
    }
}

/// As a refresh token is exchanged: revoked, and its successors made and located.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_rotates() {
    for place in places().await {
        for round in 0..ROUNDS {
            let key = 1_000 * (1 + i64::from(round));
            done(&place.store, vec![insert(ONE, token(key, 900))]).await;
            done(&place.store, vec![locate(ONE, round, None, key)]).await;
            let rotated = |racer: usize| {
                let successor = key + 1 + racer as i64;
                vec![
                    revoke_token(ONE, key, "me"),
                    insert(ONE, token(successor, 900)),
                    locate(ONE, round, Some(key), successor),
                ]
            };
            assert_eq!(race(&place, rotated).await, 1);
            let deleted = |_| vec![delete_token(ONE, key)];
            assert_eq!(race(&place, deleted).await, 1);
        }
        let rows = place.store.count().await.unwrap();
        assert_eq!((rows.tokens, rows.locators), (u64::from(ROUNDS), u64::from(ROUNDS)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tenant_of_two_takes_an_id_at_the_root() {
    for place in places().await {
        for round in 0..ROUNDS {
            let id = format!("c{round}");
            let tenant = |racer: usize| if racer.is_multiple_of(2) { ONE } else { TWO };
            let taken = |racer: usize| vec![reach_at_root(tenant(racer), &id)];
            // All of the winner's own are told that it is there.
            assert_eq!(race(&place, taken).await, RACERS / 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_the_default_tenants_or_anothers_at_the_root() {
    let default = RowKey(3);
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(tenant(default, TenantRef::DEFAULT_ID))]).await;
        for round in 0..ROUNDS {
            let (id, base) = (format!("c{round}"), 1000 * (1 + i64::from(round)));
            let taken = |racer: usize| {
                let own = create(client(default, base + racer as i64, &id));
                let odd = vec![reach_at_root(ONE, &id)];
                if racer.is_multiple_of(2) { vec![own, hold_at_root(default, &id)] } else { odd }
            };
            race(&place, taken).await;
            let needs = Needs::default().object(Space::Caller, &id);
            let own = store.load(&TenantRef::default_tenant(), &needs).await.unwrap();
            let owner = at_root(store, &id).await.unwrap();
            assert_eq!(owner == default, own.find(Space::Caller, &id).is_some(), "{id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_as_many_get_in_as_there_is_room() {
    for place in places().await {
        let won = race(&place, |racer| {
            let key = 1000 + racer as i64;
            vec![room(ONE, Space::Caller, 5), create(client(ONE, key, &format!("c{racer}")))]
        });
        assert_eq!(won.await, 5);
        conflict(&place.store, vec![room(ONE, Space::Caller, 5)]).await;
        done(&place.store, vec![room(ONE, Space::Caller, 6), room(TWO, Space::Caller, 1)]).await;
    }
}
