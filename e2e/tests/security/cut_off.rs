//! "Nothing issued until now counts any more", said at four levels in every order (SEC-135).
//!
//! The check's expectation comes from a model: a token is good if it is younger than every cut-off
//! that concerns it, and its family was not revoked.

use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::setup::Setup;

use crate::callers::permutations;
use crate::world::{Minted, Party, Tenant, World, introspection, on_each_store_alone, verdict};

const LEVELS: [&str; 4] = ["tenant", "client", "user", "grant"];
const CLIENTS: [&str; 2] = ["client-0", "client-1"];
const USERS: [&str; 2] = ["user-0", "user-1"];

struct Issued {
    minted: Minted,
    client: usize,
    user: usize,
    /// How many cut-offs there were before.
    stage: usize,
    revoked: bool,
}

struct Scene {
    tenant: Tenant,
    auditor: Party,
    order: [usize; 4],
    issued: Vec<Issued>,
}

impl Scene {
    fn play(world: &World, order: [usize; 4]) -> Self {
        let tenant = world.tenant("cut", json!({}));
        let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
        for (which, id) in CLIENTS.iter().enumerate() {
            let format = if which == 0 { "opaque" } else { "jwt" };
            let grants = json!(["client_credentials"]);
            let declaration = json!({"grant_types": grants, "access_token_format": format});
            world.client(&tenant, id, declaration);
        }
        USERS.iter().for_each(|name| world.user(&tenant, name));
        let mut scene = Self { tenant, auditor, order, issued: Vec::new() };
        for (stage, level) in order.into_iter().enumerate() {
            scene.issue(world, stage);
            scene.check(world, stage);
            scene.cut_off(world, LEVELS[level]);
            scene.check(world, stage + 1);
        }
        scene.issue(world, order.len());
        scene
    }

    fn issue(&mut self, world: &World, stage: usize) {
        for (client, user) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let order =
                json!({"client_id": CLIENTS[client], "username": USERS[user], "refresh": true});
            let minted = world.mint(&self.tenant, &order);
            self.issued.push(Issued { minted, client, user, stage, revoked: false });
        }
    }

    /// Of the first client, the first user, and of their latest common token.
    fn cut_off(&mut self, world: &World, level: &str) {
        let all = json!({"revoke_tokens": true});
        let path = match level {
            "tenant" => self.tenant.admin(""),
            "client" => self.tenant.admin_client(CLIENTS[0]),
            "user" => self.tenant.admin_user(USERS[0]),
            _ => {
                let of = |issued: &&mut Issued| (issued.client, issued.user) == (0, 0);
                let latest = self.issued.iter_mut().rfind(of).expect("a token");
                latest.revoked = true;
                let order = json!({"token": latest.minted.refresh()});
                let reply = world.change("POST", &self.tenant.admin("/tokens/revoke"), &order);
                // It may be dead already, by a wider cut-off.
                assert!(reply["revoked"].is_boolean(), "{reply}");
                return;
            }
        };
        // What is issued and cut off within one millisecond has no order; keep a distance.
        std::thread::sleep(Duration::from_millis(3));
        world.change("PATCH", &path, &all);
        std::thread::sleep(Duration::from_millis(3));
    }

    /// After so many cut-offs.
    fn is_good(&self, issued: &Issued, stages: usize) -> bool {
        let happened = self.order.iter().enumerate().take(stages);
        let later = happened.filter(|(stage, _)| *stage >= issued.stage);
        let mut cut_off = later.map(|(_, &level)| match LEVELS[level] {
            "tenant" => true,
            "client" => issued.client == 0,
            "user" => issued.user == 0,
            _ => issued.revoked,
        });
        !cut_off.any(|cut_off| cut_off)
    }

    /// Over one connection. Every token is asked about before and after each cut-off: whatever is
    /// kept of it was kept before the cut-off.
    fn check(&self, world: &World, stages: usize) {
        let levels: Vec<&str> = self.order.iter().map(|&level| LEVELS[level]).collect();
        let mut connection = world.connect();
        for issued in &self.issued {
            for token in [&*issued.minted.access, issued.minted.refresh()] {
                let request = introspection(&self.tenant, &self.auditor, token);
                let active = verdict(&connection.exchange(&request).expect("an answer"));
                let (client, user, stage) = (issued.client, issued.user, issued.stage);
                let what = format!("{levels:?}, client {client}, user {user}, stage {stage}");
                assert_eq!(active, self.is_good(issued, stages), "{what}, after {stages}");
            }
        }
    }

    fn check_all(&self, world: &World) {
        self.check(world, self.order.len());
        for issued in &self.issued {
            for token in [&*issued.minted.access, issued.minted.refresh()] {
                let is_good = world.reason(&self.tenant, None, token) == Value::Null;
                assert_eq!(is_good, self.is_good(issued, self.order.len()));
            }
        }
    }
}

#[test]
fn sec_135_the_most_restrictive_cut_off_wins_in_every_order() {
    on_each_store_alone(|setup: Setup| {
        let mut world = World::start(&setup);
        let orders = permutations();
        assert_eq!(orders.len(), 24);
        let scenes: Vec<Scene> =
            orders.into_iter().map(|order| Scene::play(&world, order)).collect();
        scenes.iter().for_each(|scene| scene.check_all(&world));
        world.server.restart();
        scenes.iter().for_each(|scene| scene.check_all(&world));
    });
}
