//! SEC-273: what an administrator was told is done is in the audit trail, whenever the server is killed, and
//! the trail's chain is whole.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::Signal;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::admin_token;

use crate::seed::Seed;
use crate::{alone, cycle};

const THREADS: usize = 4;

/// Creates users until the server is gone; those of whom it said so.
fn create(server: &Server, admin: &str, next: &AtomicUsize, made: &Mutex<BTreeSet<String>>) {
    let Ok(mut connection) = Connection::open(&server.address()) else { return };
    loop {
        let username = format!("u{}", next.fetch_add(1, Ordering::Relaxed));
        let request = Request::post("/admin/v1/tenants/default/users")
            .bearer(admin)
            .json(&json!({"username": username}));
        let Ok(answer) = connection.exchange(&request) else { return };
        assert_eq!(answer.status, 201, "{}", answer.text());
        made.lock().unwrap().insert(username);
    }
}

fn read(server: &Server, admin: &str, path: &str) -> Value {
    let answer = server.exchange(&Request::get(path).bearer(admin));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// The names of all users whose creation the trail tells.
fn told(server: &Server, admin: &str) -> BTreeSet<String> {
    let (mut told, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = read(server, admin, &format!("/admin/v1/audit?limit=1000{after}"));
        for entry in page["items"].as_array().unwrap() {
            assert_eq!(entry["intact"], true, "{entry}");
            let action = entry["action"].as_str().unwrap();
            told.extend(action.strip_prefix("create user ").map(str::to_owned));
        }
        let Some(next) = page["next"].as_str() else { return told };
        after = format!("&after={next}");
    }
}

fn cycles(store: Store, count: u32, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let mut server = Server::start(&Setup::new(store));
    let (next, made) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    for _ in 0..count {
        let admin = admin_token(&server);
        let after = seed.between(Duration::from_millis(30), Duration::from_millis(200));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| create(&server, &admin, &next, &made));
            }
            std::thread::sleep(after);
            server.signal(Signal::Kill);
        });
        server.restart();
    }
    let admin = admin_token(&server);
    let (made, told) = (made.into_inner().unwrap(), told(&server, &admin));
    assert!(made.len() > count as usize, "only {} users in {count} cycles", made.len());
    let untold: Vec<_> = made.difference(&told).collect();
    assert!(untold.is_empty(), "done and not in the trail: {untold:?}");
    let checked = read(&server, &admin, "/admin/v1/audit/check");
    assert_eq!(checked["broken"], json!([]));
    assert_eq!(checked["links"], checked["entries"]);
    eprintln!("{test}: {count} kills, {} users, none without its entry", made.len());
}

const CYCLES: &str = "VIDIMUS_TRAIL_CYCLES";

#[test]
fn sec_273_no_change_is_acknowledged_without_its_entry_on_sqlite() {
    let _alone = alone();
    cycles(Store::Sqlite, cycle::count(CYCLES, 20), "SEC-273 SQLite");
}

#[test]
fn sec_273_no_change_is_acknowledged_without_its_entry_on_postgres() {
    let _alone = alone();
    cycles(Store::Postgres, cycle::count(CYCLES, 20).div_ceil(4), "SEC-273 PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn sec_273_two_hundred_kills_lose_no_entry() {
    let _alone = alone();
    cycles(Store::Sqlite, 200, "SEC-273 SQLite, long");
}
