//! What is special to the file: lock, mode, schema version, restart, and a writer that heals.

use std::path::Path;

use vidimus_core::{
    engine::Store,
    error::Fault,
    facts::{Space, TenantRef},
    outcome::Committed,
};
use vidimus_store::{
    open::{AnyStore, CACHE_BYTES, open},
    sqlite::Sqlite,
    stored::OpenError,
};

use crate::world::*;

fn store(path: &Path) -> AnyStore {
    AnyStore::Sqlite(Sqlite::open(path, CACHE_BYTES).unwrap())
}

fn outside(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    for round in 0..3 {
        let store = store(&path);
        if round == 0 {
            settle(&store).await;
        } else {
            let fact = load(&store, "one", &needs_token(29 + round)).await.token.unwrap();
            assert_eq!(fact.token.revocation, Some(revocation("me")));
            assert_eq!(named(&store, "one", Space::Caller, "c0").await.len(), 1);
        }
        done(&store, vec![create(client(ONE, 10 + round, &format!("c{round}")))]).await;
        done(&store, vec![insert(ONE, token(30 + round, 900))]).await;
        done(&store, vec![revoke_token(ONE, 30 + round, "me")]).await;
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    let first = store(&path);
    let refused = Sqlite::open(&path, CACHE_BYTES).err().unwrap();
    assert!(matches!(refused, OpenError::Locked(_)));
    assert!(refused.to_string().contains("another server process"), "{refused}");
    settle(&first).await;
    drop(first);
    assert!(load(&store(&path), "one", &needs_token(1)).await.tenant.is_some());
}

#[tokio::test]
async fn a_schema_newer_than_the_binary_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    drop(store(&path));
    outside(&path, "INSERT INTO schema_version VALUES (99)");
    let refused = Sqlite::open(&path, CACHE_BYTES).err().unwrap();
    assert!(matches!(refused, OpenError::SchemaTooNew { stored: 99, .. }));
    assert!(refused.to_string().contains("99"), "{refused}");
    outside(&path, "DELETE FROM schema_version WHERE version = 99");
    settle(&store(&path)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    let store = store(&path);
    settle(&store).await;
    let mut seen = 0;
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        seen += 1;
    }
    assert!(seen >= 3, "database, log and lock");
}

#[tokio::test]
async fn a_failed_transaction_fails_all_of_it_and_the_next_one_works() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    let store = store(&path);
    settle(&store).await;
    outside(&path, "ALTER TABLE token RENAME TO hidden");
    let write = || vec![create(client(ONE, 10, "c")), insert(ONE, token(30, 900))];
    let failed = store.commit(write()).await;
    assert!(matches!(failed, Err(Fault::Unavailable(_))), "{failed:?}");
    let failed = store.load(&TenantRef::Id("one".to_owned()), &needs_token(30)).await;
    assert!(matches!(failed, Err(Fault::Unavailable(_))), "{failed:?}");
    outside(&path, "ALTER TABLE hidden RENAME TO token");
    assert!(named(&store, "one", Space::Caller, "c").await.is_empty());
    assert_eq!(store.commit(write()).await, Ok(Committed::Done));
    assert!(load(&store, "one", &needs_token(30)).await.token.is_some());
}

#[tokio::test]
async fn urls_that_name_no_store_are_refused_without_their_password() {
    for url in ["", "mysql://u:hunter2@h/db", "sqlite:", "memory:x", "postgres://u:hunter2@h:x/db"]
    {
        let error = open(url, CACHE_BYTES).await.err().unwrap();
        assert!(matches!(error, OpenError::Url(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let refused = open("sqlite:/nonexistent/v.db", CACHE_BYTES).await.err().unwrap();
    assert!(matches!(refused, OpenError::Unavailable(_)));
}
