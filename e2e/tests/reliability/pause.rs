//! REL-017 and REL-035: a node that stood still, or lost every connection, while another changed
//! things: what it says next is right.

use std::time::{Duration, Instant};

use serde_json::json;
use vidimus_e2e::cluster::Cluster;
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::postgres;
use vidimus_e2e::process::Signal;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, active, admin_token, create};

use crate::alone;

/// Longer than any timer of a node: each of them has run out when it goes on.
const PAUSE: Duration = Duration::from_secs(5);
const STALE_MAX: Duration = Duration::from_secs(1);

/// What another node does, and what every node says of it afterwards.
struct Change {
    what: &'static str,
    request: Request,
    question: Request,
    is_over: fn(&Response) -> bool,
}

fn is_inactive(answer: &Response) -> bool {
    active(answer) == Some(false)
}

fn is_refused(answer: &Response) -> bool {
    answer.status == 401
}

/// Each of a token or an object of its own.
fn changes(subject: &Subject, admin: &str) -> Vec<Change> {
    let server = &subject.server;
    let object = |kind: &str, id: &str| format!("/admin/v1/tenants/default/{kind}/{id}");
    let ask = |token: &str| subject.introspect(token);
    let issued = |id: &str| {
        let client = json!({"client_id": id, "grant_types": ["client_credentials"]});
        let secret = create(server, admin, "clients", &client).member("client_secret");
        let order = Request::post("/oauth2/token").basic(id, &secret);
        let order = order.form(&[("grant_type", "client_credentials")]);
        (server.exchange(&order).member("access_token"), order)
    };
    let (revoked, family) = (subject.token(), server.exchange(&subject.mint_family(admin)));
    let refresh = family.member("refresh_token");
    let ((disabled, order), (deleted, _), (cut_off, _)) =
        (issued("disabled"), issued("deleted"), issued("cut-off"));
    let watch = json!({"id": "gone", "introspect": "tenant"});
    let secret = create(server, admin, "resource-servers", &watch).member("secret");
    let by_gone = Request::post("/oauth2/introspect").basic("gone", &secret);
    let by_gone = by_gone.form(&[("token", &subject.token())]);
    let is_over: [fn(&Response) -> bool; 2] = [is_inactive, is_refused];
    let change = |what, request: Request, question, refused: usize| Change {
        what,
        request,
        question,
        is_over: is_over[refused],
    };
    let patch =
        |id: &str, body| Request::new("PATCH", &object("clients", id)).bearer(admin).json(&body);
    let delete = |kind, id: &str| Request::new("DELETE", &object(kind, id)).bearer(admin);
    let disable = json!({"disabled": true});
    vec![
        change("a token is revoked", subject.revoke(&revoked), ask(&revoked), 0),
        change("a family is revoked", subject.revoke(&refresh), ask(&refresh), 0),
        change("a client is disabled", patch("disabled", disable.clone()), ask(&disabled), 0),
        change("a disabled client asks", patch("disabled", disable), order, 1),
        change("a client is deleted", delete("clients", "deleted"), ask(&deleted), 0),
        change(
            "a client's tokens are revoked",
            patch("cut-off", json!({"revoke_tokens": true})),
            ask(&cut_off),
            0,
        ),
        change("a resource server is deleted", delete("resource-servers", "gone"), by_gone, 1),
    ]
}

fn happens(server: &Server, change: &Change) {
    let answer = await_answer(server, &change.request);
    assert!([200, 204].contains(&answer.status), "{}: {}", change.what, answer.text());
}

/// Two nodes, the second of which knows by heart what it is asked.
fn nodes(url: String) -> (Subject, Server, Vec<Change>) {
    let setup = Setup::new(Store::At(url));
    let subject = Subject::start(&setup);
    let other = Server::start(&setup);
    let admin = admin_token(&subject.server);
    let changes = changes(&subject, &admin);
    for change in changes.iter().cycle().take(3 * changes.len()) {
        let answer = other.exchange(&change.question);
        let over = (change.is_over)(&answer);
        assert!(answer.status == 200 && !over, "before {}: {}", change.what, answer.text());
    }
    (subject, other, changes)
}

#[test]
fn rel_017_a_node_that_stood_still_is_right_from_its_first_answer() {
    let _alone = alone();
    let (subject, other, changes) = nodes(postgres::database());
    let connect = || Connection::open(&other.address()).expect("a connection");
    let mut waiting: Vec<Connection> = changes.iter().map(|_| connect()).collect();
    let paused = Instant::now();
    other.signal(Signal::Stop);
    for change in &changes {
        happens(&subject.server, change);
    }
    // Already in its hands when it goes on.
    for (connection, change) in waiting.iter_mut().zip(&changes) {
        connection.send(&change.question.bytes(&other.address())).expect("sent");
    }
    std::thread::sleep(PAUSE.saturating_sub(paused.elapsed()));
    other.signal(Signal::Continue);
    for (connection, change) in waiting.iter_mut().zip(&changes) {
        let answer = connection.receive(false).expect("an answer");
        assert!((change.is_over)(&answer), "{}: {}", change.what, answer.text());
    }
    for change in &changes {
        let answer = other.exchange(&change.question);
        assert!((change.is_over)(&answer), "again, {}: {}", change.what, answer.text());
    }
}

/// One change at a time, each with the database's processes of the other node ended before or after
/// it: there is no message between nodes that could be lost.
#[test]
fn rel_035_a_node_that_lost_every_connection_is_never_stale() {
    let _alone = alone();
    let url = postgres::database();
    let (subject, other, changes) = nodes(url.clone());
    let programs = Programs::find().expect("PostgreSQL");
    let cut = || {
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE datname = current_database() AND application_name = 'vidimus'";
        let ended = postgres::run(&programs, &url, ended).expect("ended");
        assert_ne!(ended, "0", "nobody was connected");
    };
    for (number, change) in changes.iter().enumerate() {
        if number % 2 == 0 {
            cut();
        }
        happens(&subject.server, change);
        let changed = Instant::now();
        if number % 2 == 1 {
            cut();
        }
        let answer = await_answer(&other, &change.question);
        assert!((change.is_over)(&answer), "{}: {}", change.what, answer.text());
        assert!(changed.elapsed() < STALE_MAX, "{}: {:?}", change.what, changed.elapsed());
    }
}

/// 503 while connections are made anew; the first answer that holds a verdict.
fn await_answer(server: &Server, request: &Request) -> Response {
    let deadline = Instant::now() + PAUSE;
    loop {
        let answer = server.exchange(request);
        if answer.status != 503 {
            return answer;
        }
        assert!(Instant::now() < deadline, "{}", answer.text());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The database's processes stand still instead, every one of them.
#[test]
fn rel_017_a_database_that_stood_still_makes_nobody_stale() {
    let _alone = alone();
    let cluster = Cluster::start().expect("a cluster");
    let (subject, other, changes) = nodes(cluster.database());
    for change in &changes {
        cluster.freeze();
        let answer = other.exchange(&change.question);
        assert_eq!(answer.status, 503, "{}: {}", change.what, answer.text());
        cluster.thaw();
        happens(&subject.server, change);
        let answer = await_answer(&other, &change.question);
        assert!((change.is_over)(&answer), "{}: {}", change.what, answer.text());
    }
}
