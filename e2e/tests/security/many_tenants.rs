//! Ten thousand tenants start and list in about the time of one: they are rows, not processes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::setup::Setup;

use crate::world::{Tenant, World, on_each_store_alone};

const TENANTS: usize = 10_000;
const PAGE: usize = 1_000;
const MARGIN: Duration = Duration::from_secs(1);

/// How long a restart takes until it is ready, and how long the first page.
fn start_and_list(world: &mut World) -> [Duration; 2] {
    let began = Instant::now();
    world.server.restart();
    let started = began.elapsed();
    let began = Instant::now();
    let page = page(world, "");
    assert!(!page["items"].as_array().expect("items").is_empty());
    [started, began.elapsed()]
}

fn page(world: &World, after: &str) -> Value {
    let after = if after.is_empty() { String::new() } else { format!("&after={after}") };
    let answer = world.admin("GET", &format!("/tenants?limit={PAGE}{after}"), None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn count(world: &World) -> usize {
    let (mut count, mut after) = (0, String::new());
    loop {
        let page = page(world, &after);
        count += page["items"].as_array().expect("items").len();
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return count,
        }
    }
}

#[test]
fn ten_thousand_tenants_start_and_list_like_one() {
    on_each_store_alone(|setup: Setup| {
        let mut world = World::start(&setup);
        let one = start_and_list(&mut world);
        let few = count(&world);
        let tenants: Vec<Value> = (0..TENANTS).map(|n| json!({"id": format!("t{n:05}")})).collect();
        let applied = world.change("POST", "/apply", &json!({"world": {"tenant": tenants}}));
        assert_eq!(applied["changes"].as_array().expect("changes").len(), TENANTS);
        let many = start_and_list(&mut world);
        for (what, (one, many)) in ["start", "list"].iter().zip(one.into_iter().zip(many)) {
            assert!(many <= one * 2 + MARGIN, "{what}: {many:?} with many, {one:?} with one");
        }
        assert_eq!(count(&world), few + TENANTS);
        // The last is as good as the first.
        for id in ["t00000", "t09999"] {
            let tenant = Tenant::of(&world.server, id);
            let declaration = json!({"grant_types": ["client_credentials"]});
            let client = world.client(&tenant, "svc", declaration);
            let token = world.token(&tenant, &client, &[]);
            assert!(world.is_active(&tenant, &client, &token));
        }
    });
}
