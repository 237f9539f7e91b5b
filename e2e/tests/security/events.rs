//! Everything that ends a token ends it in the first introspection that begins after the answer
//! (SEC-136): opaque and JWT, here at once, on another node within a second.
//!
//! What users do themselves, sign out and take back what they allowed, is in `hot.rs` too.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{Minted, Party, Tenant, World, on_each_store, on_two_nodes};

pub const EVENTS: [&str; 17] = [
    "access token revoked",
    "refresh token revoked",
    "revoked by an administrator",
    "family revoked by an administrator",
    "user locked",
    "user disabled",
    "user deleted",
    "user's tokens revoked",
    "password changed",
    "client disabled",
    "client deleted",
    "client's tokens revoked",
    "tenant disabled",
    "tenant deleted",
    "tenant's tokens revoked",
    "client's secret and tokens replaced",
    "key compromised",
];

/// Seconds that another node may take.
const ELSEWHERE: Duration = Duration::from_secs(1);

pub struct Scene {
    pub tenant: Tenant,
    client: Party,
    pub auditor: Party,
    pub minted: Minted,
}

pub fn scene(world: &World, format: &str) -> Scene {
    let tenant = world.tenant("event", json!({}));
    let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
    let declaration = json!({"grant_types": ["client_credentials"], "access_token_format": format});
    let client = world.client(&tenant, "web", declaration);
    world.user(&tenant, "alice");
    let order = json!({"client_id": "web", "username": "alice", "refresh": true});
    let minted = world.mint(&tenant, &order);
    Scene { tenant, client, auditor, minted }
}

pub fn happens(world: &World, scene: &Scene, event: &str) {
    let Scene { tenant, client, minted, .. } = scene;
    let (user, web) = (tenant.admin_user("alice"), tenant.admin_client("web"));
    let patch = |path: &str, patch| drop(world.change("PATCH", path, &patch));
    let post = |path: &str, body| drop(world.change("POST", &tenant.admin(path), &body));
    let revoke = |token: &str| {
        assert_eq!(world.revoke(tenant, client, token).status, 200);
    };
    match event {
        "access token revoked" => revoke(&minted.access),
        "refresh token revoked" => revoke(minted.refresh()),
        "revoked by an administrator" => post("/tokens/revoke", json!({"token": minted.access})),
        "family revoked by an administrator" => {
            post("/tokens/revoke", json!({"token": minted.refresh()}));
        }
        "user locked" => patch(&user, json!({"locked": true})),
        "user disabled" => patch(&user, json!({"disabled": true})),
        "user deleted" => world.delete(&user),
        "user's tokens revoked" => patch(&user, json!({"revoke_tokens": true})),
        "password changed" => patch(&user, json!({"password": "another-password-of-alice"})),
        "client disabled" => patch(&web, json!({"disabled": true})),
        "client deleted" => world.delete(&web),
        "client's tokens revoked" => patch(&web, json!({"revoke_tokens": true})),
        "tenant disabled" => patch(&tenant.admin(""), json!({"disabled": true})),
        "tenant deleted" => world.delete(&tenant.admin("")),
        "tenant's tokens revoked" => patch(&tenant.admin(""), json!({"revoke_tokens": true})),
        "client's secret and tokens replaced" => {
            patch(&web, json!({"client_secret": "another-secret-of-web", "revoke_tokens": true}));
        }
        "key compromised" => post("/keys/rotate", json!({"compromised": true})),
        other => panic!("no such event: {other}"),
    }
}

/// Whether the server says that it is active: by introspection, or no, for there is nobody to ask.
fn is_active(world: &World, scene: &Scene, token: &str) -> bool {
    let answer = world.introspect(&scene.tenant, &scene.auditor, token);
    match answer.status {
        200 => answer.json()["active"] == json!(true),
        // The tenant is off, or gone.
        401 | 404 => false,
        status => panic!("{status}: {}", answer.text()),
    }
}

/// Which of the two tokens the event ends.
pub fn ends(event: &str, format: &str) -> (bool, bool) {
    match event {
        // RFC 7009 §2.1: the refresh token may stay.
        "access token revoked" | "revoked by an administrator" => (true, false),
        "key compromised" => (format == "jwt", false),
        _ => (true, true),
    }
}

fn assert_ends(world: &World, other: Option<&World>) {
    for format in ["opaque", "jwt"] {
        for event in EVENTS {
            let what = format!("{event}, {format}");
            let scene = scene(world, format);
            let tokens = [&*scene.minted.access, scene.minted.refresh()];
            for node in [Some(world), other].into_iter().flatten() {
                assert!(tokens.iter().all(|token| is_active(node, &scene, token)), "before {what}");
            }
            std::thread::sleep(Duration::from_millis(3));
            happens(world, &scene, event);
            let (access_ends, refresh_ends) = ends(event, format);
            for (token, ended) in tokens.into_iter().zip([access_ends, refresh_ends]) {
                assert_eq!(is_active(world, &scene, token), !ended, "{what}: {}", &token[..4]);
                let Some(other) = other else { continue };
                let deadline = Instant::now() + ELSEWHERE;
                while is_active(other, &scene, token) == ended {
                    assert!(Instant::now() < deadline, "{what}: on another node");
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }
}

#[test]
fn sec_136_every_event_at_once() {
    on_each_store(|world| assert_ends(world, None));
}

#[test]
fn sec_136_every_event_on_another_node_within_a_second() {
    on_two_nodes(|nodes| assert_ends(nodes[0], Some(nodes[1])));
}

#[test]
fn sec_136_a_password_that_did_not_change_ends_nothing() {
    on_each_store(|world| {
        let scene = scene(world, "opaque");
        let user = scene.tenant.admin_user("alice");
        world.change("PATCH", &user, &json!({"password": "the-first-password-of-alice"}));
        std::thread::sleep(Duration::from_millis(3));
        let order = json!({"client_id": "web", "username": "alice"});
        let token = world.mint(&scene.tenant, &order).access;
        assert!(!is_active(world, &scene, &scene.minted.access));
        world.change("PATCH", &user, &json!({"email": "alice@other.example"}));
        assert!(is_active(world, &scene, &token), "another address");
        world.change("PATCH", &user, &json!({"password": "the-first-password-of-alice"}));
        assert!(is_active(world, &scene, &token), "the same password");
    });
}
