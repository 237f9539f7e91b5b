//! Databases of earlier schemas come along with all their rows, and take those of older binaries.

use vidimus_core::{
    engine::Store as _,
    facts::{Needs, Space, TenantRef, TicketRef},
    model::{Family, Object, Ticket, Token},
    outcome::OnceSpace,
    row_key::RowKey,
    time::Time,
};
use vidimus_store::{
    open::{AnyStore, CACHE_BYTES, open},
    postgres::Postgres,
};

use crate::{
    postgres::{database, outside},
    world::*,
};

const SQLITE: &str = include_str!("../../src/schema/sqlite/0001_start.sql");
const POSTGRES: &str = include_str!("../../src/schema/postgres/0001_start.sql");
const SQLITE_SECOND: &str = include_str!("../../src/schema/sqlite/0002_tickets_locators.sql");
const POSTGRES_SECOND: &str = include_str!("../../src/schema/postgres/0002_tickets_locators.sql");

/// Rows as the first schema kept them, as statements that both databases understand.
fn rows(blob: impl Fn(u8) -> String) -> String {
    let mut sql = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY); \
                   INSERT INTO schema_version (version) VALUES (1);"
        .to_owned();
    let objects = [tenant(ONE, "one"), tenant(TWO, "two"), client(ONE, 10, "c")];
    for object in objects.iter().chain(&[resource_server(ONE, 11, "r", &["a", "b"])]) {
        sql += &insert_object(object);
    }
    sql += &format!(
        "INSERT INTO token (key, tenant, kind, hash, client, family, scope, issued_at, expires_at) \
         VALUES (30, 1, 1, {}, 10, 20, '', 10, 900);\
         INSERT INTO family (key, tenant, client, expires_at) VALUES (20, 1, 10, 900);\
         INSERT INTO once (tenant, space, digest, expires_at) VALUES (1, 1, {}, 900);",
        blob(30),
        blob(1)
    );
    sql
}

fn insert_object(object: &Object) -> String {
    let doc = serde_json::to_string(&object.body).unwrap();
    let (key, tenant) = (object.key.0, object.tenant.0);
    let mut sql = format!(
        "INSERT INTO object (key, tenant, kind, version, disabled, not_before, doc) \
         VALUES ({key}, {tenant}, '{}', 1, FALSE, 7, '{doc}');",
        object.kind().as_str()
    );
    for (space, name) in object.names() {
        if space != Space::TenantKey {
            sql +=
                &format!("INSERT INTO name VALUES ({tenant}, {}, '{name}', {key});", space as i16);
        }
    }
    sql
}

async fn all_is_there(store: &AnyStore) {
    let needs = Needs { once: vec![(OnceSpace::ClientAssertion, [1; 32])], ..needs_token(30) };
    let needs = needs.object(Space::Caller, "c").object(Space::Audience, "b");
    for of in [TenantRef::Host("one.example".to_owned()), TenantRef::of_key(ONE)] {
        let facts = store.load(&of, &needs).await.unwrap();
        assert_eq!(facts.tenant.unwrap(), tenant(ONE, "one"), "{of:?}");
        assert_eq!(facts.objects[0].2, client(ONE, 10, "c"));
        assert_eq!(facts.objects[1].2, resource_server(ONE, 11, "r", &["a", "b"]));
        assert_eq!(facts.once, needs.once);
        let fact = facts.token.unwrap();
        let links = (Some(RowKey(10)), Some(RowKey(20)));
        assert_eq!(*fact.token, Token { client: links.0, family: links.1, ..token(30, 900) });
        assert_eq!(fact.client, Some(client(ONE, 10, "c")));
        assert_eq!(fact.family.as_deref(), Some(&family(20, 900)));
    }
    let two = store.load(&TenantRef::of_key(TWO), &Needs::default()).await.unwrap();
    assert_eq!(two.tenant.unwrap(), tenant(TWO, "two"));
    // What is new works on it, and a sweep finds nothing that had no end before.
    done(store, vec![locate(ONE, 1, None, 30), insert_ticket(ONE, ticket(40, Some(1)))]).await;
    done(store, vec![replace(next(&tenant(TWO, "two"))), reach_at_root(ONE, "c")]).await;
    done(store, vec![create(registered(ONE, 12, "d", 100))]).await;
    let swept = store.sweep(Time(101), 10).await.unwrap();
    assert_eq!((swept.objects, swept.orphans), (1, 0));
    assert_eq!(at_root(store, "c").await, Some(ONE));
}

#[tokio::test]
async fn a_file_of_the_first_schema_comes_along() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    let blob = |byte| format!("X'{}'", format!("{byte:02x}").repeat(32));
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(&format!("{SQLITE};{}", rows(blob))).unwrap();
    drop(old);
    let url = format!("sqlite:{}", path.display());
    let store = open(&url, CACHE_BYTES).await.unwrap();
    all_is_there(&store).await;
    drop(store);
    // Once: the next start has nothing left to do.
    let again = open(&url, CACHE_BYTES).await.unwrap();
    assert_eq!(again.schema_version(), 5);
    assert_eq!(at_root(&again, "c").await, Some(ONE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_schema_comes_along() {
    let url = database().await;
    let blob = |byte| format!("'\\x{}'::bytea", format!("{byte:02x}").repeat(32));
    outside(&url, &format!("{POSTGRES};{}", rows(blob))).await;
    let store = AnyStore::Postgres(Postgres::open(&url, CACHE_BYTES).await.unwrap());
    all_is_there(&store).await;
    drop(store);
    let again = AnyStore::Postgres(Postgres::open(&url, CACHE_BYTES).await.unwrap());
    assert_eq!(at_root(&again, "c").await, Some(ONE));
}

/// As a binary that knows the second schema writes them.
fn second_rows(key: i64, blob: &impl Fn(u8) -> String) -> String {
    let doc = serde_json::to_string(&ticket(key, None).body).unwrap();
    format!(
        "INSERT INTO ticket (tenant, key, version, hash, alias, expires_at, doc) \
         VALUES (1, {key}, 1, {}, NULL, 900, '{doc}');\
         INSERT INTO family (tenant, key, client, user_key, expires_at) \
         VALUES (1, {key}, 10, 11, 900);",
        blob(key as u8)
    )
}

async fn older_rows_are_read(store: &AnyStore, keys: &[i64]) {
    for key in keys {
        let wanted = TicketRef::Key(RowKey(*key));
        let needs = Needs { tickets: vec![wanted], ..Needs::default() };
        let facts = load(store, "one", &needs).await;
        assert_eq!(**facts.ticket(wanted).unwrap().unwrap(), ticket(*key, None));
    }
    let user = Some(RowKey(11));
    let needs = Needs { sessions_of: user, families_of: user, ..Needs::default() };
    let facts = load(store, "one", &needs).await;
    assert!(facts.sessions_of(RowKey(11)).unwrap().is_empty());
    let families: Vec<_> = keys.iter().rev().map(|key| family_of(*key, 11)).collect();
    assert_eq!(facts.families_of(RowKey(11)).unwrap(), families);
    assert!(store.due(Time(10_000), 10).await.unwrap().is_empty());
}

/// Also of one that goes on writing: it changes what it knows, and leaves alone what it does not.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_binary_of_the_second_schema_are_read() {
    let url = database().await;
    let blob = |byte| format!("'\\x{}'::bytea", format!("{byte:02x}").repeat(32));
    let before = format!("{POSTGRES};{};{POSTGRES_SECOND};", rows(blob)) + &second_rows(50, &blob);
    outside(&url, &(before + "INSERT INTO schema_version VALUES (2)")).await;
    let store = AnyStore::Postgres(Postgres::open(&url, CACHE_BYTES).await.unwrap());
    older_rows_are_read(&store, &[50]).await;
    outside(&url, &second_rows(51, &blob)).await;
    older_rows_are_read(&store, &[50, 51]).await;

    let signed = Family { authentication: Some(authentication("c")), ..family_of(52, 12) };
    done(&store, vec![insert_ticket(ONE, session(60, 12)), insert_family(ONE, signed.clone())])
        .await;
    outside(
        &url,
        "UPDATE ticket SET version = 2, expires_at = 950 WHERE key = 60; \
         UPDATE family SET expires_at = 950 WHERE key = 52",
    )
    .await;
    let user = Some(RowKey(12));
    let needs = Needs { sessions_of: user, families_of: user, ..Needs::default() };
    let facts = load(&store, "one", &needs).await;
    let expires_at = Time(950);
    let kept = Ticket { version: 2, expires_at, ..session(60, 12) };
    assert_eq!(*facts.sessions_of(RowKey(12)).unwrap()[0], kept);
    assert_eq!(facts.families_of(RowKey(12)).unwrap(), [Family { expires_at, ..signed }]);
}

#[tokio::test]
async fn a_file_of_the_second_schema_comes_along() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.db");
    let blob = |byte| format!("X'{}'", format!("{byte:02x}").repeat(32));
    let before = format!("{SQLITE};{};{SQLITE_SECOND};", rows(blob)) + &second_rows(50, &blob);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(&(before + "INSERT INTO schema_version VALUES (2)")).unwrap();
    drop(old);
    let store = open(&format!("sqlite:{}", path.display()), CACHE_BYTES).await.unwrap();
    older_rows_are_read(&store, &[50]).await;
}
