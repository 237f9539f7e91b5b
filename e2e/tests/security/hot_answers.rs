//! SEC-142 and SEC-126 at full speed: eight connections ask everything of everybody, in orders of their
//! own, while configuration and tokens change beside them, and each answer is the first one's.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde_json::{Value, json};
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};

use crate::callers::{JWT, told_in_jwt};
use crate::keys::random_bytes;
use crate::pair::{Pair, RS1};
use crate::token_text::{never_issued, other_secret};
use crate::world::{Party, Tenant, World, on_each_store, on_two_nodes};

const CONNECTIONS: usize = 8;
const PASSES: usize = 1;
const PASSES_LONG: usize = 200;
const ACCEPTS: [&str; 3] = ["application/json", JWT, "*/*"];
const HINTS: [Option<&str>; 3] = [None, Some("access_token"), Some("refresh_token")];

struct Question {
    what: String,
    request: Request,
    is_told: bool,
    /// `token_introspection`, or all of the body.
    first: Value,
}

/// A token, and who is told of it.
type Known<'a> = (&'static str, String, &'a [&'a str]);

fn known(world: &World, pair: &Pair) -> [Known<'static>; 8] {
    let live = pair.for_rs1(world);
    let alice = pair.of_alice(world);
    let revoked = pair.for_rs1(world);
    assert_eq!(world.revoke(&pair.a, &pair.svc, &revoked).status, 200);
    let of_b = world.mint(&pair.b, &json!({"client_id": "webB", "resource": [RS1]})).access;
    let (unknown, forged) = (never_issued(&live), other_secret(&live));
    [
        ("opaque", live, &["rs1", "auditor", "svc"]),
        ("JWT", pair.jwt_for_rs1(world), &["rs1", "auditor", "signed"]),
        ("of alice", alice.access.clone(), &["rs1", "auditor", "web"]),
        ("to refresh", alice.refresh().to_owned(), &["auditor", "web"]),
        ("revoked", revoked, &[]),
        ("of B", of_b, &["rsB", "webB"]),
        ("unknown", unknown, &[]),
        ("forged", forged, &[]),
    ]
}

fn questions(world: &World, pair: &Pair) -> Vec<Question> {
    let known = known(world, pair);
    let in_a =
        [&pair.rs1, &pair.rs2, &pair.auditor, &pair.svc, &pair.signed, &pair.web, &pair.evil];
    let in_a = in_a.map(|party| (&pair.a, party));
    let askers = in_a.into_iter().chain([&pair.rs_b, &pair.web_b].map(|party| (&pair.b, party)));
    let mut questions = Vec::new();
    for (tenant, party) in askers {
        for (name, token, told) in &known {
            for accept in ACCEPTS {
                for hint in HINTS {
                    let request = asked(tenant, party, token, accept, hint);
                    let is_told = told.contains(&party.id.as_str());
                    let what = format!("{} of {name}, {accept}, {hint:?}", party.id);
                    questions.push(Question { what, request, is_told, first: Value::Null });
                }
            }
        }
    }
    questions
}

fn asked(tenant: &Tenant, party: &Party, token: &str, accept: &str, hint: Option<&str>) -> Request {
    let mut parameters = vec![("token", token)];
    parameters.extend(hint.map(|hint| ("token_type_hint", hint)));
    Request::post(&tenant.at("/oauth2/introspect"))
        .basic(&party.id, &party.secret)
        .header("Accept", accept)
        .form(&parameters)
}

fn told(answer: &Response) -> Value {
    if answer.header("Content-Type") == Some(JWT) {
        return told_in_jwt(answer);
    }
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

impl Question {
    fn ask(&self, connection: &mut Connection) -> Value {
        let answer = connection.exchange(&self.request).expect("an answer");
        let is_jwt = answer.header("Content-Type") == Some(JWT);
        let asked_for_jwt = self.request.headers.iter().any(|(_, value)| value == JWT);
        assert_eq!(is_jwt, asked_for_jwt, "{}", self.what);
        told(&answer)
    }

    /// Of a caller that has no right to it, no member at all.
    fn assert_right(&self, told: &Value) {
        assert_eq!(told["active"], json!(self.is_told), "{}: {told}", self.what);
        assert!(self.is_told || *told == json!({"active": false}), "{}: {told}", self.what);
    }
}

/// Everything in an order of its own, several times.
fn in_any_order(address: &str, questions: &[Question], passes: usize) {
    let mut connection = Connection::open(address).expect("the server accepts");
    for _ in 0..passes {
        let mut order: Vec<_> =
            questions.iter().map(|one| (u64::from_be_bytes(random_bytes()), one)).collect();
        order.sort_unstable_by_key(|(place, _)| *place);
        for (_, question) in order {
            let told = question.ask(&mut connection);
            assert_eq!(told, question.first, "{}", question.what);
        }
    }
}

/// What has nothing to do with any of it: a client's name, a token that comes and goes.
fn change(world: &World, pair: &Pair, turn: usize) {
    let patch = json!({"client_name": format!("Evil, {turn}")});
    world.change("PATCH", &pair.a.admin_client("evil"), &patch);
    world.change("PATCH", &pair.b.admin_client("webB"), &patch);
    let token = world.token(&pair.a, &pair.svc, &[]);
    assert_eq!(world.revoke(&pair.a, &pair.svc, &token).status, 200);
    world.change("PATCH", &pair.a.admin_user("bob"), &json!({"revoke_tokens": true}));
}

fn assert_same(nodes: &[&World], passes: usize) {
    let pair = Pair::of(nodes[0]);
    let mut questions = questions(nodes[0], &pair);
    for question in &mut questions {
        question.first = question.ask(&mut nodes[0].connect());
        question.assert_right(&question.first);
    }
    let (questions, done) = (&questions, &AtomicBool::new(false));
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS)
            .map(|turn| {
                let address = nodes[turn % nodes.len()].server.address();
                scope.spawn(move || in_any_order(&address, questions, passes))
            })
            .collect();
        let changing = scope.spawn(|| {
            let mut turn = 0;
            while !done.load(SeqCst) {
                change(nodes[turn % nodes.len()], &pair, turn);
                turn += 1;
            }
            turn
        });
        let failed = asking.into_iter().filter_map(|asked| asked.join().err()).count();
        done.store(true, SeqCst);
        let turns = changing.join().expect("changes");
        assert_eq!(failed, 0, "connections that were told something else");
        eprintln!("SEC-142: {} questions, {turns} changes beside them", questions.len());
    });
}

#[test]
fn sec_142_sec_126_every_answer_is_the_first_one_s_in_any_order() {
    on_each_store(|world| assert_same(&[world], PASSES));
}

#[test]
fn sec_142_sec_126_every_answer_is_the_first_one_s_on_two_nodes() {
    on_two_nodes(|nodes| assert_same(nodes, PASSES));
}

#[test]
#[ignore = "soak"]
fn sec_142_sec_126_every_answer_is_the_first_one_s_for_long() {
    on_each_store(|world| assert_same(&[world], PASSES_LONG));
    on_two_nodes(|nodes| assert_same(nodes, PASSES_LONG));
}
