//! Measurements, not tests: run them in release with `--ignored --nocapture`.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Instant,
};

use vidimus_core::{facts::Space, model::Token, row_key::RowKey};

use crate::world::*;

/// Ordered like real keys, a few thousand to the millisecond.
fn ordered(n: i64) -> i64 {
    (1 << 60) + (n << 9)
}

fn issued(n: i64) -> Token {
    Token {
        client: Some(RowKey(10)),
        scope: "read write".to_owned(),
        audience: vec!["https://api.example".to_owned()],
        ..token(ordered(n), 3_600_000 + n)
    }
}

async fn insert_rate(place: &Place, first: i64, committers: i64, each: i64) {
    let next = Arc::new(AtomicI64::new(first));
    let start = Instant::now();
    let tasks: Vec<_> = (0..committers)
        .map(|_| {
            let (store, next) = (Arc::clone(&place.store), Arc::clone(&next));
            tokio::spawn(async move {
                for _ in 0..each {
                    let token = issued(next.fetch_add(1, Relaxed));
                    done(&store, vec![insert(ONE, token)]).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let rate = (committers * each) as f64 / start.elapsed().as_secs_f64();
    println!("{}: {rate:.0} durable inserts/s from {committers} committers", place.name);
}

async fn load_time(place: &Place, tokens: i64) {
    let loads = 200_000;
    let start = Instant::now();
    for n in 0..loads {
        let needs = needs_token(ordered(n * 7919 % tokens)).object(Space::Caller, "c");
        assert!(load(&place.store, "one", &needs).await.token.is_some());
    }
    println!(
        "{}: {} ns per load of a token",
        place.name,
        start.elapsed().as_nanos() / loads as u128
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn sqlite() {
    let place = crate::world::sqlite().await;
    settle(&place.store).await;
    done(&place.store, vec![create(client(ONE, 10, "c"))]).await;
    insert_rate(&place, 0, 64, 2_000).await;
    load_time(&place, 128_000).await;
    insert_rate(&place, 128_000, 1, 500).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn postgres() {
    let place = crate::world::postgres().await;
    settle(&place.store).await;
    done(&place.store, vec![create(client(ONE, 10, "c"))]).await;
    insert_rate(&place, 0, 64, 500).await;
    let start = Instant::now();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let store = Arc::clone(&place.store);
            tokio::spawn(async move {
                for n in 0..500 {
                    let needs = needs_token(ordered(task * 500 + n)).object(Space::Caller, "c");
                    assert!(load(&store, "one", &needs).await.token.is_some());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("postgres: {:.0} loads/s from 64 readers", 32_000.0 / start.elapsed().as_secs_f64());
}
