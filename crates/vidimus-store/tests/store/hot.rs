//! What is kept at hand is never older than what was acknowledged, however many ask for it meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
};

use tokio::sync::Barrier;
use vidimus_core::{
    engine::Store as _,
    facts::{Facts, Needs, Space, TenantRef},
};

use crate::world::*;

const READERS: usize = 4;
const ROUNDS: i64 = 200;

/// The round that readers ask about, and the last whose end was acknowledged.
#[derive(Default)]
struct Clock {
    asked: AtomicI64,
    ended: AtomicI64,
    over: AtomicBool,
}

/// Readers look at round after round without a pause; whether a round is over for them must be told by
/// every look that begins after its end was acknowledged.
async fn read_all_along(
    place: &Place,
    needs: fn(i64) -> Needs,
    is_over: fn(&Facts) -> bool,
    begin: impl AsyncFn(i64),
    end: impl AsyncFn(i64),
) {
    let clock = Arc::new(Clock::default());
    clock.ended.store(-1, SeqCst);
    let ready = Arc::new(Barrier::new(READERS + 1));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (store, clock) = (Arc::clone(&place.store), Arc::clone(&clock));
            let ready = Arc::clone(&ready);
            tokio::spawn(async move {
                ready.wait().await;
                while !clock.over.load(SeqCst) {
                    let ended = clock.ended.load(SeqCst);
                    let round = clock.asked.load(SeqCst);
                    let one = TenantRef::Id("one".to_owned());
                    // No verdict where the database had no time for it.
                    let Ok(facts) = store.load(&one, &needs(round)).await else { continue };
                    assert!(ended < round || is_over(&facts), "round {round}");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    ready.wait().await;
    for round in 1..=ROUNDS {
        begin(round).await;
        clock.asked.store(round, SeqCst);
        for _ in 0..3 {
            assert!(!is_over(&load(&place.store, "one", &needs(round)).await), "round {round}");
        }
        end(round).await;
        clock.ended.store(round, SeqCst);
        assert!(is_over(&load(&place.store, "one", &needs(round)).await), "round {round}");
    }
    clock.over.store(true, SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_136_a_revoked_token_is_never_met_again() {
    for place in places().await {
        let store = &place.store;
        let is_over = |facts: &Facts| {
            facts.token.as_ref().is_some_and(|fact| fact.token.revocation.is_some())
        };
        let begin = async |round| done(store, vec![insert(ONE, token(round, 900))]).await;
        let end = async |round| done(store, vec![revoke_token(ONE, round, "me")]).await;
        read_all_along(&place, needs_token, is_over, begin, end).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_136_nor_one_of_a_revoked_family() {
    for place in places().await {
        let store = &place.store;
        let is_over = |facts: &Facts| {
            let family = facts.token.as_ref().and_then(|fact| fact.family.as_ref());
            family.is_some_and(|family| family.revocation.is_some())
        };
        let begin = async |round| {
            let made = full_token(round, 10, 11, 10_000 + round);
            let family = family(10_000 + round, 900);
            done(store, vec![insert(ONE, made), insert_family(ONE, family)]).await;
        };
        let end = async |round| {
            let cut = if round % 2 == 0 { cut_family } else { revoke_family };
            done(store, vec![cut(ONE, 10_000 + round, "me")]).await;
        };
        read_all_along(&place, needs_token, is_over, begin, end).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_136_nor_a_client_as_it_was_by_key_or_by_name() {
    for place in places().await {
        let store = &place.store;
        let needs = |round: i64| {
            let name = format!("c{round}");
            let needs = Needs::default().object(Space::Caller, name);
            Needs { token: needs_token(round).token, ..needs }
        };
        let is_over = |facts: &Facts| {
            let by_key = facts.token.as_ref().and_then(|fact| fact.client.as_ref());
            let by_name = facts.objects.first().map(|(_, _, object)| object);
            let disabled = by_key.is_none_or(|object| object.standing.disabled);
            let named = by_name.is_none_or(|object| object.standing.disabled);
            assert_eq!(disabled, named, "one look saw two versions of one client");
            disabled
        };
        let begin = async |round| {
            let made = client(ONE, 20_000 + round, &format!("c{round}"));
            let token = full_token(round, 20_000 + round, 11, 20);
            done(store, vec![create(made), insert(ONE, token)]).await;
        };
        let end = async |round| {
            let made = client(ONE, 20_000 + round, &format!("c{round}"));
            let write = if round % 2 == 0 {
                delete(ONE, 20_000 + round, 1)
            } else {
                let mut next = next(&made);
                Arc::make_mut(&mut next).standing.disabled = true;
                replace(next)
            };
            done(store, vec![write]).await;
        };
        read_all_along(&place, needs, is_over, begin, end).await;
    }
}
