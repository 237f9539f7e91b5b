//! Who guesses at passwords and codes (SEC-190 … SEC-192, SEC-205, SEC-214): told nothing, slowed down,
//! and nobody else's trouble. One server each, as addresses are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::json;
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{House, answered, error_code, house};
use crate::statistics::assert_same_time;
use crate::twin::DEVICE;
use crate::world::{World, on_each_store, on_each_store_alone, quiet_machine, shared};

const WRONG: &str = "do not match";
/// Where a client brings its user's password.
const PATHS: [&str; 2] = ["/oauth2/token", "/services/oauth2/token"];
const TOO_MANY: &str = "Too many attempts";
/// Each costs an argon2id.
const SAMPLES: usize = 300;

/// Somebody of each kind who cannot sign in, with names of one length, and the password tried.
fn classes(world: &World, house: &House) -> Vec<(&'static str, &'static str, String)> {
    let (right, wrong) = (house.password.clone(), "w".repeat(house.password.len()));
    for name in ["known", "disab", "locke"] {
        house.user(world, name, &json!({}));
    }
    for (name, state) in [("disab", "disabled"), ("locke", "locked")] {
        world.change("PATCH", &house.tenant.admin_user(name), &json!({state: true}));
    }
    world.user(&house.tenant, "nopwd");
    vec![
        ("unknown", "nobod", wrong.clone()),
        ("wrong", "known", wrong.clone()),
        ("disabled", "disab", right.clone()),
        ("locked", "locke", right),
        ("without a password", "nopwd", wrong.clone()),
        ("empty", "known", String::new()),
        ("empty, unknown", "nobod", String::new()),
        ("empty, without a password", "nopwd", String::new()),
        ("disabled and wrong", "disab", wrong),
    ]
}

/// What is to be seen of an answer, but for what differs between any two.
fn seen(answer: &Response, name: &str) -> (u16, BTreeMap<String, String>, String) {
    let masked = ["date", "x-request-id"];
    let headers = answer.headers.iter().map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let value = if masked.contains(&name.as_str()) { String::new() } else { value.clone() };
        (name, value)
    });
    let headers = headers.collect();
    let mut text = answer.text().replace(&format!("value=\"{name}\""), "value=\"a name\"");
    if let Some((before, rest)) = answer.text().split_once("\"requestId\":\"") {
        let rest = rest.split_once('"').map_or("", |(_, rest)| rest);
        text = format!("{before}\"requestId\":\"{rest}");
    }
    (answer.status, headers, text)
}

/// A page on which somebody is to sign in, and its browser.
fn pages(world: &World, house: &House) -> Vec<(&'static str, Visitor, Shown)> {
    let patch = json!({"grant_types": ["authorization_code", "refresh_token", DEVICE]});
    world.change("PATCH", &house.tenant.admin_client("spa"), &patch);
    let path = house.tenant.at("/services/oauth2/authorize");
    let products = Request::get(&house.ask("web").target().replace(house.ask("web").path(), &path));
    let mut pages = Vec::new();
    for (what, request) in [
        ("sign-in", house.ask("web").get()),
        ("sign-in again", house.ask("web").with("prompt", "login").get()),
        ("a product's sign-in", products),
        ("account", Request::get(&house.tenant.at("/account"))),
    ] {
        let mut visitor = Visitor::default();
        let target = answered(&mut visitor, world, request).sent_to().expect("a page");
        let shown = visitor.visit(&world.server, &target);
        pages.push((what, visitor, shown));
    }
    let asked = world.exchange(&house.by("spa", "/oauth2/device_authorization", &[]));
    let code = asked.member("user_code");
    let mut visitor = Visitor::default();
    let page = visitor.visit(&world.server, &house.tenant.at("/oauth2/device"));
    let fields = [("user_code", code.as_str()), ("action", "continue")];
    let shown = visitor.submit(&world.server, &page, &fields);
    pages.push(("device", visitor, shown));
    pages
}

/// Counted by nobody: what one costs and looks like is asked more often than anybody may guess.
fn unlimited(world: &World) -> House {
    let policy = json!({"allow_unlimited_guesses": true, "allow_password_grant": true});
    let house = house(world, policy);
    let patch = json!({"grant_types": ["authorization_code", "refresh_token", "password"]});
    world.change("PATCH", &house.tenant.admin_client("web"), &patch);
    house
}

#[test]
fn sec_190_on_every_page_every_failed_sign_in_looks_the_same() {
    on_each_store(|world| {
        let house = unlimited(world);
        let classes = classes(world, &house);
        for (page, mut visitor, shown) in pages(world, &house) {
            let mut before = None;
            for (class, name, password) in &classes {
                let fields = [("username", *name), ("password", password), ("action", "login")];
                let answer = visitor.exchange(&world.server, shown.filled_in(&fields));
                assert_eq!(answer.status, 200, "{page}, {class}: {}", answer.text());
                assert!(answer.text().contains(WRONG), "{page}, {class}: {}", answer.text());
                assert_eq!(answer.header_all("set-cookie"), Vec::<&str>::new(), "{page}, {class}");
                let seen = seen(&answer, name);
                assert_eq!(&seen, before.get_or_insert_with(|| seen.clone()), "{page}, {class}");
            }
        }
    });
}

#[test]
fn sec_190_in_every_dialect_every_failed_password_looks_the_same() {
    on_each_store(|world| {
        let house = unlimited(world);
        let classes = classes(world, &house);
        for path in PATHS {
            let mut before = None;
            for (class, name, password) in &classes {
                let form =
                    [("grant_type", "password"), ("username", *name), ("password", password)];
                let answer = world.exchange(&house.by("web", path, &form));
                // What is missing is nobody's, whoever is named.
                let is_empty = password.is_empty();
                assert!(matches!(answer.status, 400 | 401), "{path}: {}", answer.text());
                let seen = seen(&answer, name);
                if !is_empty {
                    assert_eq!(&seen, before.get_or_insert_with(|| seen.clone()), "{class}");
                }
            }
            let empty = |name: &str| {
                let form = [("grant_type", "password"), ("username", name), ("password", "")];
                seen(&world.exchange(&house.by("web", path, &form)), name)
            };
            assert_eq!(empty("nobod"), empty("known"), "{path}");
            assert_eq!(empty("nobod"), empty("nopwd"), "{path}");
        }
    });
}

#[test]
#[ignore = "soak"]
fn sec_190_on_every_page_every_failed_sign_in_takes_the_same_time() {
    let _quiet = quiet_machine();
    let world = shared(&Store::Sqlite);
    let house = unlimited(world);
    let classes = classes(world, &house);
    for (page, visitor, shown) in pages(world, &house) {
        let attempt = |class: usize, number: usize| {
            let (_, name, password) = &classes[class];
            // Anew each time, where it is wrong anyway.
            let wrong = format!("{}{number:08}", &"w".repeat(32));
            let is_right = *password == house.password;
            let password = if is_right || password.is_empty() { password } else { &wrong };
            let fields = [("username", *name), ("password", password), ("action", "login")];
            visitor.carry(shown.filled_in(&fields))
        };
        for class in 1..classes.len() {
            eprintln!("{page}: {} against {}", classes[0].0, classes[class].0);
            assert_same_time(
                || world.connect(),
                SAMPLES,
                |number| attempt(0, number),
                |number| attempt(class, number),
            );
        }
    }
}

/// From an address of 127.0.0.0/8.
fn from(world: &World, source: [u8; 4], request: Request) -> Response {
    let source = Ipv4Addr::from(source);
    let mut connection = Connection::open_from(source, &world.server.address()).expect("connects");
    connection.exchange(&request.header("Connection", "close")).expect("an answer")
}

/// Whether the password was looked at; else the guesser was told to wait.
fn is_looked_at(answer: &Response) -> bool {
    let text = answer.text();
    let waits = text.contains(TOO_MANY) || answer.status == 429 || text.contains("too_many");
    assert!(waits || text.contains(WRONG) || text.contains("invalid_grant"), "{text}");
    !waits
}

struct Desk {
    house: House,
    visitor: Visitor,
    page: Shown,
}

fn desk(world: &World) -> Desk {
    let house = house(world, json!({"allow_password_grant": true}));
    let patch = json!({"grant_types": ["authorization_code", "refresh_token", "password"]});
    world.change("PATCH", &house.tenant.admin_client("web"), &patch);
    let mut visitor = Visitor::default();
    let page = visitor.visit(&world.server, &house.ask("web").target());
    Desk { house, visitor, page }
}

impl Desk {
    fn at_page(&self, name: &str, password: &str) -> Request {
        let fields = [("username", name), ("password", password), ("action", "login")];
        self.visitor.carry(self.page.filled_in(&fields))
    }

    fn at(&self, path: &str, name: &str, password: &str) -> Request {
        let form = [("grant_type", "password"), ("username", name), ("password", password)];
        self.house.by("web", path, &form)
    }
}

#[test]
fn sec_191_spellings_pages_and_dialects_share_one_counter() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let desk = desk(&world);
        let suffixed = format!("alice@{}", desk.house.tenant.id);
        let spellings = ["alice", "ALICE", "alice ", " alice", "alice.", "Alice", &suffixed];
        let source = [127, 1, 0, 1];
        let mut looked_at = 0;
        for turn in 0..30 {
            let (name, guess) = (spellings[turn % spellings.len()], format!("a guess {turn}"));
            let request = match turn % 3 {
                0 => desk.at_page(name, &guess),
                path => desk.at(PATHS[path - 1], name, &guess),
            };
            looked_at += usize::from(is_looked_at(&from(&world, source, request)));
        }
        assert_eq!(looked_at, 10, "guesses of one network at one account");
        // From everywhere: so many in an hour, and then the account rests for strangers.
        for network in 2..12 {
            for turn in 0..12 {
                let name = spellings[turn % spellings.len()];
                let request = desk.at_page(name, &format!("a guess {network} {turn}"));
                let answer = from(&world, [127, 1, 0, network], request);
                looked_at += usize::from(is_looked_at(&answer));
            }
        }
        assert!((30..=100).contains(&looked_at), "{looked_at} guesses at one account");
        let right = desk.at_page("alice", &desk.house.password);
        assert!(
            !is_looked_at(&from(&world, [127, 1, 1, 1], right)),
            "the limit tells what is right"
        );
        // Nobody else's account rests with it.
        let bob = from(&world, [127, 1, 1, 2], desk.at_page("bob", &desk.house.password));
        assert_eq!(bob.status, 303, "{}", bob.text());
    });
}

#[test]
fn sec_192_nobody_is_kept_out_by_others_guesses() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let desk = desk(&world);
        // Her own device, on which she has been before.
        let mut known = desk.house.signed_in(&world, "alice");
        let page =
            known.visit(&world.server, &desk.house.ask("web").with("prompt", "login").target());
        let mut looked_at = 0;
        for guess in 0..1_500_u32 {
            let [_, _, high, low] = guess.to_be_bytes();
            let request = desk.at_page("alice", &format!("a guess {guess}"));
            let answer = from(&world, [127, 2, high, low], request);
            looked_at += usize::from(is_looked_at(&answer));
        }
        assert!(looked_at <= 100, "{looked_at} guesses were looked at");
        let after = known.submit(&world.server, &page, &desk.house.credentials("alice"));
        assert!(after.sent_to().is_some(), "at the first try: {}", after.answer.text());
        // One address has used up nobody's account and nobody else's address.
        for guess in 0..200 {
            let name = format!("user{guess}");
            let request = desk.at_page(&name, "a guess");
            is_looked_at(&from(&world, [127, 3, 0, 1], request));
        }
        let right = || desk.at_page("bob", &desk.house.password);
        assert!(!is_looked_at(&from(&world, [127, 3, 0, 1], right())), "he guesses on and on");
        let bob = from(&world, [127, 3, 0, 2], right());
        assert_eq!(bob.status, 303, "{}", bob.text());
    });
}

#[test]
fn sec_205_what_a_request_says_of_its_address_is_not_believed() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let desk = desk(&world);
        let names = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"];
        let mut looked_at = 0;
        for guess in 0..25 {
            let (name, address) = (names[guess % names.len()], format!("203.0.113.{guess}"));
            let value =
                if name == "Forwarded" { format!("for={address}") } else { address.clone() };
            let request = desk.at_page("alice", &format!("a guess {guess}")).header(name, &value);
            looked_at += usize::from(is_looked_at(&world.exchange(&request)));
        }
        assert_eq!(looked_at, 10);
        // Nor does the account page show it.
        let mut bob = Visitor::default();
        let page = bob.visit(&world.server, &desk.house.ask("web").target());
        let request = page.filled_in(&desk.house.credentials("bob"));
        let request = request.header("X-Forwarded-For", "203.0.113.99");
        assert_eq!(bob.exchange(&world.server, request).status, 303);
        let account = bob.visit(&world.server, &desk.house.tenant.at("/account"));
        let text = account.answer.text();
        assert!(text.contains("127.0.0.1") && !text.contains("203.0.113"), "{text}");
    });
}

#[test]
fn sec_214_a_devices_code_is_not_guessed_and_not_allowed_unseen() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let house = house(&world, json!({}));
        let patch = json!({"grant_types": ["authorization_code", DEVICE], "client_name": "The TV"});
        world.change("PATCH", &house.tenant.admin_client("spa"), &patch);
        let ask = || {
            let asked = world.exchange(&house.by("spa", "/oauth2/device_authorization", &[]));
            assert_eq!(asked.status, 200, "{}", asked.text());
            asked
        };
        let codes: BTreeSet<String> = (0..200).map(|_| ask().member("user_code")).collect();
        assert_eq!(codes.len(), 200);
        let letters: BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        let chars = codes.first().expect("one").chars().filter(|c| *c != '-').count();
        let kinds = letters.iter().filter(|c| **c != '-').count();
        let bits = (kinds as f64).log2() * chars as f64;
        assert!(bits >= 40.0, "{chars} characters of {kinds}");
        // Ten in a minute from one place, right or wrong.
        let asked = ask();
        let code = asked.member("user_code");
        let mut guesser = house.signed_in(&world, "bob");
        let page = guesser.visit(&world.server, &house.tenant.at("/oauth2/device"));
        let mut tries = 0;
        for guess in 0..30 {
            let guess = format!("BBBBB-BBB{}{}", letter(guess / 20), letter(guess % 20));
            let fields = [("user_code", guess.as_str()), ("action", "continue")];
            let answer = guesser.exchange(&world.server, page.filled_in(&fields));
            tries += usize::from(!answer.text().contains(TOO_MANY));
        }
        assert!(tries <= 10, "{tries} tries in a minute");
        let fields = [("user_code", code.as_str()), ("action", "continue")];
        let answer = guesser.exchange(&world.server, page.filled_in(&fields));
        assert!(answer.text().contains(TOO_MANY), "the right one is looked at");
        let poll = [("grant_type", DEVICE), ("device_code", &asked.member("device_code"))];
        let poll = || world.exchange(&house.by("spa", "/oauth2/token", &poll));
        assert_eq!(poll().member("error"), "authorization_pending");
        assert_eq!(poll().member("error"), "slow_down", "at once again");
        assert_shown_first(&world, &house, &code);
    });
}

fn letter(which: usize) -> char {
    "BCDFGHJKLMNPQRSTVWXZ".chars().nth(which % 20).expect("a letter")
}

/// A link that brings the code allows nothing: the client is shown, and the user says yes.
fn assert_shown_first(world: &World, house: &House, code: &str) {
    let mut alice = house.signed_in(world, "alice");
    let path = house.tenant.at("/oauth2/device");
    let linked = alice.visit(&world.server, &format!("{path}?user_code={code}"));
    assert!(linked.answer.text().contains(&format!("value=\"{code}\"")), "the form is filled in");
    assert!(!linked.answer.text().contains("consent-allow"));
    let form = alice.carry(linked.filled_in(&[("user_code", code), ("action", "continue")]));
    let answer = from(world, [127, 4, 0, 1], form);
    let target = answer.header("location").unwrap_or_else(|| panic!("{}", answer.text()));
    let consent = alice.visit(&world.server, target);
    let text = consent.answer.text();
    assert!(text.contains("The TV") && text.contains(code), "the client and the code: {text}");
    assert!(text.contains("consent-allow"), "{text}");
    // Somebody else's browser has no part in it.
    let mut bob = house.signed_in(world, "bob");
    let stolen = answered(&mut bob, world, Request::get(&consent.target));
    assert_eq!(error_code(&stolen.answer).as_deref(), Some("invalid_request"));
    let done = alice.submit(&world.server, &consent, &[("action", "allow")]);
    assert_eq!(done.answer.status, 200, "{}", done.answer.text());
}

#[test]
fn sec_218_a_stranger_learns_nothing_from_the_servers_own_pages() {
    on_each_store_alone(|setup: Setup| {
        let world = World::start(&setup);
        let house = house(&world, json!({}));
        for path in
            ["/debug", "/version", "/health", "/debug/pprof", "/actuator", "/__sandbox/clock"]
        {
            let answer = world.exchange(&Request::get(path));
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        for path in ["/livez", "/readyz"] {
            let answer = world.exchange(&Request::get(path));
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.body.len() <= 64, "{path}: {}", answer.text());
        }
        // Through a proxy nobody is on this machine.
        for forwarded in ["X-Forwarded-For", "Forwarded", "Via"] {
            let request = Request::get("/metrics").header(forwarded, "203.0.113.1");
            let answer = world.exchange(&request);
            assert!(matches!(answer.status, 401 | 404), "{forwarded}: {}", answer.status);
        }
        // And whoever may read them reads of no user or client.
        let metrics = world.exchange(&Request::get("/metrics"));
        for name in ["alice", "web", &house.password] {
            assert!(!metrics.text().contains(&format!("\"{name}\"")), "{name}");
        }
    });
}
