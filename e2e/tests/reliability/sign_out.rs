//! REL-002 for what happens after an answer: whoever was signed in to hears of the sign-out, whatever
//! is killed before, while or after it is told, and by one of two nodes.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, form};
use vidimus_e2e::postgres;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::Visitor;

use crate::alone;
use crate::seed::Seed;

const PASSWORD: &str = "a horse and a battery";
/// Before the first look into the outbox, within a try, and after it.
const MOMENT: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(1400));
/// All kills are over before anything that was tried once is due again.
const KILLS: usize = 4;
const SESSIONS_PER_KILL: usize = 3;
const AGAIN_SECONDS: u64 = 10;
/// The second wait, for a try that was begun and cut off, and one that was refused.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often of each session, by `sid`.
type Told = BTreeMap<String, u32>;

/// A client's server, and what it was told of.
struct Client {
    uri: String,
    told: Arc<Mutex<Told>>,
    /// Hangs up on who tells it something, or leaves it hanging: then a kill finds it at that.
    is_deaf: Arc<AtomicBool>,
}

impl Client {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let uri = format!("http://{}/ended", listener.local_addr().expect("its address"));
        let (told, is_deaf) = (Arc::<Mutex<Told>>::default(), Arc::<AtomicBool>::default());
        let (telling, deaf) = (Arc::clone(&told), Arc::clone(&is_deaf));
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for (turn, stream) in listener.incoming().flatten().enumerate() {
                if deaf.load(Ordering::SeqCst) {
                    held.extend((turn % 2 == 1).then_some(stream));
                } else if let Some(sid) = listen(stream) {
                    let mut told = telling.lock().unwrap_or_else(PoisonError::into_inner);
                    *told.entry(sid).or_default() += 1;
                }
            }
        });
        Self { uri, told, is_deaf }
    }

    fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn await_told(&self, sids: &[String], patience: Duration) {
        let begun = Instant::now();
        loop {
            let told = self.told();
            if sids.iter().all(|sid| told.contains_key(sid)) {
                return;
            }
            let missing: Vec<_> = sids.iter().filter(|sid| !told.contains_key(*sid)).collect();
            assert!(begun.elapsed() < patience, "of {} never told: {missing:?}", sids.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Takes one logout token, or what a server that dies leaves of it.
fn listen(mut stream: TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut some = [0; 4096];
    let token = loop {
        match stream.read(&mut some) {
            Ok(0) | Err(_) => return None,
            Ok(length) => request.extend_from_slice(&some[..length]),
        }
        let text = std::str::from_utf8(&request).expect("a form is text");
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let (_, length) = head.split_once("content-length: ").expect("its length");
            let length: usize =
                length.lines().next().and_then(|line| line.parse().ok()).expect("a number");
            if body.len() == length {
                break body.strip_prefix("logout_token=").expect("a logout token").to_owned();
            }
        }
    };
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).ok()?;
    Some(member(&claims(&token), "sid"))
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    let bytes = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn member(claims: &Value, name: &str) -> String {
    claims.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{claims}")).to_owned()
}

/// A user, and a client that gets ID tokens and hears there of sessions' ends.
fn setup(store: Store, client: &Client) -> Setup {
    Setup::new(store).world(&format!(
        r#"
[[tenant]]
id = "told"
policy = {{ allow_legacy_response_types = true }}

[[tenant.user]]
username = "alice"
password = "{PASSWORD}"

[[tenant.client]]
client_id = "app"
token_endpoint_auth_method = "none"
grant_types = ["implicit"]
response_types = ["id_token"]
redirect_uris = ["https://app.example/cb"]
scope = "openid"
preauthorized_users = ["*"]
backchannel_logout_uri = "{}"
"#,
        client.uri
    ))
}

/// A browser in which the user is signed in to the client.
struct SignedIn {
    visitor: Visitor,
    id_token: String,
    sid: String,
}

fn sign_in(server: &Server) -> SignedIn {
    let mut visitor = Visitor::default();
    let query = form(&[
        ("client_id", "app"),
        ("response_type", "id_token"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid"),
        ("nonce", "n"),
    ]);
    let target = format!("/t/told/oauth2/authorize?{query}");
    let back = visitor.sign_in(server, &target, "alice", PASSWORD);
    let (_, rest) = back.split_once("id_token=").unwrap_or_else(|| panic!("sent to {back}"));
    let id_token = rest.split('&').next().unwrap_or(rest).to_owned();
    let sid = member(&claims(&id_token), "sid");
    SignedIn { visitor, id_token, sid }
}

impl SignedIn {
    fn sign_out(&mut self, server: &Server) {
        let query = form(&[("id_token_hint", &self.id_token)]);
        let shown = self.visitor.visit(server, &format!("/t/told/oauth2/logout?{query}"));
        assert_eq!(shown.answer.status, 200, "{}", shown.answer.text());
    }
}

fn killed_around_sign_outs(store: Store, kills: usize, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let client = Client::start();
    let mut server = Server::start(&setup(store, &client));
    let mut people: Vec<SignedIn> =
        (0..kills * SESSIONS_PER_KILL).map(|_| sign_in(&server)).collect();
    let sids: Vec<String> = people.iter().map(|person| person.sid.clone()).collect();
    client.is_deaf.store(true, Ordering::SeqCst);
    for some in people.chunks_mut(SESSIONS_PER_KILL) {
        for person in some {
            person.sign_out(&server);
        }
        std::thread::sleep(seed.between(MOMENT.0, MOMENT.1));
        server.restart();
    }
    assert_eq!(client.told().len(), 0, "it heard nothing so far");
    client.is_deaf.store(false, Ordering::SeqCst);
    client.await_told(&sids, PATIENCE);
    eprintln!("{test}: {kills} kills, {} sign-outs told", sids.len());
}

#[test]
fn rel_002_no_client_misses_a_sign_out_when_the_server_is_killed() {
    let _alone = alone();
    killed_around_sign_outs(Store::Sqlite, KILLS, "REL-002 sign-outs SQLite");
    killed_around_sign_outs(Store::Postgres, KILLS, "REL-002 sign-outs PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn rel_002_no_client_misses_a_sign_out_in_many_kills() {
    let _alone = alone();
    for round in 0..20 {
        let test = format!("REL-002 sign-outs, long, round {round}");
        killed_around_sign_outs(Store::Sqlite, KILLS, &test);
    }
}

#[test]
fn of_two_nodes_one_tells_the_client() {
    let _alone = alone();
    let client = Client::start();
    let setup = setup(Store::At(postgres::database()), &client);
    let nodes = [Server::start(&setup), Server::start(&setup)];
    let mut people: Vec<SignedIn> = (0..20).map(|turn| sign_in(&nodes[turn % 2])).collect();
    for (turn, person) in people.iter_mut().enumerate() {
        person.sign_out(&nodes[(turn + 1) % 2]);
    }
    let sids: Vec<String> = people.iter().map(|person| person.sid.clone()).collect();
    client.await_told(&sids, PATIENCE);
    // Whatever a node still had in hand has come by then.
    std::thread::sleep(Duration::from_secs(2));
    let told = client.told();
    assert!(told.values().all(|times| *times == 1), "told more than once: {told:?}");
}

#[test]
fn a_client_that_was_deaf_is_told_again_by_the_sandboxs_clock() {
    let _alone = alone();
    let client = Client::start();
    let server = Server::dev(&setup(Store::Sqlite, &client));
    let mut person = sign_in(&server);
    client.is_deaf.store(true, Ordering::SeqCst);
    person.sign_out(&server);
    let failed = r#"vidimus_logout_notices_total{result="failed"} 1"#;
    let begun = Instant::now();
    while !server.exchange(&Request::get("/metrics")).text().contains(failed) {
        assert!(begun.elapsed() < PATIENCE, "it was never tried");
        std::thread::sleep(Duration::from_millis(20));
    }
    client.is_deaf.store(false, Ordering::SeqCst);
    let order = json!({"advance_seconds": AGAIN_SECONDS});
    let moved = server.exchange(&Request::post("/__sandbox/clock").json(&order));
    assert_eq!(moved.status, 200, "{}", moved.text());
    let asked = Instant::now();
    client.await_told(&[person.sid], PATIENCE);
    assert!(asked.elapsed() < Duration::from_secs(AGAIN_SECONDS), "by the machine's clock");
}
