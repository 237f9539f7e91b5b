//! `exp` and `nbf` are exact, with no leeway either way (SEC-134), however often a token was asked
//! about before. Runs on the machine's own clock, and on one that is moved.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::pair::{Pair, RS1};
use crate::world::{World, introspection, on_each_store, on_each_store_alone, verdict};

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

/// That ask about the same token.
const CONNECTIONS: usize = 4;

/// Asks from before the moment until after it: a request that ended before it must see one verdict,
/// one that began after it the other.
fn assert_turns_at(world: &World, pair: &Pair, token: &str, moment: i64, before: bool) {
    let moment = i32::try_from(moment).map(f64::from).expect("before 2038");
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| ask_around(world, pair, token, moment, before));
        }
    });
}

fn ask_around(world: &World, pair: &Pair, token: &str, moment: f64, before: bool) {
    let (mut asked_before, mut asked_after) = (0, 0);
    let mut connection = world.connect();
    while asked_after < 20 {
        let began = now();
        let request = introspection(&pair.a, &pair.rs1, token);
        let active = verdict(&connection.exchange(&request).expect("an answer"));
        let ended = now();
        if ended < moment {
            assert_eq!(active, before, "{} s before", moment - ended);
            asked_before += 1;
        } else if began >= moment {
            assert_eq!(active, !before, "{} s after", began - moment);
            asked_after += 1;
        }
        // Densely around the moment, seldom far from it.
        let distance = (moment - now()).abs();
        std::thread::sleep(Duration::from_secs_f64((distance / 20.0).clamp(0.001, 0.1)));
    }
    assert!(asked_before >= 10, "only {asked_before} requests before the moment");
}

fn mint(world: &World, pair: &Pair, client: &str, more: Value) -> String {
    let mut order = json!({"client_id": client, "resource": [RS1], "ttl_seconds": 3});
    for (key, value) in more.as_object().expect("an object") {
        order[key] = value.clone();
    }
    world.mint(&pair.a, &order).access
}

#[test]
fn sec_134_active_until_exp_and_not_a_moment_longer() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        for client in ["svc", "signed"] {
            let token = mint(world, &pair, client, json!({}));
            let told = world.introspect(&pair.a, &pair.rs1, &token).json();
            let exp = told["exp"].as_i64().expect("exp");
            assert_turns_at(world, &pair, &token, exp, true);
            assert_eq!(world.reason(&pair.a, None, &token), "expired");
        }
    });
}

#[test]
fn sec_134_inactive_until_nbf() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        for client in ["svc", "signed"] {
            let from = crate::keys::seconds_now() + 3;
            let token = mint(world, &pair, client, json!({"not_before": from, "ttl_seconds": 60}));
            assert_eq!(world.reason(&pair.a, None, &token), "not_yet_valid");
            assert_turns_at(world, &pair, &token, from, false);
            let told = world.introspect(&pair.a, &pair.rs1, &token).json();
            assert_eq!(told["nbf"], json!(from));
        }
    });
}

#[test]
fn sec_134_a_token_that_everybody_asked_about_expires_with_the_clock() {
    on_each_store_alone(|setup| {
        let world = World::dev(&setup);
        let pair = Pair::of(&world);
        let tokens = ["svc", "signed"].map(|client| {
            let hour = mint(&world, &pair, client, json!({"ttl_seconds": 3600}));
            let from = on_its_clock(&world, &pair, &hour) + 3000;
            let later = json!({"not_before": from, "ttl_seconds": 7200});
            (hour, mint(&world, &pair, client, later))
        });
        let mut connection = world.connect();
        let mut is_active = |token: &str| {
            let request = introspection(&pair.a, &pair.rs1, token);
            let mut ask = || verdict(&connection.exchange(&request).expect("an answer"));
            let first = ask();
            assert!((0..20).all(|_| ask() == first), "now this, now that");
            first
        };
        // How far the clock goes, and what is good then.
        for (seconds, expected) in
            [(0, (true, false)), (2900, (true, false)), (200, (true, true)), (600, (false, true))]
        {
            world.advance(seconds);
            for (hour, later) in &tokens {
                assert_eq!((is_active(hour), is_active(later)), expected, "{seconds} s later");
            }
        }
    });
}

/// When it was issued, by the server's own clock.
fn on_its_clock(world: &World, pair: &Pair, token: &str) -> i64 {
    let told = world.introspect(&pair.a, &pair.rs1, token).json();
    told["iat"].as_i64().expect("iat")
}
