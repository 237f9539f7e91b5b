//! Users as callers by HTTP Basic: who may ask, what it costs, and what neither answer nor time tells
//! (SEC-054, SEC-055, SEC-190).

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::Store;
use vidimus_e2e::vitals::processor_time;

use crate::statistics::assert_same_time;
use crate::world::{
    Party, Tenant, World, on_each_store, on_each_store_alone, quiet_machine, shared,
};

const PASSWORD: &str = "a password: with colons, \u{fc}mlauts and spaces";
const ALICE: &str = "alice@mail.example";
const SAMPLES: usize = 40;
/// Each costs an argon2id, so time itself is measured in `soak` only.
const SAMPLES_LONG: usize = 1_000;

struct Scene {
    tenant: Tenant,
    svc: Party,
    token: String,
}

fn user(world: &World, tenant: &Tenant, name: &str, roles: &Value) {
    let body = json!({"username": name, "password": PASSWORD, "roles": roles});
    world.change("POST", &tenant.admin("/users"), &body);
}

fn scene(world: &World) -> Scene {
    scene_of(world, json!({"allow_password_grant": true}))
}

fn scene_of(world: &World, policy: Value) -> Scene {
    let tenant = world.tenant("users", json!({"policy": policy}));
    let grants = json!(["client_credentials", "password"]);
    let svc = world.client(&tenant, "svc", json!({"grant_types": grants}));
    user(world, &tenant, ALICE, &json!(["introspect"]));
    let token = world.token(&tenant, &svc, &[]);
    Scene { tenant, svc, token }
}

fn introspection(tenant: &Tenant, name: &str, password: &str, token: &str) -> Request {
    // As they are, in UTF-8 (RFC 7617 §2.1).
    let credentials = STANDARD.encode(format!("{name}:{password}"));
    Request::post(&tenant.at("/oauth2/introspect"))
        .header("Authorization", &format!("Basic {credentials}"))
        .form(&[("token", token)])
}

fn ask(world: &World, scene: &Scene, name: &str, password: &str) -> Response {
    world.exchange(&introspection(&scene.tenant, name, password, &scene.token))
}

#[test]
fn sec_125_a_user_needs_the_role_and_must_stand() {
    on_each_store(|world| {
        let scene = scene(world);
        for (name, roles) in [("plain", json!([])), ("other", json!(["admin", "Introspect"]))] {
            user(world, &scene.tenant, name, &roles);
            assert_eq!(ask(world, &scene, name, PASSWORD).status, 403, "{name}");
            // The role is nothing that a wrong password tells.
            assert_eq!(ask(world, &scene, name, "wrong").status, 401, "{name}");
        }
        let answer = ask(world, &scene, ALICE, PASSWORD);
        assert_eq!((answer.status, &answer.json()["active"]), (200, &json!(true)));
        let alice = scene.tenant.admin_user(ALICE);
        let patch = |patch: Value| drop(world.change("PATCH", &alice, &patch));
        for state in ["disabled", "locked"] {
            patch(json!({state: true}));
            assert_eq!(ask(world, &scene, ALICE, PASSWORD).status, 401, "{state}");
            patch(json!({state: false}));
            assert_eq!(ask(world, &scene, ALICE, PASSWORD).status, 200, "{state} no longer");
        }
        patch(json!({"roles": []}));
        assert_ne!(ask(world, &scene, ALICE, PASSWORD).status, 200, "without the role");
        patch(json!({"roles": ["introspect"]}));
        // Remembered passwords are forgotten with the password.
        patch(json!({"password": "another one"}));
        assert_eq!(ask(world, &scene, ALICE, PASSWORD).status, 401);
        assert_eq!(ask(world, &scene, ALICE, "another one").status, 200);
        world.delete(&alice);
        assert_eq!(ask(world, &scene, ALICE, "another one").status, 401);
    });
}

/// A user is a caller for introspection, and for nothing else that wants a client.
#[test]
fn sec_125_a_user_is_no_client() {
    on_each_store(|world| {
        let scene = scene(world);
        let credentials = STANDARD.encode(format!("{ALICE}:{PASSWORD}"));
        for (path, form) in [
            ("/oauth2/token", vec![("grant_type", "client_credentials")]),
            ("/oauth2/revoke", vec![("token", scene.token.as_str())]),
            ("/oauth2/device_authorization", vec![]),
            ("/services/oauth2/token", vec![("grant_type", "client_credentials")]),
            ("/csp/gateway/am/api/auth/token", vec![("grant_type", "client_credentials")]),
            ("/csp/gateway/am/api/auth/revoke", vec![("token", scene.token.as_str())]),
        ] {
            let request = Request::post(&scene.tenant.at(path)).form(&form);
            let answer =
                world.exchange(&request.header("Authorization", &format!("Basic {credentials}")));
            assert!(matches!(answer.status, 400 | 401), "{path}: {}", answer.text());
        }
        assert_eq!(ask(world, &scene, ALICE, PASSWORD).json()["active"], json!(true));
        // A client's id comes first: a user of the same name is never asked.
        user(world, &scene.tenant, "svc", &json!(["introspect"]));
        assert_eq!(ask(world, &scene, "svc", PASSWORD).status, 401);
        assert_eq!(ask(world, &scene, "svc", &scene.svc.secret).status, 200);
    });
}

/// The first call of a password costs an argon2id, the following ones nothing like it.
#[test]
fn sec_235_a_password_is_hashed_once_and_not_at_every_call() {
    on_each_store_alone(|setup| {
        let mut world = World::start(&setup);
        let scene = scene(&world);
        // Whoever has just set a password is known to have it.
        world.server.restart();
        let mut connection = world.connect();
        let mut cost = |password: &str, expected: u16| {
            let request = introspection(&scene.tenant, ALICE, password, &scene.token);
            let before = processor_time(world.server.pid());
            let start = Instant::now();
            let answer = connection.exchange(&request).expect("an answer");
            assert_eq!(answer.status, expected, "{}", answer.text());
            (processor_time(world.server.pid()) - before, start.elapsed())
        };
        let first = cost(PASSWORD, 200);
        let mut again: Vec<_> = (0..50).map(|_| cost(PASSWORD, 200)).collect();
        again.sort_unstable();
        let median = again[25];
        eprintln!("a password: {first:?} at first, {median:?} again (processor time, time)");
        assert!(median.1 * 10 <= first.1, "{first:?} at first, {median:?} again");
        assert!(median.0 * 10 <= first.0, "{first:?} at first, {median:?} again");
    });
}

/// A request in which somebody of that name is wrong: a caller, or a user behind a path's password
/// grant.
fn attempts(world: &World, path: Option<&'static str>) -> impl Fn(&str, usize) -> Request {
    // What one costs is asked more often than anybody may guess.
    let policy = json!({"allow_password_grant": true, "allow_unlimited_guesses": true});
    let scene = scene_of(world, policy);
    for name in ["known", "disabled"] {
        user(world, &scene.tenant, name, &json!(["introspect"]));
    }
    let disabled = scene.tenant.admin_user("disabled");
    world.change("PATCH", &disabled, &json!({"disabled": true}));
    world.user(&scene.tenant, "without-password");
    move |name, number| {
        let password = format!("a-wrong-password-of-usual-length-{number:08}");
        let Some(path) = path else { return introspection(&scene.tenant, name, &password, "x") };
        let form = [("grant_type", "password"), ("username", name), ("password", &password)];
        Request::post(&scene.tenant.at(path)).basic(&scene.svc.id, &scene.svc.secret).form(&form)
    }
}

const PAIRS: [(&str, &str); 5] = [
    ("nobody", "known"),
    (ALICE, "nobody@mail.example"),
    ("svc", "known"),
    ("nobody", "disabled"),
    ("without-password", "known"),
];

/// What the server computes for each of the two, which a busy machine does not change.
fn assert_same_cost(path: Option<&'static str>) {
    let world = shared(&Store::Sqlite);
    let attempt = attempts(world, path);
    let mut connection = world.connect();
    for (pair, (one, other)) in PAIRS.into_iter().enumerate() {
        let mut spent = [Duration::ZERO; 2];
        for sample in 0..SAMPLES {
            for (class, name) in [one, other].into_iter().enumerate() {
                let request = attempt(name, pair * SAMPLES + sample);
                let before = processor_time(world.server.pid());
                let answer = connection.exchange(&request).expect("an answer");
                assert!(matches!(answer.status, 400 | 401), "{}", answer.text());
                spent[class] += processor_time(world.server.pid()).saturating_sub(before);
            }
        }
        let ratio = spent[0].as_secs_f64() / spent[1].as_secs_f64();
        assert!((0.8..1.25).contains(&ratio), "{one}, {other}: {spent:?}");
    }
}

#[test]
fn sec_055_unknown_user_wrong_password_and_unknown_client_cost_the_same() {
    let _quiet = quiet_machine();
    assert_same_cost(None);
}

#[test]
fn sec_190_the_password_grant_costs_the_same_whoever_is_named() {
    let _quiet = quiet_machine();
    assert_same_cost(Some("/oauth2/token"));
}

#[test]
#[ignore = "soak"]
fn sec_190_every_pair_takes_the_same_time() {
    let _quiet = quiet_machine();
    let world = shared(&Store::Sqlite);
    for path in [None, Some("/oauth2/token"), Some("/services/oauth2/token")] {
        let attempt = attempts(world, path);
        for (one, other) in PAIRS {
            assert_same_time(
                || world.connect(),
                SAMPLES_LONG,
                |number| attempt(one, number),
                |number| attempt(other, number),
            );
        }
    }
}
