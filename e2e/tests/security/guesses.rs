//! Guesses at a user's password through every door that takes one: one counter, and no word of whether
//! a guess beyond it was right (SEC-191, SEC-192).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use vidimus_e2e::http::Request;

use crate::world::{Party, Tenant, World, on_each_store};

const PASSWORD: &str = "the one right password";
/// Of one account from one address.
const GUESSES_MAX: usize = 10;

struct Scene {
    tenant: Tenant,
    svc: Party,
    token: String,
}

fn scene(world: &World) -> Scene {
    let tenant = world.tenant("guessed", json!({"policy": {"allow_password_grant": true}}));
    let grants = json!({"grant_types": ["client_credentials", "password"]});
    let svc = world.client(&tenant, "svc", grants);
    for name in ["alice", "bob"] {
        let body = json!({"username": name, "password": PASSWORD, "roles": ["introspect"]});
        world.change("POST", &tenant.admin("/users"), &body);
    }
    let token = world.token(&tenant, &svc, &[]);
    Scene { tenant, svc, token }
}

/// Each way in which a password can be presented.
fn doors(scene: &Scene, name: &str, password: &str) -> Vec<Request> {
    let Scene { tenant, svc, token } = scene;
    let grant = [("grant_type", "password"), ("username", name), ("password", password)];
    let grant =
        |path: &str| Request::post(&tenant.at(path)).basic(&svc.id, &svc.secret).form(&grant);
    let credentials = STANDARD.encode(format!("{name}:{password}"));
    let ask = Request::post(&tenant.at("/oauth2/introspect"))
        .header("Authorization", &format!("Basic {credentials}"))
        .form(&[("token", token)]);
    vec![grant("/oauth2/token"), grant("/services/oauth2/token"), ask]
}

#[test]
fn sec_191_one_counter_behind_every_door_and_spelling() {
    on_each_store(|world| {
        let scene = scene(world);
        let at_home = format!("alice@{}", scene.tenant.id);
        let mut looked_at = 0;
        for round in 0..8 {
            for name in ["alice", "ALICE", "alice.", "Alice ", &at_home] {
                for door in 0..3 {
                    // Never the same one twice: that would be no further guess.
                    let request =
                        &doors(&scene, name, &format!("wrong {round} {door} {name}"))[door];
                    let answer = world.exchange(request);
                    if answer.status == 429 {
                        let wait = answer.header("retry-after").expect("says when");
                        assert!((1..=1800).contains(&wait.parse::<u32>().unwrap()), "{wait}");
                    } else {
                        assert!(matches!(answer.status, 400 | 401), "{door} {}", answer.text());
                        looked_at += 1;
                    }
                }
            }
        }
        assert_eq!(looked_at, GUESSES_MAX);
        for request in doors(&scene, "alice", PASSWORD) {
            assert_eq!(world.exchange(&request).status, 429, "right, and not told so");
        }
        // Neither what exists nor who else is there makes a difference.
        for request in doors(&scene, "bob", PASSWORD) {
            assert_eq!(world.exchange(&request).status, 200);
        }
    });
}

#[test]
fn sec_190_a_limit_does_not_tell_who_exists() {
    on_each_store(|world| {
        let scene = scene(world);
        for name in ["alice", "nobody"] {
            let mut statuses = Vec::new();
            for n in 0..15 {
                let request = &doors(&scene, name, &format!("wrong {n}"))[0];
                statuses.push(world.exchange(request).status);
            }
            let expected: Vec<u16> =
                (0..15).map(|n| if n < GUESSES_MAX { 400 } else { 429 }).collect();
            assert_eq!(statuses, expected, "{name}");
        }
    });
}
