//! Random histories over two tenants: the stores on disk answer as the maps in memory do.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*, test_runner::Config};
use vidimus_core::{
    engine::Store,
    facts::{Needs, Space, TenantRef, TicketRef, TokenRef},
    model::{Confirmation, Family, Object, Standing, Ticket, Token},
    outcome::{Change, OnceSpace, Write},
    row_key::RowKey,
    search::{Search, Sought},
    time::Time,
};
use vidimus_store::open::AnyStore;

use crate::world;

/// One of them is the default tenant's.
const NAMES: [&str; 3] = ["a", TenantRef::DEFAULT_ID, "ü"];
const SPACES: [Space; 10] = [
    Space::Tenant,
    Space::TenantPath,
    Space::TenantHost,
    Space::Caller,
    Space::User,
    Space::Audience,
    Space::SigningKey,
    Space::SigningKeySlot,
    Space::TenantKey,
    Space::Registered,
];

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Write>),
    Sweep(Time, u32),
}

fn tenant() -> impl Strategy<Value = RowKey> {
    prop_oneof![Just(world::ONE), Just(world::TWO)]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn time() -> impl Strategy<Value = Time> {
    (1..8_i64).prop_map(Time)
}

fn standing() -> impl Strategy<Value = Standing> {
    (any::<bool>(), time()).prop_map(|(disabled, not_before)| Standing { disabled, not_before })
}

/// Few keys, names and versions, so that most writes meet another.
fn object() -> impl Strategy<Value = Arc<Object>> {
    let under = (tenant(), 10..15_i64, name(), 0..5_u8, vec(name(), 0..3)).prop_map(
        |(tenant, key, id, kind, audiences)| match kind {
            0 => world::client(tenant, key, id),
            1 => world::user(tenant, key, id),
            2 => world::resource_server(tenant, key, id, &audiences),
            3 => world::registered(tenant, key, id, 1),
            _ => world::signing_key(tenant, key, id),
        },
    );
    let tenants = (tenant(), name(), vec(name(), 0..2), vec(name(), 0..2)).prop_map(
        |(key, id, paths, hosts)| {
            let body = world::tenant_body(id, &paths, &hosts);
            Arc::new(Object { body, ..(*world::tenant(key, id)).clone() })
        },
    );
    let object = prop_oneof![3 => under, 1 => tenants];
    let expires_at = prop_oneof![3 => Just(None), 1 => time().prop_map(Some)];
    (object, 1..4_i64, standing(), expires_at).prop_map(
        |(object, version, standing, expires_at)| {
            Arc::new(Object { version, standing, expires_at, ..(*object).clone() })
        },
    )
}

fn token() -> impl Strategy<Value = Token> {
    (30..34_i64, 10..15_i64, 20..23_i64, time(), any::<[bool; 4]>()).prop_map(
        |(key, object, family, expires_at, [full, client, dpop, revoked])| {
            let base = if full {
                world::full_token(key, object, object + 1, family)
            } else {
                world::token(key, 1)
            };
            Token {
                expires_at,
                client: client.then_some(RowKey(object)),
                confirmation: dpop.then(|| Confirmation::Jkt("j".to_owned())),
                revocation: revoked.then(|| world::revocation("r")),
                ..base
            }
        },
    )
}

fn ticket() -> impl Strategy<Value = Ticket> {
    let alias = prop::option::weighted(0.6, 0..2_u8);
    let (owner, due_at) = (prop::option::of(user()), prop::option::of(time()));
    (40..43_i64, 1..4_i64, alias, time(), owner, due_at).prop_map(
        |(key, version, alias, expires_at, owner, due_at)| {
            let hash = [version as u8; 32];
            Ticket { version, hash, expires_at, owner, due_at, ..world::ticket(key, alias) }
        },
    )
}

fn user() -> impl Strategy<Value = RowKey> {
    (10..12_i64).prop_map(RowKey)
}

fn family() -> impl Strategy<Value = Family> {
    (20..23_i64, time(), prop::option::of(user()), any::<[bool; 2]>()).prop_map(
        |(key, expires_at, user, [signed_in, revoked])| Family {
            expires_at,
            user,
            authentication: signed_in.then(|| world::authentication("c")),
            revocation: revoked.then(|| world::revocation("r")),
            ..world::family(key, 0)
        },
    )
}

/// What is found by something else than its key.
fn pointer() -> impl Strategy<Value = Change> {
    let token = || (30..34_i64).prop_map(RowKey);
    let locate = (0..2_u8, prop::option::weighted(0.6, token()), token(), time()).prop_map(
        |(digest, was, token, expires_at)| Change::Locate {
            digest: [digest; 32],
            was,
            token,
            expires_at,
        },
    );
    let client_id = || name().prop_map(str::to_owned);
    prop_oneof![
        3 => locate,
        1 => token().prop_map(|key| Change::DeleteToken { key }),
        2 => ticket().prop_map(Change::InsertTicket),
        2 => ticket().prop_map(Change::ReplaceTicket),
        1 => (40..43_i64, 1..4_i64).prop_map(|(key, version)| Change::DeleteTicket {
            key: RowKey(key),
            version,
        }),
        2 => client_id().prop_map(|client_id| Change::ReachAtRoot { client_id }),
        1 => client_id().prop_map(|client_id| Change::LeaveRoot { client_id }),
        1 => (40..43_i64).prop_map(|key| Change::HoldTicket { key: RowKey(key) }),
        1 => (10..15_i64, any::<u8>(), time()).prop_map(|(entry, digest, expires_at)| {
            Change::Link { entry: RowKey(entry), digest: [digest; 32], expires_at }
        }),
        1 => (10..15_i64, time()).prop_map(|(key, at)| Change::Used { key: RowKey(key), at }),
        1 => (1..6_i64).prop_map(|key| Change::HoldObject { key: RowKey(key) }),
        1 => client_id().prop_map(|client_id| Change::HoldAtRoot { client_id }),
        1 => (0..3_u64).prop_map(|fewer_than| Change::Room { space: Space::Caller, fewer_than }),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let row = prop_oneof![
        2 => token().prop_map(Change::InsertToken),
        2 => family().prop_map(Change::InsertFamily),
        1 => user().prop_map(|user| Change::CutFamiliesOf {
            user,
            client: world::family(20, 0).client.unwrap_or(RowKey(1)),
            revocation: world::revocation("o"),
        }),
        1 => (20..23_i64).prop_map(|key| Change::CutFamily {
            key: RowKey(key),
            revocation: world::revocation("c"),
        }),
        2 => (30..34_i64).prop_map(|key| Change::RevokeToken {
            key: RowKey(key),
            revocation: world::revocation("t"),
        }),
        1 => (20..23_i64).prop_map(|key| Change::RevokeFamily {
            key: RowKey(key),
            revocation: world::revocation("f"),
        }),
        1 => (0..3_u8, time()).prop_map(|(digest, expires_at)| Change::Once {
            space: OnceSpace::ClientAssertion,
            digest: [digest; 32],
            expires_at,
        }),
        1 => (10..15_i64, 1..4_i64).prop_map(|(key, version)| Change::Delete {
            key: RowKey(key),
            version,
        }),
    ];
    prop_oneof![
        4 => object().prop_map(world::create),
        3 => object().prop_map(world::replace),
        1 => (1..3_i64, 1..4_i64).prop_map(|(key, v)| world::delete(RowKey::ROOT, key, v)),
        9 => (tenant(), pointer()).prop_map(|(tenant, change)| Write { tenant, change }),
        5 => (tenant(), row).prop_map(|(tenant, change)| Write { tenant, change }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => write().prop_map(|write| Step::Commit(vec![write])),
        4 => vec(write(), 0..4).prop_map(Step::Commit),
        2 => (time(), 0..4_u32).prop_map(|(now, limit)| Step::Sweep(now, limit)),
    ]
}

/// Needs for rows of every kind, by each of their names.
fn rows() -> Vec<Needs> {
    let by_key = |key| TokenRef::Key(RowKey(key));
    let by_digest = |digest: u8| TokenRef::Digest([digest; 32]);
    let mut rows = Vec::new();
    for n in 0..4_u8 {
        let key = 30 + i64::from(n);
        let digests = [n, 0].map(|digest| (OnceSpace::ClientAssertion, [digest; 32]));
        rows.push(Needs {
            token: Some(by_key(key)),
            bearer: Some(by_digest(3 - n)),
            tickets: vec![TicketRef::Key(RowKey(10 + key)), TicketRef::Alias([n; 32])],
            further: vec![by_digest(n), by_key(63 - key), by_key(99), by_digest(0)],
            once: digests.to_vec(),
            ..Needs::default()
        });
        rows.push(Needs {
            token: Some(by_digest(n)),
            bearer: Some(by_key(63 - key)),
            tickets: vec![TicketRef::Alias([n; 32])],
            sessions_of: Some(RowKey(9 + i64::from(n))),
            families_of: Some(RowKey(9 + i64::from(n))),
            ..Needs::default()
        });
    }
    rows
}

fn searches() -> Vec<Search> {
    let some = |key| Some(RowKey(key));
    let tokens = |client, user, family| Sought::Tokens { client, user, family };
    let sought = [
        tokens(None, None, None),
        tokens(some(11), None, None),
        tokens(None, some(12), None),
        tokens(some(11), some(12), some(21)),
        Sought::Sessions { user: None },
        Sought::Sessions { user: some(11) },
    ];
    let search = |sought| {
        [(i64::MAX, 2), (32, 10), (42, 1)].map(|(before, limit)| Search {
            sought,
            before: RowKey(before),
            limit,
        })
    };
    sought.into_iter().flat_map(search).collect()
}

/// Everything there is to know, as text.
async fn everything(store: &AnyStore) -> String {
    let mut needs = Needs { whole: SPACES.to_vec(), ..Needs::default() };
    for space in SPACES {
        for name in NAMES.iter().chain(&["1", "2"]) {
            needs = needs.object(space, *name);
        }
    }
    let rows = rows();
    let mut seen = format!("{:?}\n", store.count().await);
    for name in NAMES.map(str::to_owned) {
        let id = TenantRef::Id(name.clone());
        needs.others = rows.iter().map(|row| (id.clone(), row.clone())).collect();
        let tenants = [id, TenantRef::Path(name.clone()), TenantRef::Host(name.clone())];
        for tenant in tenants.into_iter().chain([TenantRef::OfClient(name)]) {
            seen += &format!("{tenant:?}: {:?}\n", store.load(&tenant, &needs).await);
            for row in &rows {
                let alone = Needs { token: row.token, ..Needs::default() };
                seen += &format!("{:?}\n", store.load(&tenant, &alone).await);
            }
        }
    }
    for tenant in [world::ONE, world::TWO] {
        for row in &rows {
            let lists = Needs { sessions_of: row.sessions_of, ..Needs::default() };
            let lists = [lists, Needs { families_of: row.families_of, ..Needs::default() }];
            let alone = Needs { tickets: row.tickets.clone(), ..Needs::default() };
            for needs in lists.into_iter().chain([alone]).filter(Needs::has_rows) {
                seen += &format!("{:?}\n", store.load(&TenantRef::of_key(tenant), &needs).await);
            }
        }
        for space in SPACES {
            let needs = Needs { count: Some(space), ..Needs::default() };
            seen += &format!("{:?}\n", store.load(&TenantRef::of_key(tenant), &needs).await);
        }
    }
    for (after, limit) in [(0, 100), (1, 2), (3, 0)] {
        seen += &format!("{:?}\n", store.links(after, limit).await);
    }
    for (now, limit) in [(Time(3), 10), (Time(8), 2), (Time(8), 10)] {
        seen += &format!("{:?}\n", store.due(now, limit).await);
    }
    for tenant in [RowKey::ROOT, world::ONE, world::TWO] {
        for space in SPACES {
            for (after, limit) in [("", 2), ("a", 100)] {
                seen += &format!("{:?}\n", store.page(tenant, space, after, limit).await);
            }
        }
        for search in searches() {
            seen += &format!("{:?}\n", store.search(tenant, &search).await);
        }
        let mut used = store.used(tenant, &[9, 10, 11, 12, 13, 14].map(RowKey)).await.unwrap();
        used.sort_unstable();
        seen += &format!("{used:?}\n");
    }
    seen
}

async fn agree(steps: Vec<Step>, model: &AnyStore, store: &AnyStore) {
    for step in steps {
        let (expected, answer) = match step.clone() {
            Step::Commit(writes) => (
                format!("{:?}", model.commit(writes.clone()).await),
                format!("{:?}", store.commit(writes).await),
            ),
            Step::Sweep(now, limit) => (
                format!("{:?}", model.sweep(now, limit).await),
                format!("{:?}", store.sweep(now, limit).await),
            ),
        };
        assert_eq!(answer, expected, "{step:?}");
        let (expected, seen) = (everything(model).await, everything(store).await);
        for (expected, seen) in expected.lines().zip(seen.lines()) {
            assert_eq!(seen, expected, "after {step:?}");
        }
        assert_eq!(seen.len(), expected.len(), "after {step:?}");
    }
}

fn config(cases: u32) -> Config {
    Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(config(128))]
    #[test]
    fn sqlite_answers_as_the_model_does(steps in vec(step(), 1..30)) {
        runtime().block_on(async {
            let (model, place) = (world::memory().await, world::sqlite().await);
            agree(steps, &model.store, &place.store).await;
        });
    }
}

proptest! {
    #![proptest_config(config(12))]
    #[test]
    fn postgres_answers_as_the_model_does(steps in vec(step(), 1..30)) {
        runtime().block_on(async {
            let (model, place) = (world::memory().await, world::postgres().await);
            agree(steps, &model.store, &place.store).await;
        });
    }
}
