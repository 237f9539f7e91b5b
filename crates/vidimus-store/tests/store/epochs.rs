//! What a node of PostgreSQL remembers is never older than the look it is used for: whoever changes
//! it, another node or somebody at the database's prompt (SEC-136, REL-035).

use std::sync::Arc;

use vidimus_core::{
    engine::Store,
    facts::{Needs, Space, TenantRef, TokenRef},
    model::{Body, Consent, Object, Standing},
    outcome::{Change, Committed, Write},
    row_key::RowKey,
};
use vidimus_store::open::AnyStore;

use crate::{
    postgres::{database, node, outside},
    world::*,
};

/// Answered from memory, one token and the epochs, once it is known.
#[derive(Clone)]
struct Question {
    tenant: TenantRef,
    needs: Needs,
}

async fn ask(node: &AnyStore, question: &Question) -> String {
    format!("{:?}", node.load(&question.tenant, &question.needs).await.unwrap())
}

/// Proves it: a look that had to read configuration could not, without the tables that it is in.
async fn warm(url: &str, node: &AnyStore, question: &Question) -> String {
    let before = ask(node, question).await;
    outside(url, "ALTER TABLE name RENAME TO n; ALTER TABLE object RENAME TO o").await;
    let again = node.load(&question.tenant, &question.needs).await;
    outside(url, "ALTER TABLE n RENAME TO name; ALTER TABLE o RENAME TO object").await;
    assert_eq!(format!("{:?}", again.expect("nothing of it is read again")), before);
    before
}

fn of(tenant: &str) -> Question {
    Question { tenant: TenantRef::Id(tenant.to_owned()), needs: Needs::default() }
}

impl Question {
    fn object(mut self, space: Space, name: &str) -> Self {
        self.needs = self.needs.object(space, name);
        self
    }

    fn token(mut self, key: i64) -> Self {
        self.needs.token = Some(TokenRef::Key(RowKey(key)));
        self
    }

    fn digest(mut self, digest: u8) -> Self {
        self.needs.token = Some(TokenRef::Digest([digest; 32]));
        self
    }

    fn keys(mut self) -> Self {
        self.needs.whole = vec![Space::SigningKey];
        self
    }
}

fn at_root(client_id: &str) -> Question {
    let tenant = TenantRef::OfClient(client_id.to_owned());
    Question { tenant, needs: Needs::default().object(Space::Caller, client_id) }
}

/// Token 30 is client 10's and user 11's, in family 20, found by the digest 1 too.
async fn furnish(store: &AnyStore) {
    settle(store).await;
    let default = tenant(RowKey(3), TenantRef::DEFAULT_ID);
    let mut token = full_token(30, 10, 11, 20);
    token.revocation = None;
    done(store, vec![create(default), create(client(RowKey(3), 15, "d"))]).await;
    done(
        store,
        vec![
            create(client(ONE, 10, "c")),
            create(user(ONE, 11, "u")),
            create(resource_server(ONE, 12, "r", &["a"])),
            create(signing_key(ONE, 13, "k")),
            create(client(TWO, 14, "other")),
            reach_at_root(ONE, "c"),
            insert_family(ONE, family(20, 900)),
            insert(ONE, token),
            locate(ONE, 1, None, 30),
        ],
    )
    .await;
}

fn questions() -> Vec<Question> {
    let introspection = of("one").object(Space::Caller, "r");
    vec![
        introspection.clone().token(30),
        introspection.digest(1),
        of("one").object(Space::Caller, "c").keys(),
        of("one").object(Space::User, "u").object(Space::Audience, "a"),
        of("one").object(Space::SigningKey, "k"),
        Question { tenant: TenantRef::Host("one.example".to_owned()), ..of("one").token(30) },
        Question { tenant: TenantRef::Path("/one".to_owned()), ..of("one").keys() },
        at_root("c"),
        at_root("d"),
    ]
}

fn disabled(object: &Object) -> Arc<Object> {
    object.changed(Standing { disabled: true, ..object.standing }, object.body.clone())
}

fn cut_off(object: &Object) -> Arc<Object> {
    let not_before = vidimus_core::time::Time(500);
    object.changed(Standing { not_before, ..object.standing }, object.body.clone())
}

/// Each with the number of questions whose answer it changes.
fn changes() -> Vec<(Vec<Write>, usize)> {
    let one = tenant(ONE, "one");
    let mut moved = (*resource_server(ONE, 12, "r", &["b"])).clone();
    moved.version = 2;
    vec![
        (vec![replace(disabled(&client(ONE, 10, "c")))], 5),
        (vec![replace(cut_off(&user(ONE, 11, "u")))], 4),
        (vec![replace(Arc::new(moved))], 3),
        (vec![replace(disabled(&signing_key(ONE, 13, "k")))], 3),
        (vec![replace(disabled(&one))], 8),
        (vec![delete(ONE, 10, 1)], 5),
        (vec![delete(ONE, 11, 1)], 4),
        (vec![delete(ONE, 12, 1)], 3),
        (vec![delete(ONE, 13, 1)], 3),
        (vec![delete(RowKey::ROOT, 1, 1)], 8),
        (vec![create(signing_key(ONE, 16, "l"))], 2),
        (vec![create(resource_server(ONE, 16, "s", &["a"]))], 1),
        (vec![leave_root(ONE, "c")], 1),
        (vec![delete(RowKey(3), 15, 1), reach_at_root(ONE, "d")], 1),
        (vec![revoke_token(ONE, 30, "me")], 3),
        (vec![revoke_family(ONE, 20, "me")], 3),
        (vec![delete_token(ONE, 30)], 3),
    ]
}

/// The other node was warm, and its very next look sees it.
#[tokio::test(flavor = "multi_thread")]
async fn sec_136_each_change_is_seen_by_the_next_look_of_another_node() {
    for (writes, expected) in changes() {
        let url = database().await;
        let (left, right) = (node(&url).await, node(&url).await);
        furnish(&left).await;
        let mut before = Vec::new();
        for question in questions() {
            before.push(warm(&url, &right, &question).await);
        }
        let text = format!("{writes:?}");
        done(&left, writes).await;
        seen(&url, &right, before, expected, &text).await;
    }
}

/// As by a node that has just come, and differently from before in as many answers.
async fn seen(url: &str, right: &AnyStore, before: Vec<String>, expected: usize, change: &str) {
    let fresh = node(url).await;
    let mut changed = 0;
    for (question, before) in questions().into_iter().zip(before) {
        let after = ask(right, &question).await;
        assert_eq!(after, ask(&fresh, &question).await, "after {change}");
        changed += usize::from(after != before);
    }
    assert_eq!(changed, expected, "answers that changed after {change}");
}

const BY_HAND: [(&str, usize); 13] = [
    ("UPDATE object SET disabled = TRUE WHERE key = 10", 5),
    ("UPDATE object SET disabled = TRUE", 9),
    ("UPDATE object SET tenant = 2 WHERE key = 12", 3),
    ("DELETE FROM object WHERE key = 13", 3),
    ("UPDATE name SET name = 'x' WHERE tenant = 1 AND name = 'r'", 2),
    ("UPDATE name SET object = 14 WHERE tenant = 0 AND name = 'one'", 5),
    ("DELETE FROM name WHERE object = 11", 1),
    ("INSERT INTO name (tenant, space, name, object) VALUES (1, 6, 'a', 10)", 1),
    ("UPDATE root_client SET tenant = 2", 1),
    ("TRUNCATE root_client", 1),
    ("UPDATE object SET kind = 'consent' WHERE key = 12; DELETE FROM object WHERE key = 12", 3),
    ("TRUNCATE name", 9),
    ("WITH gone AS (DELETE FROM object WHERE key = 13 RETURNING 1) SELECT * FROM gone", 3),
];

/// By statements that no node has made; a binary that knows nothing of epochs makes such.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_by_hand_is_seen_by_the_next_look() {
    for (sql, expected) in BY_HAND {
        let url = database().await;
        let (left, right) = (node(&url).await, node(&url).await);
        furnish(&left).await;
        let mut before = Vec::new();
        for question in questions() {
            before.push(warm(&url, &right, &question).await);
        }
        outside(&url, sql).await;
        seen(&url, &right, before, expected, sql).await;
    }
}

/// From another schema, or as a replica would: no way to write leaves the epoch as it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_ends_however_a_table_is_written_to() {
    let url = database().await;
    let (left, right) = (node(&url).await, node(&url).await);
    furnish(&left).await;
    let question = of("one").object(Space::Caller, "c");
    for sql in [
        "SET search_path = ''; UPDATE public.object SET not_before = 8 WHERE key = 10",
        "SET session_replication_role = replica; UPDATE object SET not_before = 9 WHERE key = 10",
        "BEGIN; UPDATE object SET not_before = 10 WHERE key = 10; COMMIT",
    ] {
        let before = warm(&url, &right, &question).await;
        outside(&url, sql).await;
        assert_ne!(ask(&right, &question).await, before, "{sql}");
    }
    let before = warm(&url, &right, &question).await;
    outside(&url, "BEGIN; UPDATE object SET not_before = 11 WHERE key = 10; ROLLBACK").await;
    assert_eq!(warm(&url, &right, &question).await, before);
    outside(&url, "TRUNCATE object").await;
    let gone = right.load(&question.tenant, &question.needs).await.unwrap();
    assert!(gone.tenant.is_none());
}

/// Without a row in the table of epochs nothing is remembered, and everything is right.
#[tokio::test(flavor = "multi_thread")]
async fn epochs_that_are_lost_make_looks_longer_and_never_wrong() {
    let url = database().await;
    let (left, right) = (node(&url).await, node(&url).await);
    furnish(&left).await;
    let question = of("one").object(Space::Caller, "c").token(30);
    let before = warm(&url, &right, &question).await;
    outside(&url, "TRUNCATE epoch; UPDATE token SET scope = 'less'").await;
    assert_ne!(ask(&right, &question).await, before);
    done(&left, vec![replace(disabled(&client(ONE, 10, "c")))]).await;
    assert!(ask(&right, &question).await.contains("disabled: true"));
    done(&left, vec![replace(next(&tenant(ONE, "one")))]).await;
    assert!(warm(&url, &right, &question).await.contains("disabled: true"));
}

/// An older binary goes on beside a newer one, and writes as before.
#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_were_there_before_have_an_epoch_and_older_binaries_change_it() {
    let url = database().await;
    let old = node(&url).await;
    furnish(&old).await;
    let back = "DROP TABLE epoch, link, link_head, used; \
                DELETE FROM schema_version WHERE version >= 5; \
                DROP FUNCTION new_epoch, object_changed, object_updated, name_changed, \
                name_updated, root_client_changed, all_changed CASCADE";
    outside(&url, back).await;
    let new = node(&url).await;
    for question in questions() {
        warm(&url, &new, &question).await;
    }
    let question = of("two").object(Space::Caller, "other");
    let before = warm(&url, &new, &question).await;
    done(&old, vec![replace(disabled(&client(TWO, 14, "other")))]).await;
    assert_ne!(ask(&new, &question).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_statement_over_many_objects_ends_each_tenants_epoch_once() {
    let url = database().await;
    let store = node(&url).await;
    furnish(&store).await;
    let users = (100..200).map(|key| create(user(ONE, key, &format!("u{key}"))));
    done(&store, users.collect()).await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("BEGIN; UPDATE object SET disabled = TRUE WHERE tenant > 0")
        .await
        .unwrap();
    let count = "SELECT pg_stat_get_xact_tuples_updated('epoch'::regclass)";
    let updated: i64 = client.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(updated, 3, "the tenants one, two and default");
}

fn consent(version: i64, scope: &str) -> Arc<Object> {
    let consent = Consent {
        id: Consent::id_of(RowKey(10), RowKey(11)),
        client: RowKey(10),
        client_id: "c".to_owned(),
        user: RowKey(11),
        scope: scope.to_owned(),
        audience: Vec::new(),
        claims: Vec::new(),
        shown: None,
    };
    let object = object(ONE, RowKey(17), Body::Consent(consent));
    Arc::new(Object { version, ..(*object).clone() })
}

/// Users give them all day: they are never remembered, and nobody else is forgotten for them.
#[tokio::test(flavor = "multi_thread")]
async fn a_consent_is_seen_by_the_next_look_and_ends_no_epoch() {
    let url = database().await;
    let (left, right) = (node(&url).await, node(&url).await);
    furnish(&left).await;
    let known = of("one").object(Space::Caller, "c");
    let name = Consent::id_of(RowKey(10), RowKey(11));
    let consents = known.clone().object(Space::Consent, &name).object(Space::ConsentOf, "11");
    let epochs = "SELECT string_agg(value::text, ' ' ORDER BY tenant) FROM epoch";
    let (before, epoch) = (warm(&url, &right, &known).await, outside(&url, epochs).await);
    for writes in [
        vec![create(consent(1, "read"))],
        vec![replace(consent(2, "read write"))],
        vec![delete(ONE, 17, 2)],
    ] {
        let seen = ask(&right, &consents).await;
        done(&left, writes).await;
        assert_ne!(ask(&right, &consents).await, seen);
        assert_eq!(ask(&right, &consents).await, ask(&node(&url).await, &consents).await);
    }
    assert_eq!(format!("{:?}", outside(&url, epochs).await), format!("{epoch:?}"));
    assert_eq!(warm(&url, &right, &known).await, before);
}

/// Whoever is refused so that the other may go on has lost a race, and tries again.
#[tokio::test(flavor = "multi_thread")]
async fn two_that_change_the_same_tenants_in_different_orders_both_come_through() {
    let url = database().await;
    let database = url.rsplit('/').next().unwrap();
    outside(&url, &format!("ALTER DATABASE {database} SET deadlock_timeout = '10ms'")).await;
    let nodes = [Arc::new(node(&url).await), Arc::new(node(&url).await)];
    settle(&nodes[0]).await;
    let mut tasks = Vec::new();
    for worker in 0..8_i64 {
        let node = Arc::clone(&nodes[worker as usize % 2]);
        tasks.push(tokio::spawn(async move {
            let mut conflicts = 0;
            for round in 0..40 {
                let key = 1000 + worker * 1000 + round * 10;
                let create = |tenant, key: i64| create(user(tenant, key, &format!("u{key}")));
                let mut writes = vec![create(ONE, key), create(TWO, key + 1)];
                if worker % 4 < 2 {
                    writes.reverse();
                }
                while node.commit(writes.clone()).await.unwrap() == Committed::Conflict {
                    conflicts += 1;
                }
            }
            conflicts
        }));
    }
    let mut conflicts = 0;
    for task in tasks {
        conflicts += task.await.unwrap();
    }
    assert!(conflicts > 0, "no two were ever in each other's way");
    assert_eq!(nodes[1].count().await.unwrap().objects, 2 + 8 * 40 * 2);
}

/// Changes and looks at once, on both nodes: nobody is told what was so before his look began.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_begins_after_a_change_sees_it_under_load() {
    let url = database().await;
    let (left, right) = (node(&url).await, Arc::new(node(&url).await));
    furnish(&left).await;
    let known = Arc::new(std::sync::atomic::AtomicI64::new(1));
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (right, known, over) = (Arc::clone(&right), Arc::clone(&known), Arc::clone(&over));
            tokio::spawn(async move {
                let mut looks = 0_u64;
                while !over.load(std::sync::atomic::Ordering::SeqCst) {
                    let at_least = known.load(std::sync::atomic::Ordering::SeqCst);
                    let needs = needs_token(30).object(Space::Caller, "c");
                    let facts = load(&right, "one", &needs).await;
                    let version = facts.objects[0].2.version;
                    let linked = facts.token.unwrap().client.clone().unwrap();
                    assert!(version >= at_least, "{version} after {at_least} was known");
                    assert_eq!(linked.version, version, "of one snapshot");
                    looks += 1;
                }
                looks
            })
        })
        .collect();
    let mut object = client(ONE, 10, "c");
    for _ in 0..200 {
        object = next(&object);
        let change = Change::Replace(Arc::clone(&object));
        done(&left, vec![Write { tenant: ONE, change }]).await;
        known.store(object.version, std::sync::atomic::Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    over.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut looks = 0;
    for reader in readers {
        looks += reader.await.unwrap();
    }
    assert!(looks > 200, "{looks} looks");
}
