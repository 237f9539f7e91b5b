//! Every condition with its refusal, tenants apart, names, pages and sweeps.

use std::{sync::Arc, time::Duration};

use vidimus_core::{
    engine::{Store, Swept},
    error::Fault,
    facts::{Needs, Space, TenantRef, TicketRef, TokenRef},
    limits::PAGE_SIZE_MAX,
    model::{Body, Consent, Object, Ticket, Token},
    outcome::OnceSpace,
    row_key::RowKey,
    time::Time,
};

use vidimus_store::open::AnyStore;

use crate::world::*;

const SPACE: OnceSpace = OnceSpace::ClientAssertion;

fn keys(objects: &[Arc<Object>]) -> Vec<i64> {
    objects.iter().map(|object| object.key.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_found_by_each_of_its_names() {
    for place in places().await {
        for tenant in [
            TenantRef::Id("one".to_owned()),
            TenantRef::Path("/one".to_owned()),
            TenantRef::Host("one.example".to_owned()),
            TenantRef::of_key(ONE),
        ] {
            let facts = place.store.load(&tenant, &Needs::default()).await.unwrap();
            assert_eq!(facts.tenant.unwrap().key, ONE, "{tenant:?}");
        }
        done(&place.store, vec![create(client(ONE, 10, "c"))]).await;
        for id in ["none", "/one", "o\0ne", ""] {
            let needs = Needs::default().object(Space::Caller, "c");
            let facts = load(&place.store, id, &needs).await;
            assert_eq!(
                format!("{facts:?}"),
                format!("{:?}", vidimus_core::facts::Facts::default())
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn create_needs_a_free_key_and_free_names() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(client(ONE, 10, "c"))]).await;
        conflict(store, vec![create(client(ONE, 10, "other"))]).await;
        conflict(store, vec![create(client(TWO, 10, "other"))]).await;
        conflict(store, vec![create(client(ONE, 11, "c"))]).await;
        // Clients and resource servers share one space; users have another.
        conflict(store, vec![create(resource_server(ONE, 11, "c", &["a"]))]).await;
        assert!(named(store, "one", Space::Audience, "a").await.is_empty());
        assert!(named(store, "one", Space::Caller, "other").await.is_empty());
        done(store, vec![create(user(ONE, 11, "c"))]).await;
        done(store, vec![create(client(TWO, 12, "c"))]).await;
        assert_eq!(named(store, "one", Space::Caller, "c").await, [client(ONE, 10, "c")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_needs_the_version_before_and_moves_names() {
    for place in places().await {
        let store = &place.store;
        let first = client(ONE, 10, "c");
        let renamed = first.changed(first.standing, client(ONE, 10, "d").body.clone());
        conflict(store, vec![replace(Arc::clone(&renamed))]).await;
        done(store, vec![create(Arc::clone(&first)), create(client(ONE, 11, "e"))]).await;
        done(store, vec![replace(Arc::clone(&renamed))]).await;
        conflict(store, vec![replace(Arc::clone(&renamed))]).await;
        assert!(named(store, "one", Space::Caller, "c").await.is_empty());
        assert_eq!(named(store, "one", Space::Caller, "d").await, [Arc::clone(&renamed)]);
        // Onto a name that another has: nothing moves.
        let onto = renamed.changed(renamed.standing, client(ONE, 10, "e").body.clone());
        conflict(store, vec![replace(onto)]).await;
        assert_eq!(named(store, "one", Space::Caller, "d").await, [renamed]);
        // The name left behind is free; another tenant's object is out of reach.
        done(store, vec![create(client(ONE, 12, "c"))]).await;
        let stolen = Arc::new(Object { tenant: TWO, ..(*next(&first)).clone() });
        conflict(store, vec![replace(stolen)]).await;
    }
}

/// So a world may let two tenants change names.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_write_leaves_is_free_for_the_next_one() {
    for place in places().await {
        let store = &place.store;
        let (first, second) = (client(ONE, 10, "c"), client(ONE, 11, "d"));
        let renamed = |before: &Arc<Object>, name| {
            before.changed(before.standing, client(ONE, 10, name).body.clone())
        };
        done(store, vec![create(Arc::clone(&first)), create(Arc::clone(&second))]).await;
        let second = renamed(&second, "c");
        let over = vec![replace(renamed(&first, "d")), replace(Arc::clone(&second))];
        conflict(store, over).await;
        let aside = renamed(&first, "x");
        let first = renamed(&aside, "d");
        let around = [&aside, &second, &first].map(|object| replace(Arc::clone(object)));
        done(store, around.to_vec()).await;
        assert_eq!(named(store, "one", Space::Caller, "c").await, [second]);
        assert_eq!(named(store, "one", Space::Caller, "d").await, [first]);
        assert!(named(store, "one", Space::Caller, "x").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_needs_the_very_version_and_frees_the_names() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(resource_server(ONE, 10, "rs", &["a"]))]).await;
        conflict(store, vec![delete(ONE, 10, 2)]).await;
        conflict(store, vec![delete(TWO, 10, 1)]).await;
        conflict(store, vec![delete(ONE, 99, 1)]).await;
        done(store, vec![delete(ONE, 10, 1)]).await;
        conflict(store, vec![delete(ONE, 10, 1)]).await;
        assert!(named(store, "one", Space::Audience, "a").await.is_empty());
        done(store, vec![create(client(ONE, 11, "rs"))]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_may_have_several_resource_servers() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(resource_server(ONE, 12, "r2", &["a", "b", "a"]))]).await;
        done(store, vec![create(resource_server(ONE, 11, "r1", &["a"]))]).await;
        done(store, vec![create(resource_server(TWO, 13, "r1", &["a"]))]).await;
        assert_eq!(keys(&named(store, "one", Space::Audience, "a").await), [11, 12]);
        assert_eq!(keys(&named(store, "one", Space::Audience, "b").await), [12]);
        assert_eq!(keys(&named(store, "two", Space::Audience, "a").await), [13]);
        done(store, vec![delete(ONE, 11, 1)]).await;
        assert_eq!(keys(&named(store, "one", Space::Audience, "a").await), [12]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_may_have_several_consents_and_one_for_each_client() {
    let consent = |tenant, key, client, user| {
        let (client, user) = (RowKey(client), RowKey(user));
        let id = Consent::id_of(client, user);
        object(
            tenant,
            RowKey(key),
            Body::Consent(Consent { id, client, user, ..Consent::default() }),
        )
    };
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(consent(ONE, 11, 1, 5)), create(consent(ONE, 12, 2, 5))]).await;
        done(store, vec![create(consent(ONE, 13, 1, 6)), create(consent(TWO, 14, 1, 5))]).await;
        conflict(store, vec![create(consent(ONE, 15, 1, 5))]).await;
        assert_eq!(keys(&named(store, "one", Space::ConsentOf, "5").await), [11, 12]);
        assert_eq!(keys(&named(store, "one", Space::ConsentOf, "6").await), [13]);
        assert_eq!(keys(&named(store, "two", Space::ConsentOf, "5").await), [14]);
        done(store, vec![delete(ONE, 11, 1)]).await;
        assert_eq!(keys(&named(store, "one", Space::ConsentOf, "5").await), [12]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_families_need_a_free_key_and_are_revoked_once() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert_family(ONE, family(20, 900))]).await;
        conflict(store, vec![insert_family(TWO, family(20, 900))]).await;
        done(store, vec![insert(ONE, token(30, 900))]).await;
        conflict(store, vec![insert(ONE, token(30, 901))]).await;
        conflict(store, vec![insert(TWO, token(30, 900))]).await;
        for refused in [revoke_token(TWO, 30, "x"), revoke_token(ONE, 31, "x")] {
            conflict(store, vec![refused]).await;
        }
        for refused in [revoke_family(TWO, 20, "x"), revoke_family(ONE, 21, "x")] {
            conflict(store, vec![refused]).await;
        }
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(*fact.token, token(30, 900));
        done(store, vec![revoke_token(ONE, 30, "me"), revoke_family(ONE, 20, "me")]).await;
        conflict(store, vec![revoke_token(ONE, 30, "you")]).await;
        conflict(store, vec![revoke_family(ONE, 20, "you")]).await;
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(fact.token.revocation, Some(revocation("me")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_is_once_per_tenant_even_when_it_has_expired() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![once(ONE, 1, 50)]).await;
        conflict(store, vec![once(ONE, 1, 5000)]).await;
        let asked = |digest: u8| Needs {
            once: [digest, 9, digest].map(|digest| (SPACE, [digest; 32])).to_vec(),
            ..Needs::default()
        };
        let used = (SPACE, [1; 32]);
        assert_eq!(load(store, "one", &asked(1)).await.once, [used, used]);
        assert!(load(store, "one", &asked(2)).await.once.is_empty());
        assert!(load(store, "two", &asked(1)).await.once.is_empty());
        done(store, vec![once(TWO, 1, 50)]).await;
        assert_eq!(store.sweep(Time(51), 10).await.unwrap().once, 2);
        assert!(load(store, "one", &asked(1)).await.once.is_empty());
        done(store, vec![once(ONE, 1, 5000)]).await;
    }
}

/// What the writes of the next test change beside objects and tokens.
async fn seen(store: &AnyStore) -> String {
    let mut needs = needs_token(38);
    needs.further = [6, 7, 8].map(|digest| TokenRef::Digest([digest; 32])).to_vec();
    let mut seen = format!("{:?}\n{:?}\n", store.count().await, load(store, "one", &needs).await);
    for key in [40, 48, 49] {
        let needs = Needs { tickets: vec![TicketRef::Key(RowKey(key))], ..Needs::default() };
        seen += &format!("{:?}\n", load(store, "one", &needs).await.tickets);
    }
    for client_id in ["in", "out"] {
        seen += &format!("{:?}\n", at_root(store, client_id).await);
    }
    let needs = Needs { families_of: Some(RowKey(11)), ..Needs::default() };
    seen += &format!("{:?}\n", load(store, "one", &needs).await.families_of);
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_all_or_nothing_whichever_write_fails() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![insert(ONE, token(39, 900)), create(client(ONE, 19, "c19"))]).await;
        done(store, vec![insert(ONE, token(38, 900)), locate(ONE, 8, None, 38)]).await;
        done(store, vec![locate(ONE, 7, None, 39), insert_ticket(ONE, ticket(48, Some(8)))]).await;
        done(store, vec![insert_ticket(ONE, ticket(49, None)), reach_at_root(ONE, "out")]).await;
        done(store, vec![insert_family(ONE, family_of(29, 11))]).await;
        let good = || {
            vec![
                create(client(ONE, 10, "c")),
                replace(next(&client(ONE, 19, "c19"))),
                insert_family(ONE, family(20, 900)),
                insert(ONE, token(30, 900)),
                once(ONE, 1, 50),
                revoke_token(ONE, 39, "me"),
                delete_token(ONE, 38),
                locate(ONE, 7, Some(39), 30),
                locate(ONE, 6, None, 30),
                insert_ticket(ONE, ticket(40, Some(1))),
                replace_ticket(ONE, Ticket { version: 2, ..ticket(48, Some(2)) }),
                delete_ticket(ONE, 49, 1),
                cut_family(ONE, 29, "me"),
                reach_at_root(ONE, "in"),
                leave_root(ONE, "out"),
            ]
        };
        let before = seen(store).await;
        for place in 0..=good().len() {
            let mut writes = good();
            writes.insert(place, delete(ONE, 98, 1));
            conflict(store, writes).await;
        }
        assert_eq!(seen(store).await, before);
        let needs = Needs { once: vec![(SPACE, [1; 32])], ..needs_token(30) };
        let facts = load(store, "one", &needs.object(Space::Caller, "c")).await;
        assert!(facts.objects.is_empty() && facts.token.is_none() && facts.once.is_empty());
        let kept = load(store, "one", &needs_token(39)).await.token.unwrap();
        assert_eq!(kept.token.revocation, None);
        done(store, good()).await;
        assert_ne!(seen(store).await, before);
        // Within one commit a write sees those before it.
        let made = client(ONE, 11, "d");
        let remade = next(&made);
        done(store, vec![create(made), replace(remade), delete(ONE, 11, 2)]).await;
        conflict(store, vec![once(ONE, 2, 50), once(ONE, 2, 50)]).await;
        done(store, Vec::new()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_in_a_write_for_another_tenant_is_a_fault() {
    for place in places().await {
        let mut write = create(client(ONE, 10, "c"));
        write.tenant = TWO;
        let refused = place.store.commit(vec![write]).await;
        assert!(matches!(refused, Err(Fault::Corrupt(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_with_what_it_hangs_on() {
    for place in places().await {
        let store = &place.store;
        let full = full_token(30, 10, 11, 20);
        done(
            store,
            vec![
                create(client(ONE, 10, "c")),
                create(user(ONE, 11, "u")),
                insert_family(ONE, family(20, 900)),
                insert(ONE, full.clone()),
                insert(ONE, token(31, 900)),
            ],
        )
        .await;
        let mut needs = needs_token(30);
        needs.bearer = needs_token(31).token;
        let facts = load(store, "one", &needs).await;
        let fact = facts.token.unwrap();
        assert_eq!(*fact.token, full);
        assert_eq!(fact.client, Some(client(ONE, 10, "c")));
        assert_eq!(fact.user, Some(user(ONE, 11, "u")));
        assert_eq!(fact.family.as_deref(), Some(&family(20, 900)));
        let bearer = facts.bearer.unwrap();
        assert_eq!(*bearer.token, token(31, 900));
        assert!(bearer.client.is_none() && bearer.user.is_none() && bearer.family.is_none());
        // Deleted or replaced, it shows at the next look.
        let disabled = {
            let mut next = (*next(&client(ONE, 10, "c"))).clone();
            next.standing.disabled = true;
            Arc::new(next)
        };
        done(store, vec![replace(Arc::clone(&disabled)), delete(ONE, 11, 1)]).await;
        done(store, vec![revoke_family(ONE, 20, "me")]).await;
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert_eq!(fact.client, Some(disabled));
        assert_eq!(fact.user, None);
        assert_eq!(fact.family.unwrap().revocation, Some(revocation("me")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_see_nothing_of_each_other() {
    for place in places().await {
        let store = &place.store;
        // A row of tenant one that names rows of tenant two.
        done(
            store,
            vec![
                create(client(TWO, 10, "c")),
                create(user(TWO, 11, "u")),
                create(signing_key(TWO, 12, "k")),
                insert_family(TWO, family(20, 900)),
                insert(TWO, token(31, 900)),
                insert(ONE, full_token(30, 10, 11, 20)),
            ],
        )
        .await;
        let fact = load(store, "one", &needs_token(30)).await.token.unwrap();
        assert!(fact.client.is_none() && fact.user.is_none() && fact.family.is_none());
        let mut needs = needs_token(31).object(Space::Caller, "c").object(Space::User, "u");
        needs.bearer = needs.token;
        needs.whole = vec![Space::SigningKey];
        let facts = load(store, "one", &needs).await;
        assert!(facts.objects.is_empty() && facts.token.is_none() && facts.bearer.is_none());
        assert!(facts.token_elsewhere);
        assert_eq!(facts.whole, [(Space::SigningKey, Vec::new())]);
        let facts = load(store, "two", &needs).await;
        assert_eq!(facts.objects.len(), 2);
        assert!(facts.token.is_some() && facts.bearer.is_some() && !facts.token_elsewhere);
        assert!(!load(store, "one", &needs_token(99)).await.token_elsewhere);
        assert!(store.page(ONE, Space::Caller, "", 10).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_come_in_the_order_asked_and_others_with_theirs() {
    for place in places().await {
        let store = &place.store;
        done(store, vec![create(client(ONE, 10, "a")), create(client(ONE, 11, "b"))]).await;
        done(store, vec![create(client(TWO, 12, "a")), create(signing_key(TWO, 13, "k2"))]).await;
        done(store, vec![create(signing_key(TWO, 14, "k1"))]).await;
        let mut needs = Needs::default();
        for name in ["b", "none", "n\0l", "a", "b"] {
            needs = needs.object(Space::Caller, name);
        }
        let mut two = Needs::default().object(Space::Caller, "a");
        two.whole = vec![Space::Caller, Space::SigningKey];
        needs.others = vec![
            (TenantRef::Id("two".to_owned()), two),
            (TenantRef::Id("none".to_owned()), Needs::default()),
        ];
        let facts = load(store, "one", &needs).await;
        let found: Vec<_> = facts.objects.iter().map(|(_, name, o)| (&**name, o.key.0)).collect();
        assert_eq!(found, [("b", 11), ("a", 10), ("b", 11)]);
        assert_eq!(facts.others.len(), 2);
        assert_eq!(facts.others[0].objects[0].2.key, RowKey(12));
        assert_eq!(keys(&facts.others[0].whole[0].1), [12]);
        assert_eq!(keys(&facts.others[0].whole[1].1), [14, 13]);
        assert!(facts.others[1].tenant.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_a_space_are_counted() {
    for place in places().await {
        let store = &place.store;
        for (key, id) in [(10, "a"), (11, "b")] {
            done(store, vec![create(registered(ONE, key, id, 900))]).await;
        }
        done(store, vec![create(client(ONE, 12, "c"))]).await;
        done(store, vec![create(registered(TWO, 13, "a", 900))]).await;
        let counted = async |of: &str, space| {
            let needs = Needs { count: Some(space), ..Needs::default() };
            load(store, of, &needs).await.count
        };
        assert_eq!(counted("one", Space::Registered).await, Some(2));
        assert_eq!(counted("one", Space::Caller).await, Some(3));
        assert_eq!(counted("one", Space::User).await, Some(0));
        assert_eq!(counted("two", Space::Registered).await, Some(1));
        assert_eq!(counted("none", Space::Registered).await, None);
        assert_eq!(load(store, "one", &Needs::default()).await.count, None);
        done(store, vec![delete(ONE, 10, 1)]).await;
        assert_eq!(counted("one", Space::Registered).await, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_the_bytes_of_the_names() {
    for place in places().await {
        let store = &place.store;
        for (key, id) in [(10, "b"), (11, "A"), (12, "é"), (13, "a-1"), (14, "a"), (15, "aa")] {
            done(store, vec![create(client(ONE, key, id))]).await;
        }
        let page = async |after: &str, limit| {
            keys(&store.page(ONE, Space::Caller, after, limit).await.unwrap())
        };
        assert_eq!(page("", 100).await, [11, 14, 13, 15, 10, 12]);
        assert_eq!(page("", 2).await, [11, 14]);
        assert_eq!(page("a", 2).await, [13, 15]);
        assert_eq!(page("a\0", 2).await, [13, 15]);
        assert_eq!(page("é", 2).await, [0_i64; 0]);
        assert_eq!(page("", 0).await, [0_i64; 0]);
        let tenants = store.page(RowKey::ROOT, Space::Tenant, "", 10).await.unwrap();
        assert_eq!(keys(&tenants), [1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_never_longer_than_the_limit_on_pages() {
    for place in places().await {
        let users = i64::from(PAGE_SIZE_MAX) + 5;
        let writes = (0..users).map(|n| create(user(ONE, 100 + n, &format!("u{n:06}"))));
        done(&place.store, writes.collect()).await;
        let page = place.store.page(ONE, Space::User, "", u32::MAX).await.unwrap();
        assert_eq!(page.len(), PAGE_SIZE_MAX as usize);
        assert_eq!(place.store.count().await.unwrap().objects as i64, users + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_takes_what_has_ended_oldest_first_and_nothing_else() {
    for place in places().await {
        let store = &place.store;
        for (key, expires_at) in [(30, 300), (31, 100), (32, 200), (33, 1000)] {
            done(store, vec![insert(ONE, token(key, expires_at)), once(ONE, key as u8, 1000)])
                .await;
        }
        done(
            store,
            vec![insert_family(TWO, family(20, 150)), insert_family(ONE, family(21, 1000))],
        )
        .await;
        let swept = store.sweep(Time(100), 10).await.unwrap();
        assert_eq!(swept, Swept { oldest_expiry: Some(Time(100)), ..Swept::default() });
        let swept = store.sweep(Time(1000), 2).await.unwrap();
        let oldest_expiry = Some(Time(300));
        let expected = Swept { tokens: 2, families: 1, oldest_expiry, ..Swept::default() };
        assert_eq!(swept, expected);
        let swept = store.sweep(Time(1000), 2).await.unwrap();
        assert_eq!((swept.tokens, swept.oldest_expiry), (1, Some(Time(1000))));
        let rows = store.count().await.unwrap();
        assert_eq!((rows.tokens, rows.families, rows.once, rows.objects), (1, 1, 4, 2));
        assert!(load(store, "one", &needs_token(33)).await.token.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tenant_leaves_nothing_behind() {
    for place in places().await {
        let store = &place.store;
        for key in 10..15 {
            done(store, vec![create(resource_server(ONE, key, &format!("r{key}"), &["a"]))]).await;
        }
        done(store, vec![create(client(TWO, 20, "c"))]).await;
        assert_eq!(store.sweep(Time(0), 10).await.unwrap().orphans, 0);
        done(store, vec![delete(RowKey::ROOT, 1, 1)]).await;
        assert!(load(store, "one", &Needs::default()).await.tenant.is_none());
        for expected in [3, 2, 0] {
            assert_eq!(store.sweep(Time(0), 3).await.unwrap().orphans, expected);
        }
        assert_eq!(store.count().await.unwrap().objects, 2);
        assert_eq!(named(store, "two", Space::Caller, "c").await.len(), 1);
        // Names went with their objects: a tenant with the same key starts empty.
        done(store, vec![create(tenant(ONE, "one"))]).await;
        assert!(named(store, "one", Space::Audience, "a").await.is_empty());
        assert!(store.page(ONE, Space::Caller, "", 10).await.unwrap().is_empty());
    }
}

/// Two objects always change together; no look sees one of them changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_one_consistent_look() {
    for place in places().await {
        let store = Arc::clone(&place.store);
        let (mut a, mut b) = (client(ONE, 10, "a"), client(ONE, 11, "b"));
        let first = Token { client: Some(RowKey(11)), ..token(30, 900) };
        done(&store, vec![create(Arc::clone(&a)), create(Arc::clone(&b)), insert(ONE, first)])
            .await;
        let reader = {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let needs = needs_token(30).object(Space::Caller, "a").object(Space::Caller, "b");
                let (mut looks, mut versions) = (0_u32, std::collections::BTreeSet::new());
                loop {
                    let facts = load(&store, "one", &needs).await;
                    let (a, b) = (facts.objects[0].2.version, facts.objects[1].2.version);
                    assert_eq!(a, b);
                    assert_eq!(facts.token.unwrap().client.unwrap().version, b);
                    looks += 1;
                    versions.insert(a);
                    if a == 150 {
                        return (looks, versions.len());
                    }
                    tokio::task::yield_now().await;
                }
            })
        };
        while a.version < 150 {
            (a, b) = (next(&a), next(&b));
            done(&store, vec![replace(Arc::clone(&a)), replace(Arc::clone(&b))]).await;
        }
        let (looks, versions) =
            tokio::time::timeout(Duration::from_secs(30), reader).await.unwrap().unwrap();
        println!("{}: {looks} looks saw {versions} versions", place.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_295_the_same_names_in_two_tenants_are_two_things() {
    for place in places().await {
        let store = &place.store;
        for (tenant, key) in [(ONE, 10), (TWO, 20)] {
            let mut writes =
                vec![create(client(tenant, key, "c")), create(user(tenant, key + 1, "u"))];
            writes.extend([create(resource_server(tenant, key + 2, "rs", &["https://a"]))]);
            writes
                .extend([insert(tenant, token(key + 20, 900)), locate(tenant, 7, None, key + 20)]);
            writes.extend([once(tenant, 5, 900), insert_ticket(tenant, ticket(key + 30, Some(3)))]);
            done(store, writes).await;
        }
        let mut needs = Needs::default().object(Space::Caller, "c").object(Space::User, "u");
        needs.token = Some(TokenRef::Digest([7; 32]));
        needs.tickets = vec![TicketRef::Alias([3; 32])];
        for (of, key) in [("one", 10), ("two", 20)] {
            let facts = load(store, of, &needs).await;
            let found: Vec<i64> = facts.objects.iter().map(|(_, _, object)| object.key.0).collect();
            assert_eq!(found, [key, key + 1], "{of}");
            assert_eq!(facts.token.unwrap().token.key.0, key + 20, "{of}");
            assert_eq!(facts.tickets[0].1.as_ref().unwrap().key.0, key + 30, "{of}");
        }
        // What one uses up or deletes is there for the other.
        conflict(store, vec![once(ONE, 5, 900)]).await;
        done(store, vec![once(ONE, 6, 900), once(TWO, 6, 900), delete(ONE, 10, 1)]).await;
        assert!(named(store, "one", Space::Caller, "c").await.is_empty());
        assert_eq!(keys(&named(store, "two", Space::Caller, "c").await), [20]);
    }
}
