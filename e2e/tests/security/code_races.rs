//! Whatever is good once, fifty at once (SEC-037): codes, a user's yes, a device's, pushed requests; and
//! exchanges that race with what ends them. Each also on two nodes over one PostgreSQL.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::Store;
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{House, answered, house, tokens};
use crate::race::{AT_ONCE, fifty, one_after_another};
use crate::twin::DEVICE;
use crate::world::{World, on_each_store, on_two_nodes, refusal, shared, shared_machine};

const ROUNDS: usize = 50;
const ROUNDS_LONG: usize = 1_000;
/// Of what costs a sign-in each time.
const ROUNDS_SLOW: usize = 12;

/// SQLite, and two nodes.
fn for_long(check: impl Fn(&[&World])) {
    {
        let _shared = shared_machine();
        check(&[shared(&Store::Sqlite)]);
    }
    on_two_nodes(check);
}

fn assert_no_fault(answers: &[Response]) {
    for answer in answers {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

/// At most one gets tokens; and as the others were reuses, nothing of them is good afterwards.
fn codes(nodes: &[&World], rounds: usize) {
    let house = house(nodes[0], json!({}));
    let mut visitor = house.signed_in(nodes[0], "alice");
    // The tenant's first key is made on demand, and fifty would ask for one each.
    let first = house.code(nodes[0], &mut visitor, &house.ask("web"));
    tokens(nodes[0], &nodes[0].exchange(&house.redeem("web", &first, &[])));
    for round in 0..rounds {
        let client = if round % 2 == 0 { "web" } else { "spa" };
        let offline = house.ask(client).with("scope", "openid read offline_access");
        let ask = if round % 3 == 0 { offline } else { house.ask(client) };
        let code = house.code(nodes[0], &mut visitor, &ask);
        let answers = fifty(nodes, &house.redeem(client, &code, &[]));
        assert_no_fault(&answers);
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
        assert!(won.len() <= 1, "{} of {AT_ONCE} in round {round}", won.len());
        for answer in lost {
            assert_eq!(refusal(answer), (400, "invalid_grant".to_owned()), "round {round}");
        }
        for answer in won {
            let (access, refresh) = tokens(nodes[0], answer);
            for node in nodes {
                assert!(!house.is_active(node, &access), "round {round}: a family lives");
                assert!(!house.is_active(node, &refresh), "round {round}: a family lives");
            }
        }
    }
}

#[test]
fn sec_037_one_code_fifty_times_at_once() {
    on_each_store(|world| codes(&[world], ROUNDS));
}

#[test]
fn sec_037_one_code_fifty_times_at_once_on_two_nodes() {
    on_two_nodes(|nodes| codes(nodes, ROUNDS));
}

#[test]
#[ignore = "soak"]
fn sec_037_one_code_fifty_times_at_once_a_thousand_times() {
    for_long(|nodes| codes(nodes, ROUNDS_LONG));
}

/// The codes that came back, each once.
fn given(answers: &[Response], what: &str) -> BTreeSet<String> {
    assert_no_fault(answers);
    let returned = answers.iter().filter_map(|answer| {
        let shown = Shown { target: String::new(), answer: answer.clone() };
        let code = shown.returned()?.get("code").map(str::to_owned);
        assert!(code.is_some() || answer.status != 303, "{what}: {:?}", shown.sent_to());
        code
    });
    returned.collect()
}

/// A user who says yes twice has said it once.
fn consents(nodes: &[&World], rounds: usize) {
    let house = house(nodes[0], json!({}));
    let mut visitor = house.signed_in(nodes[0], "alice");
    let ask = house.ask("asking").with("prompt", "consent");
    for round in 0..rounds {
        let page = visitor.visit(&nodes[0].server, &ask.target());
        let allow = visitor.carry(page.filled_in(&[("action", "allow")]));
        let answers = fifty(nodes, &allow);
        let codes = given(&answers, "a consent");
        assert_eq!(codes.len(), 1, "{} codes in round {round}", codes.len());
        for answer in answers.iter().filter(|answer| answer.status != 303) {
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
}

#[test]
fn sec_037_a_consent_is_sent_once() {
    on_each_store(|world| consents(&[world], ROUNDS / 4));
    on_two_nodes(|nodes| consents(nodes, ROUNDS / 4));
}

#[test]
#[ignore = "soak"]
fn sec_037_a_consent_is_sent_once_a_thousand_times() {
    for_long(|nodes| consents(nodes, ROUNDS_LONG));
}

/// A pushed request is answered once, however often its name is used (RFC 9126 §7.3).
fn pushed(nodes: &[&World], rounds: usize) {
    let house = house(nodes[0], json!({}));
    let visitor = house.signed_in(nodes[0], "alice");
    for round in 0..rounds {
        let ask = house.ask("web");
        let answer = nodes[0].exchange(&house.by("web", "/oauth2/par", &ask.pairs()));
        assert_eq!(answer.status, 201, "{}", answer.text());
        let uri = answer.member("request_uri");
        let target = format!(
            "{}?{}",
            ask.path(),
            vidimus_e2e::http::form(&[("client_id", "web"), ("request_uri", &uri)])
        );
        let answers = fifty(nodes, &visitor.carry(Request::get(&target)));
        let codes = given(&answers, "a pushed request");
        assert_eq!(codes.len(), 1, "{} codes in round {round}", codes.len());
        for answer in answers.iter().filter(|answer| answer.status != 303) {
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
}

#[test]
fn sec_037_a_pushed_request_is_answered_once() {
    on_each_store(|world| pushed(&[world], ROUNDS / 2));
    on_two_nodes(|nodes| pushed(nodes, ROUNDS / 4));
}

#[test]
#[ignore = "soak"]
fn sec_037_a_pushed_request_is_answered_once_a_thousand_times() {
    for_long(|nodes| pushed(nodes, ROUNDS_LONG));
}

/// Typed at the page by a browser at an address of its own: so many codes may come from one.
fn device_page(
    world: &World,
    house: &House,
    visitor: &mut Visitor,
    code: &str,
    turn: usize,
) -> Shown {
    let path = house.tenant.at("/oauth2/device");
    let page = answered(visitor, world, Request::get(&path));
    let form = visitor.carry(page.filled_in(&[("user_code", code), ("action", "continue")]));
    let source = [127, 7, (turn >> 8) as u8, (turn & 0xFF) as u8].into();
    let mut connection = Connection::open_from(source, &world.server.address()).expect("connects");
    let answer = connection.exchange(&form.header("Connection", "close")).expect("an answer");
    let shown = Shown { target: path, answer };
    let flow = shown.sent_to().unwrap_or_else(|| panic!("{}", shown.answer.text()));
    visitor.visit(&world.server, &flow)
}

/// A device is allowed once, and is given one family, though user and device ask fifty times.
fn devices(nodes: &[&World], rounds: usize) {
    let house = house(nodes[0], json!({}));
    let grants = json!(["authorization_code", "refresh_token", DEVICE]);
    let patch = json!({"grant_types": grants});
    nodes[0].change("PATCH", &house.tenant.admin_client("spa"), &patch);
    let mut visitor = house.signed_in(nodes[0], "alice");
    let first = house.code(nodes[0], &mut visitor, &house.ask("web"));
    tokens(nodes[0], &nodes[0].exchange(&house.redeem("web", &first, &[])));
    for round in 0..rounds {
        let form = [("scope", "openid read")];
        let asked = house.by("spa", "/oauth2/device_authorization", &form);
        let answer = nodes[0].exchange(&asked);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (device, user) = (answer.member("device_code"), answer.member("user_code"));
        let page = device_page(nodes[0], &house, &mut visitor, &user, round);
        let allow = visitor.carry(page.filled_in(&[("action", "allow")]));
        let answers = fifty(nodes, &allow);
        assert_no_fault(&answers);
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(
            done,
            1,
            "round {round}: {:?}",
            answers.iter().map(|a| a.status).collect::<Vec<_>>()
        );
        let form = [("grant_type", DEVICE), ("device_code", device.as_str())];
        let answers = fifty(nodes, &house.by("spa", "/oauth2/token", &form));
        assert_no_fault(&answers);
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(won <= 1, "{won} in round {round}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let known = ["slow_down", "invalid_grant", "expired_token", "authorization_pending"];
            assert!(known.contains(&answer.member("error").as_str()), "{}", answer.text());
        }
    }
}

#[test]
fn sec_037_a_device_is_allowed_once() {
    on_each_store(|world| devices(&[world], ROUNDS / 4));
    on_two_nodes(|nodes| devices(nodes, ROUNDS / 4));
}

#[test]
#[ignore = "soak"]
fn sec_037_a_device_is_allowed_once_a_thousand_times() {
    for_long(|nodes| devices(nodes, ROUNDS_LONG));
}

/// What a user or an administrator does to end what a code would begin.
const ENDS: [&str; 5] =
    ["sign-out", "sign-out everywhere", "password changed", "user disabled", "application revoked"];

/// The request that does it, of a house of its own.
fn ending(
    end: &str,
    nodes: &[&World],
    house: &House,
    visitor: &mut Visitor,
    hint: &str,
) -> Request {
    let world = nodes[0];
    let account = |visitor: &mut Visitor, fields: &[(&str, &str)]| {
        let page = answered(visitor, world, Request::get(&house.tenant.at("/account")));
        visitor.carry(page.filled_in(fields))
    };
    let patch = |change: Value| {
        let path = format!("/admin/v1{}", house.tenant.admin_user("alice"));
        Request::new("PATCH", &path).bearer(world.admin_bearer()).json(&change)
    };
    match end {
        "sign-out" => {
            let query = vidimus_e2e::http::form(&[("id_token_hint", hint)]);
            let target = format!("{}?{query}", house.tenant.at("/oauth2/logout"));
            visitor.carry(Request::get(&target))
        }
        "sign-out everywhere" => account(visitor, &[("action", "sign-out")]),
        "application revoked" => account(visitor, &[("action", "revoke"), ("client_id", "asking")]),
        "password changed" => patch(json!({"password": "quite another one"})),
        _ => patch(json!({"disabled": true})),
    }
}

/// A code exchange and its end together: when both are answered nothing that was given is good.
fn ends(nodes: &[&World], rounds: usize) {
    for end in ENDS {
        let house = house(nodes[0], json!({}));
        let (mut given, mut refused) = (0, 0);
        for round in 0..rounds {
            let restored = json!({"password": house.password, "disabled": false});
            nodes[0].change("PATCH", &house.tenant.admin_user("alice"), &restored);
            let mut visitor = house.signed_in(nodes[0], "alice");
            let first = house.code(nodes[0], &mut visitor, &house.ask("web"));
            let hint = nodes[0].exchange(&house.redeem("web", &first, &[])).member("id_token");
            let code = allowed(nodes[0], &house, &mut visitor);
            let ending = ending(end, nodes, &house, &mut visitor, &hint);
            let exchange = house.redeem("asking", &code, &[]);
            let other = nodes[round % nodes.len()];
            // A password takes its time to be hashed; the exchange comes at any moment of that.
            let wait = Duration::from_millis(round as u64 % 10 * 5);
            let asked = [(nodes[0], exchange, wait), (other, ending, Duration::ZERO)];
            let answers = one_after_another(&asked);
            assert_no_fault(&answers);
            assert!(matches!(answers[1].status, 200 | 303), "{end}: {}", answers[1].text());
            if answers[0].status != 200 {
                assert_eq!(refusal(&answers[0]).1, "invalid_grant", "{end}");
                refused += 1;
                continue;
            }
            given += 1;
            let (access, refresh) = tokens(nodes[0], &answers[0]);
            for node in nodes {
                assert!(!house.is_active(node, &access), "{end}, round {round}: it lives");
                assert!(!house.is_active(node, &refresh), "{end}, round {round}: it lives");
            }
            let again = nodes[0].exchange(&house.refresh("asking", &refresh, &[]));
            assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()), "{end}");
        }
        eprintln!("{end}: {given} exchanges came before it, {refused} after");
    }
}

/// A code of the client whose users are asked, newly allowed.
fn allowed(world: &World, house: &House, visitor: &mut Visitor) -> String {
    let ask = house.ask("asking").with("prompt", "consent");
    let page = visitor.visit(&world.server, &ask.target());
    let after = visitor.submit(&world.server, &page, &[("action", "allow")]);
    after.returned().unwrap_or_else(|| panic!("{}", after.answer.text())).require("code")
}

#[test]
fn sec_036_an_exchange_never_outlives_what_ends_it() {
    on_each_store(|world| ends(&[world], ROUNDS_SLOW));
    on_two_nodes(|nodes| ends(nodes, ROUNDS_SLOW));
}

#[test]
#[ignore = "soak"]
fn sec_036_an_exchange_never_outlives_what_ends_it_a_thousand_times() {
    for_long(|nodes| ends(nodes, ROUNDS_LONG));
}
