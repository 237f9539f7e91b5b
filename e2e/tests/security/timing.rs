//! What time must not tell: which clients exist, which tokens did (SEC-055, SEC-128, SEC-147).
//!
//! These tests want the machine for themselves and hold all others of this program meanwhile.

use serde_json::json;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::Store;

use crate::pair::Pair;
use crate::statistics::{SAMPLES, assert_same_time};
use crate::token_text::{never_issued, other_secret};
use crate::world::{STORES, Tenant, World, introspection, on_each_store, quiet_machine, shared};

const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];

/// Each slow comparison of a chosen secret takes tens of milliseconds; the full count is for
/// `soak`.
const SLOW_SAMPLES: usize = 300;

fn attempt(tenant: &Tenant, endpoint: &str, id: &str, number: usize) -> Request {
    let given = match endpoint {
        "/oauth2/token" => ("grant_type", "client_credentials"),
        _ => ("token", "vat_x"),
    };
    // A new secret each time, or a cache would answer from the second on.
    let secret = format!("a-wrong-secret-of-the-usual-length-{number:08}");
    Request::post(&tenant.at(endpoint)).basic(id, &secret).form(&[given])
}

fn tenant(world: &World, chosen: bool) -> Tenant {
    let tenant = world.tenant("timed", json!({}));
    let mut known = json!({"grant_types": ["client_credentials"]});
    if chosen {
        known["client_secret"] = json!("a-chosen-secret-for-timing");
    }
    world.client(&tenant, "known-client", known);
    tenant
}

fn assert_unknown_and_wrong_take_the_same(world: &World, chosen: bool, samples: usize) {
    let tenant = tenant(world, chosen);
    for endpoint in ENDPOINTS {
        assert_same_time(
            || world.connect(),
            samples,
            |number| attempt(&tenant, endpoint, "other-client", number),
            |number| attempt(&tenant, endpoint, "known-client", number),
        );
    }
}

/// All that a client can see of an answer, but for the identifier and the date.
fn seen(answer: &Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| name != "date" && name != "x-request-id")
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[test]
fn sec_055_unknown_client_and_wrong_secret_look_the_same() {
    on_each_store(|world| {
        for chosen in [false, true] {
            let tenant = tenant(world, chosen);
            for endpoint in ENDPOINTS {
                let ask = |id: &str| world.exchange(&attempt(&tenant, endpoint, id, 1));
                let known = ask("known-client");
                assert_eq!(known.status, 401, "{}", known.text());
                assert_eq!(seen(&ask("other-client")), seen(&known), "{endpoint}");
                assert_eq!(ask("other-client").header_names(), known.header_names());
            }
        }
    });
}

#[test]
fn sec_055_unknown_client_and_wrong_secret_take_the_same_time() {
    let _quiet = quiet_machine();
    for store in STORES {
        assert_unknown_and_wrong_take_the_same(shared(&store), false, SAMPLES);
    }
}

#[test]
fn sec_055_where_secrets_are_slow_to_compare_so_is_every_failure() {
    let _quiet = quiet_machine();
    let world = shared(&Store::Sqlite);
    let tenant = tenant(world, true);
    assert_same_time(
        || world.connect(),
        SLOW_SAMPLES,
        |number| attempt(&tenant, "/oauth2/introspect", "other-client", number),
        |number| attempt(&tenant, "/oauth2/introspect", "known-client", number),
    );
}

#[test]
#[ignore = "soak"]
fn sec_055_slow_secrets_with_all_samples() {
    let _quiet = quiet_machine();
    for store in STORES {
        assert_unknown_and_wrong_take_the_same(shared(&store), true, SAMPLES);
    }
}

#[test]
fn sec_128_unknown_and_revoked_take_the_same_time() {
    let _quiet = quiet_machine();
    for store in STORES {
        let world = shared(&store);
        let pair = Pair::of(world);
        let revoked = pair.for_rs1(world);
        assert_eq!(world.revoke(&pair.a, &pair.svc, &revoked).status, 200);
        assert_eq!(world.reason(&pair.a, Some(&pair.rs1), &revoked), "revoked");
        assert_same_time(
            || world.connect(),
            SAMPLES,
            |_| introspection(&pair.a, &pair.rs1, &never_issued(&revoked)),
            |_| introspection(&pair.a, &pair.rs1, &revoked),
        );
    }
}

/// The first 15 characters name the row, so these two differ in whether there is one.
#[test]
fn sec_147_a_live_token_s_beginning_takes_the_same_time_as_any() {
    let _quiet = quiet_machine();
    for store in STORES {
        let world = shared(&store);
        let pair = Pair::of(world);
        let live = pair.for_rs1(world);
        assert_same_time(
            || world.connect(),
            SAMPLES,
            |_| introspection(&pair.a, &pair.rs1, &never_issued(&live)),
            |_| introspection(&pair.a, &pair.rs1, &other_secret(&live)),
        );
    }
}
