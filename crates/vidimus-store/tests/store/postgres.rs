//! What is special to PostgreSQL: several nodes on one database, and losing it.

use std::{sync::Arc, time::Duration};

use vidimus_core::{
    engine::Store,
    error::Fault,
    facts::{Needs, Space, TenantRef},
};
use vidimus_e2e::cluster::Cluster;
use vidimus_store::{
    open::{AnyStore, CACHE_BYTES},
    postgres::Postgres,
    stored::OpenError,
};

use crate::world::*;

pub async fn node(url: &str) -> AnyStore {
    AnyStore::Postgres(Postgres::open(url, CACHE_BYTES).await.unwrap())
}

pub async fn database() -> String {
    tokio::task::spawn_blocking(vidimus_e2e::postgres::database).await.unwrap()
}

pub async fn outside(url: &str, sql: &str) -> Vec<tokio_postgres::SimpleQueryMessage> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query(sql).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_make_the_schema_once() {
    let url = database().await;
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(
                async move { Postgres::open(&url, CACHE_BYTES).await.map(AnyStore::Postgres) },
            )
        })
        .collect();
    let mut nodes = Vec::new();
    for start in starts {
        nodes.push(start.await.unwrap().unwrap());
    }
    settle(&nodes[0]).await;
    for node in &nodes {
        assert!(load(node, "one", &Needs::default()).await.tenant.is_some());
    }
    assert_eq!(rows(&url, "SELECT version FROM schema_version").await, 6);
}

async fn rows(url: &str, sql: &str) -> usize {
    let messages = outside(url, sql).await;
    let is_row = |m: &&_| matches!(m, tokio_postgres::SimpleQueryMessage::Row(_));
    messages.iter().filter(is_row).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_newer_than_the_binary_is_refused() {
    let url = database().await;
    settle(&node(&url).await).await;
    outside(&url, "INSERT INTO schema_version VALUES (99)").await;
    let refused = Postgres::open(&url, CACHE_BYTES).await.err().unwrap();
    assert!(matches!(refused, OpenError::SchemaTooNew { stored: 99, .. }));
    outside(&url, "DELETE FROM schema_version WHERE version = 99").await;
    assert!(load(&node(&url).await, "one", &Needs::default()).await.tenant.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_sees_at_once_what_another_did() {
    let url = database().await;
    let (left, right) = (node(&url).await, node(&url).await);
    settle(&left).await;
    let made = client(ONE, 10, "c");
    done(&left, vec![create(Arc::clone(&made)), insert(ONE, token(30, 900))]).await;
    assert_eq!(named(&right, "one", Space::Caller, "c").await, [Arc::clone(&made)]);
    done(&right, vec![replace(next(&made)), revoke_token(ONE, 30, "me")]).await;
    conflict(&left, vec![replace(next(&made))]).await;
    assert_eq!(named(&left, "one", Space::Caller, "c").await[0].version, 2);
    let fact = load(&left, "one", &needs_token(30)).await.token.unwrap();
    assert_eq!(fact.token.revocation, Some(revocation("me")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_many_round_trips_is_still_one() {
    let url = database().await;
    let store = node(&url).await;
    settle(&store).await;
    let many = |last: &str| {
        let mut writes: Vec<_> =
            (0..200).map(|n| create(client(ONE, 100 + n, &format!("c{n}")))).collect();
        writes.push(create(client(ONE, 900, last)));
        writes
    };
    conflict(&store, many("c0")).await;
    let mut early = many("x");
    early.insert(1, create(client(ONE, 901, "c0")));
    conflict(&store, early).await;
    assert_eq!(store.count().await.unwrap().objects, 2);
    done(&store, many("x")).await;
    assert_eq!(store.count().await.unwrap().objects, 203);
}

/// A caller that goes away in the middle leaves no open transaction to the next one.
#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_commit_leaves_no_transaction_behind() {
    let url = database().await;
    let store = node(&url).await;
    settle(&store).await;
    for round in 0..50_i64 {
        let writes =
            (0..150).map(|n| create(user(ONE, 1000 * (round + 1) + n, &format!("{round}-{n}"))));
        let patience = Duration::from_micros(200 * round as u64);
        let _ = tokio::time::timeout(patience, store.commit(writes.collect())).await;
        done(&store, vec![insert(ONE, token(30 + round, 900))]).await;
    }
    let tokens = store.count().await.unwrap().tokens;
    let other = node(&url).await.count().await.unwrap();
    assert_eq!((tokens, other.tokens), (50, 50));
    assert_eq!((other.objects - 2) % 150, 0, "users come all or none");
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_the_database_is_a_fault_soon_and_heals_by_itself() {
    let mut cluster = Cluster::start().unwrap();
    let store = node(&cluster.database()).await;
    settle(&store).await;
    done(&store, vec![insert(ONE, token(30, 900))]).await;
    let one = TenantRef::Id("one".to_owned());
    let needs = needs_token(30);
    assert!(store.load(&one, &needs).await.unwrap().token.is_some());

    cluster.stop_immediate();
    for _ in 0..8 {
        let soon = Duration::from_secs(3);
        let load = tokio::time::timeout(soon, store.load(&one, &needs)).await.unwrap();
        assert!(matches!(load, Err(Fault::Unavailable(_))), "{load:?}");
        let revoke = vec![revoke_token(ONE, 30, "me")];
        let commit = tokio::time::timeout(soon, store.commit(revoke)).await.unwrap();
        assert!(matches!(commit, Err(Fault::Unavailable(_))), "{commit:?}");
    }
    cluster.restart();
    assert_eq!(*store.load(&one, &needs).await.unwrap().token.unwrap().token, token(30, 900));
    done(&store, vec![revoke_token(ONE, 30, "me")]).await;

    cluster.freeze();
    let load = tokio::time::timeout(Duration::from_secs(3), store.load(&one, &needs)).await;
    assert!(matches!(load.unwrap(), Err(Fault::Unavailable(_))));
    cluster.thaw();
    for _ in 0..8 {
        assert!(store.load(&one, &needs).await.unwrap().token.is_some());
    }
}
