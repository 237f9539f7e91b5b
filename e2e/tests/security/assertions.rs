//! A client assertion counts once: at the same moment, later, after a restart, on any node
//! (SEC-058).

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::pair::Pair;
use crate::race::{AT_ONCE, fifty};
use crate::world::{Tenant, World, on_each_store_alone, on_two_nodes, refusal};

const ROUNDS: usize = 4;
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];

fn request(tenant: &Tenant, endpoint: &str, assertion: &str) -> Request {
    let given = match endpoint {
        "/oauth2/token" => ("grant_type", "client_credentials"),
        _ => ("token", "vat_x"),
    };
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = [given, ("client_assertion_type", kind), ("client_assertion", assertion)];
    Request::post(&tenant.at(endpoint)).form(&form)
}

/// How many of fifty succeed.
fn successes(nodes: &[&World], request: &Request) -> usize {
    let answers = fifty(nodes, request);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(refusal(answer), (401, "invalid_client".to_owned()));
    }
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// Fifty at once, one of them wins; the assertion of each round comes back.
fn assert_once(pair: &Pair, nodes: &[&World]) -> Vec<String> {
    let mut used = Vec::new();
    for round in 0..ROUNDS {
        for endpoint in ENDPOINTS {
            let assertion = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
            let won = successes(nodes, &request(&pair.a, endpoint, &assertion));
            assert_eq!(won, 1, "of {AT_ONCE} at {endpoint} in round {round}");
            used.push(assertion);
        }
    }
    used
}

fn assert_used_up(pair: &Pair, node: &World, used: &[String]) {
    for assertion in used {
        for endpoint in ENDPOINTS {
            let answer = node.exchange(&request(&pair.a, endpoint, assertion));
            assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()), "{endpoint}");
        }
    }
}

#[test]
fn sec_058_fifty_at_once_and_again_after_a_restart() {
    on_each_store_alone(|setup| {
        let mut world = World::start(&setup);
        let pair = Pair::of(&world);
        let used = assert_once(&pair, &[&world]);
        assert_used_up(&pair, &world, &used);
        world.server.restart();
        assert_used_up(&pair, &world, &used);
        let fresh = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
        assert_eq!(world.exchange(&request(&pair.a, "/oauth2/token", &fresh)).status, 200);
    });
}

#[test]
fn sec_058_fifty_at_once_on_two_nodes() {
    on_two_nodes(|nodes| {
        let pair = Pair::of(nodes[0]);
        let used = assert_once(&pair, nodes);
        nodes.iter().for_each(|node| assert_used_up(&pair, node, &used));
    });
}
