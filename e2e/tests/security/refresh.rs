//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2): rotated, single-use, bounded (SEC-110…SEC-120).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::Store;

use crate::race::{AT_ONCE, fifty, together};
use crate::world::{
    Minted, Party, Tenant, World, on_each_store, on_each_store_alone, on_two_nodes, refusal,
    shared, shared_machine,
};

const RS: &str = "https://orders.example";
const ROUNDS: usize = 4;
const ROUNDS_LONG: usize = 1_000;

struct Scene {
    tenant: Tenant,
    /// Public.
    native: Party,
    web: Party,
    other: Party,
    auditor: Party,
}

fn scene(world: &World, policy: Value) -> Scene {
    let tenant = world.tenant("refresh", json!({"policy": policy}));
    let client = |id: &str, method: &str| {
        let declaration = json!({
            "grant_types": ["authorization_code", "refresh_token"], "scope": "read write",
            "token_endpoint_auth_method": method, "redirect_uris": ["https://app.example/cb"],
        });
        world.client(&tenant, id, declaration)
    };
    let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
    world.resource_server(&tenant, "orders", json!({"audiences": [RS]}));
    world.user(&tenant, "alice");
    let (native, web) = (client("native", "none"), client("web", "client_secret_basic"));
    let other = client("other", "client_secret_basic");
    Scene { native, web, other, auditor, tenant }
}

impl Scene {
    fn mint(&self, world: &World, client: &Party) -> Minted {
        let order = json!({
            "client_id": client.id, "username": "alice", "resource": [RS], "refresh": true,
        });
        world.mint(&self.tenant, &order)
    }

    fn is_active(&self, world: &World, token: &str) -> bool {
        world.is_active(&self.tenant, &self.auditor, token)
    }

    fn assert_all_dead(&self, world: &World, tokens: &[String]) {
        for (which, token) in tokens.iter().enumerate() {
            assert!(!self.is_active(world, token), "token {which} of {}", tokens.len());
        }
    }
}

fn request(tenant: &Tenant, client: &Party, token: &str, more: &[(&str, &str)]) -> Request {
    let form = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
    let request = Request::post(&tenant.at("/oauth2/token"));
    match client.secret.as_str() {
        "" => request.form(&[&form[..], &[("client_id", &client.id)]].concat()),
        secret => request.basic(&client.id, secret).form(&form),
    }
}

/// Access and refresh token of a reply.
fn pair_of(answer: &Response) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.member("access_token"), answer.member("refresh_token"))
}

fn assert_refused(answer: &Response, what: &str) {
    assert_eq!(refusal(answer), (400, "invalid_grant".to_owned()), "{what}");
}

#[test]
fn sec_110_rotated_each_time_and_reuse_ends_the_family() {
    on_each_store(|world| {
        let scene = scene(world, json!({}));
        for client in [&scene.native, &scene.web] {
            let minted = scene.mint(world, client);
            let mut seen = vec![minted.refresh().to_owned()];
            let mut all = vec![minted.access.clone(), seen[0].clone()];
            for _ in 0..5 {
                let last = seen.last().expect("one");
                let asked = request(&scene.tenant, client, last, &[]);
                let (access, refresh) = pair_of(&world.exchange(&asked));
                assert!(!seen.contains(&refresh), "{}: the same again", client.id);
                all.extend([access, refresh.clone()]);
                seen.push(refresh);
            }
            assert!(scene.is_active(world, &seen[5]));
            assert!(scene.is_active(world, &minted.access));
            let old = request(&scene.tenant, client, &seen[2], &[]);
            let start = Instant::now();
            assert_refused(&world.exchange(&old), "the third again");
            scene.assert_all_dead(world, &all);
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
            let log = world.server.stderr();
            assert!(log.contains("a rotated refresh token came again"), "no event");
            // The successor is as dead as the rest.
            let last = request(&scene.tenant, client, &seen[5], &[]);
            assert_refused(&world.exchange(&last), "the leaf after a reuse");
        }
    });
}

/// Without a grace at most one of fifty is served; with one, all get the same successor.
fn race(nodes: &[&World], rounds: usize) {
    let strict = scene(nodes[0], json!({}));
    let graceful = scene(nodes[0], json!({"refresh_grace_seconds": 60}));
    for round in 0..rounds {
        for client in [&strict.native, &strict.web] {
            let minted = strict.mint(nodes[0], client);
            let answers = fifty(nodes, &request(&strict.tenant, client, minted.refresh(), &[]));
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert!(won.len() <= 1, "{} of {AT_ONCE} in round {round}", won.len());
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                assert_refused(answer, "a loser");
            }
            // Forty-nine reuses were among them.
            let mut all = vec![minted.access.clone(), minted.refresh().to_owned()];
            all.extend(won.iter().flat_map(|answer| <[_; 2]>::from(pair_of(answer))));
            for node in nodes {
                strict.assert_all_dead(node, &all);
            }
        }
        let minted = graceful.mint(nodes[0], &graceful.native);
        let asked = request(&graceful.tenant, &graceful.native, minted.refresh(), &[]);
        let successors: Vec<_> = fifty(nodes, &asked).iter().map(|a| pair_of(a).1).collect();
        let first = &successors[0];
        assert!(successors.iter().all(|next| next == first), "two leaves in round {round}");
        assert!(graceful.is_active(nodes[0], first));
        // Once the successor is used, the ancestor is a reuse, grace or not.
        let next = request(&graceful.tenant, &graceful.native, first, &[]);
        let (access, leaf) = pair_of(&nodes[0].exchange(&next));
        assert_refused(&nodes[0].exchange(&asked), "within the grace, after the successor's use");
        graceful.assert_all_dead(nodes[0], &[access, leaf]);
    }
}

#[test]
fn sec_111_fifty_at_once() {
    on_each_store(|world| race(&[world], ROUNDS));
}

#[test]
fn sec_111_fifty_at_once_on_two_nodes() {
    on_two_nodes(|nodes| race(nodes, ROUNDS));
}

#[test]
#[ignore = "soak"]
fn sec_111_fifty_at_once_a_thousand_times() {
    let _shared = shared_machine();
    race(&[shared(&Store::Sqlite)], ROUNDS_LONG);
    on_two_nodes(|nodes| race(nodes, ROUNDS_LONG));
}

#[test]
fn sec_112_a_killed_server_remembers_every_rotation() {
    on_each_store_alone(|setup| {
        let mut world = World::start(&setup);
        let scene = scene(&world, json!({}));
        let rotated: Vec<_> = [&scene.native, &scene.web]
            .into_iter()
            .map(|client| {
                let old = scene.mint(&world, client);
                let asked = request(&scene.tenant, client, old.refresh(), &[]);
                (client, old, pair_of(&world.exchange(&asked)))
            })
            .collect();
        world.server.restart();
        for (client, old, (access, refresh)) in rotated {
            assert!(scene.is_active(&world, &refresh), "{}", client.id);
            let again = request(&scene.tenant, client, old.refresh(), &[]);
            assert_refused(&world.exchange(&again), "after a kill");
            scene.assert_all_dead(&world, &[old.access, access, refresh]);
        }
    });
}

#[test]
fn sec_113_every_ancestor_of_a_hurried_chain_is_refused() {
    on_each_store(|world| {
        let scene = scene(world, json!({}));
        let minted = scene.mint(world, &scene.native);
        let mut chain = vec![minted.refresh().to_owned()];
        let mut connection = world.connect();
        let start = Instant::now();
        for _ in 0..99 {
            let last = chain.last().expect("one");
            let asked = request(&scene.tenant, &scene.native, last, &[]);
            chain.push(pair_of(&connection.exchange(&asked).expect("an answer")).1);
        }
        eprintln!("99 rotations in {:?}", start.elapsed());
        for (age, ancestor) in chain[..99].iter().enumerate() {
            let asked = request(&scene.tenant, &scene.native, ancestor, &[]);
            assert_refused(&world.exchange(&asked), &format!("ancestor {age}"));
        }
        scene.assert_all_dead(world, &chain);
        // The first refusal ended that family; in others it is each ancestor's own reuse.
        for age in 0..5 {
            let mut chain = vec![scene.mint(world, &scene.web).refresh().to_owned()];
            for step in 0..5 {
                let asked = request(&scene.tenant, &scene.web, &chain[step], &[]);
                chain.push(pair_of(&world.exchange(&asked)).1);
            }
            let asked = request(&scene.tenant, &scene.web, &chain[age], &[]);
            assert_refused(&world.exchange(&asked), &format!("ancestor {age} of five"));
            scene.assert_all_dead(world, &chain);
        }
    });
}

/// After both answers nothing of the family is active, whoever came first.
fn revoke_against_refresh(nodes: &[&World], rounds: usize) {
    let scene = scene(nodes[0], json!({}));
    let graceful = self::scene(nodes[0], json!({"refresh_grace_seconds": 60}));
    let mut refreshed = 0;
    for round in 0..rounds {
        for scene in [&scene, &graceful] {
            let minted = scene.mint(nodes[0], &scene.web);
            let refresh = request(&scene.tenant, &scene.web, minted.refresh(), &[]);
            let revoke = Request::post(&scene.tenant.at("/oauth2/revoke"))
                .basic(&scene.web.id, &scene.web.secret)
                .form(&[("token", minted.refresh())]);
            let (one, two) = (nodes[0], nodes[round % nodes.len()]);
            let answers = together(&[(one, refresh), (two, revoke)]);
            assert_eq!(answers[1].status, 200, "{}", answers[1].text());
            let mut all = vec![minted.access.clone(), minted.refresh().to_owned()];
            if answers[0].status == 200 {
                refreshed += 1;
                all.extend(<[_; 2]>::from(pair_of(&answers[0])));
            }
            for node in nodes {
                scene.assert_all_dead(node, &all);
            }
        }
    }
    eprintln!("{refreshed} of {} refreshed before the revocation", 2 * rounds);
}

#[test]
fn sec_114_a_revocation_wins_over_a_refresh() {
    on_each_store(|world| revoke_against_refresh(&[world], 40));
    on_two_nodes(|nodes| revoke_against_refresh(nodes, 20));
}

#[test]
#[ignore = "soak"]
fn sec_114_a_revocation_wins_a_thousand_times() {
    on_each_store(|world| revoke_against_refresh(&[world], ROUNDS_LONG));
    on_two_nodes(|nodes| revoke_against_refresh(nodes, ROUNDS_LONG));
}

#[test]
fn sec_115_nothing_grows_and_nobody_else_refreshes() {
    on_each_store(|world| {
        let scene = scene(world, json!({}));
        let elsewhere = self::scene(world, json!({}));
        world.resource_server(
            &scene.tenant,
            "more",
            json!({"audiences": ["https://more.example"]}),
        );
        let minted = scene.mint(world, &scene.web);
        let refresh = minted.refresh();
        let web = &scene.web;
        let refused = [
            (web, &scene.tenant, vec![("scope", "admin")], "invalid_scope"),
            (web, &scene.tenant, vec![("resource", "https://more.example")], "invalid_target"),
            (web, &scene.tenant, vec![("resource", "https://nobody.example")], "invalid_target"),
            (&scene.other, &scene.tenant, vec![], "invalid_grant"),
            (&scene.native, &scene.tenant, vec![], "invalid_grant"),
            (&elsewhere.web, &elsewhere.tenant, vec![], "invalid_grant"),
        ];
        for (client, tenant, more, error) in refused {
            let answer = world.exchange(&request(tenant, client, refresh, &more));
            assert_eq!(refusal(&answer), (400, error.to_owned()), "{} {more:?}", client.id);
        }
        // None of them used it up.
        let narrowed = request(&scene.tenant, web, refresh, &[("scope", "read")]);
        let answer = world.exchange(&narrowed);
        assert_eq!(answer.json()["scope"], "read", "{}", answer.text());
        // Narrowed for once: the authorization is as wide as it was.
        let wide = request(&scene.tenant, web, &pair_of(&answer).1, &[]);
        assert_eq!(world.exchange(&wide).json()["scope"], "read write");
    });
}

/// What happens between issue and refresh, and what the refresh then says; `None`: narrowed.
const CHANGES: [(&str, Option<&str>); 9] = [
    ("user disabled", Some("invalid_grant")),
    ("user locked", Some("invalid_grant")),
    ("user deleted", Some("invalid_grant")),
    ("password changed", Some("invalid_grant")),
    ("scope taken", None),
    ("all scopes taken", Some("invalid_scope")),
    ("audience gone", Some("invalid_target")),
    ("grant taken", Some("unauthorized_client")),
    ("client disabled", Some("invalid_client")),
];

fn happens(world: &World, tenant: &Tenant, change: &str) {
    let (alice, web) = (tenant.admin_user("alice"), tenant.admin_client("web"));
    let patch = |path: &str, patch: Value| drop(world.change("PATCH", path, &patch));
    match change {
        "user disabled" => patch(&alice, json!({"disabled": true})),
        "user locked" => patch(&alice, json!({"locked": true})),
        "user deleted" => world.delete(&alice),
        "password changed" => patch(&alice, json!({"password": "another one entirely"})),
        "scope taken" => patch(&web, json!({"scope": "read"})),
        "all scopes taken" => patch(&web, json!({"scope": "unrelated"})),
        "audience gone" => world.delete(&tenant.admin("/resource-servers/orders")),
        "grant taken" => patch(&web, json!({"grant_types": ["authorization_code"]})),
        "client disabled" => patch(&web, json!({"disabled": true})),
        other => panic!("{other}"),
    }
}

#[test]
fn sec_116_what_was_taken_meanwhile_is_gone() {
    on_each_store(|world| {
        for (change, error) in CHANGES {
            let scene = scene(world, json!({}));
            let minted = scene.mint(world, &scene.web);
            happens(world, &scene.tenant, change);
            let asked = request(&scene.tenant, &scene.web, minted.refresh(), &[]);
            let answer = world.exchange(&asked);
            match error {
                Some("invalid_client") => assert_eq!(refusal(&answer).0, 401, "{change}"),
                Some(error) => assert_eq!(refusal(&answer), (400, error.to_owned()), "{change}"),
                None => {
                    let (access, _) = pair_of(&answer);
                    assert_eq!(answer.json()["scope"], "read", "{change}");
                    let told = world.introspect(&scene.tenant, &scene.auditor, &access);
                    assert_eq!(told.json()["scope"], "read", "{change}");
                }
            }
        }
    });
}

#[test]
fn sec_117_idle_and_old_authorizations_end() {
    on_each_store_alone(|setup| {
        let world = World::dev(&setup);
        let policy = json!({
            "access_token_ttl_seconds": 10, "refresh_token_ttl_seconds": 100,
            "authorization_ttl_seconds": 250,
        });
        let scene = scene(&world, policy);
        let rotate =
            |token: &str| world.exchange(&request(&scene.tenant, &scene.native, token, &[]));
        let idle = scene.mint(&world, &scene.native);
        let mut used = scene.mint(&world, &scene.native).refresh().to_owned();
        for _ in 0..2 {
            world.advance(80);
            used = pair_of(&rotate(&used)).1;
        }
        // 160 s: the unused one is over since 60 s, the used one has 90 s left of its 250.
        assert_refused(&rotate(idle.refresh()), "idle for longer than its life");
        assert!(!scene.is_active(&world, idle.refresh()));
        world.advance(70);
        used = pair_of(&rotate(&used)).1;
        world.advance(30);
        assert!(!scene.is_active(&world, &used));
        assert_refused(&rotate(&used), "beyond the authorization's own end");
    });
}

/// Both limits are there though nobody asked for them.
#[test]
fn sec_117_limits_by_default() {
    on_each_store(|world| {
        let tenant = world.tenant("limits", json!({}));
        let shown = world.admin("GET", &format!("/tenants/{}", tenant.id), None).json();
        let policy = &shown["policy"];
        let seconds = |knob: &str| policy[knob].as_i64().unwrap_or_else(|| panic!("{shown}"));
        assert!((1..=90 * 86_400).contains(&seconds("refresh_token_ttl_seconds")));
        assert!((1..=366 * 86_400).contains(&seconds("authorization_ttl_seconds")));
    });
}

#[test]
fn sec_120_a_refresh_token_opens_nothing() {
    on_each_store(|world| {
        let scene = scene(world, json!({}));
        let minted = scene.mint(world, &scene.web);
        let at = |path: &str| scene.tenant.at(path);
        let metadata = json!({"redirect_uris": ["https://app.example/cb"]});
        let requests = [
            Request::get(&at("/oauth2/userinfo")),
            Request::get("/admin/v1/status"),
            Request::post(&at("/oauth2/introspect")).form(&[("token", "x")]),
            Request::post(&at("/oauth2/register")).json(&metadata),
            Request::get(&at("/oauth2/register/web")),
        ];
        for request in requests {
            let answer = world.exchange(&request.clone().bearer(minted.refresh()));
            assert_eq!(answer.status, 401, "{}: {}", request.target, answer.text());
        }
        assert!(scene.is_active(world, minted.refresh()), "it was used by none of them");
    });
}
