//! SEC-269: another master key takes the place of the one before while tokens are signed and asked about;
//! killed in the middle, nothing is lost; at the end the old one is not needed.

use std::fs;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::Signal;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, active, admin_token};

use crate::{alone, patient};

const TENANTS: usize = 30;
const THREADS: usize = 4;
const DONE_WITHIN: Duration = Duration::from_secs(20);

fn tenant_path(tenant: usize) -> String {
    format!("/admin/v1/tenants/t{tenant}")
}

/// Tenants with a signing key each, and a client whose secret is kept sealed.
fn seal(server: &Server, admin: &str) {
    let post = |path: &str, body: &Value| {
        let answer = server.exchange(&Request::post(path).bearer(admin).json(body));
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
    };
    for tenant in 0..TENANTS {
        post("/admin/v1/tenants", &json!({"id": format!("t{tenant}")}));
        let signer = json!({"client_id": "signer", "access_token_format": "jwt", "scope": "read"});
        post(&format!("{}/clients", tenant_path(tenant)), &signer);
        let again = json!({"client_id": "again", "scope": "read",
            "token_endpoint_auth_method": "client_secret_jwt"});
        post(&format!("{}/clients", tenant_path(tenant)), &again);
        sign(server, admin, tenant);
    }
}

/// A JWT of the tenant's, which its key has signed.
fn sign(server: &Server, admin: &str, tenant: usize) {
    let request = Request::post(&format!("{}/tokens", tenant_path(tenant)));
    let answer = server.exchange(&request.bearer(admin).json(&json!({"client_id": "signer"})));
    assert_eq!(answer.status, 200, "t{tenant}: {}", answer.text());
}

fn rotate(server: &Server, more: &[&str]) -> Output {
    let file = |name: &str| server.directory().join(name);
    let mut command = binary::command();
    command.args(["key", "rotate-master", "--config"]).arg(file("vidimus.toml"));
    command.arg("--credentials").arg(file("vidimus-admin.toml"));
    command.args(["--server", &server.base_url()]).args(more);
    command.output().expect("the command runs")
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn status(server: &Server, admin: &str) -> Value {
    let answer = server.exchange(&Request::get("/admin/v1/status").bearer(admin)).json();
    let of = |key: &str| answer["master_keys"][key].clone();
    json!({"further": of("further"), "to_seal_again": of("to_seal_again")})
}

fn until(server: &Server, admin: &str, wanted: &Value) {
    let begun = Instant::now();
    while status(server, admin) != *wanted {
        assert!(begun.elapsed() < patient(DONE_WITHIN), "{}", status(server, admin));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What is asked until it is over; how often, and all answers must be good.
fn traffic(subject: &Subject, over: &AtomicBool, asked: &AtomicUsize) {
    let mut connection = subject.server.connect();
    while !over.load(Ordering::Relaxed) {
        let issued = connection.exchange(&subject.issue()).expect("an answer");
        let token = issued.member("access_token");
        let seen = connection.exchange(&subject.introspect(&token)).expect("an answer");
        assert_eq!(active(&seen), Some(true), "{}", seen.text());
        asked.fetch_add(2, Ordering::Relaxed);
    }
}

fn rotated_under_traffic(store: Store) {
    let mut subject = Subject::start(&Setup::new(store));
    let admin = admin_token(&subject.server);
    seal(&subject.server, &admin);
    let token = subject.token();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| traffic(&subject, &over, &asked));
        }
        done(&rotate(&subject.server, &[]));
        assert!(!rotate(&subject.server, &["--finish"]).status.success(), "before it was read");
        subject.server.signal(Signal::Hangup);
        until(&subject.server, &admin, &json!({"further": 1, "to_seal_again": 0}));
        done(&rotate(&subject.server, &["--finish"]));
        // Once more, before that was read: the server has nothing to do, and another first key.
        done(&rotate(&subject.server, &[]));
        assert!(
            !rotate(&subject.server, &["--finish"]).status.success(),
            "the key that seals stays"
        );
        subject.server.signal(Signal::Hangup);
        until(&subject.server, &admin, &json!({"further": 1, "to_seal_again": 0}));
        done(&rotate(&subject.server, &["--finish"]));
        subject.server.signal(Signal::Hangup);
        until(&subject.server, &admin, &json!({"further": 0, "to_seal_again": null}));
        (0..TENANTS).for_each(|tenant| sign(&subject.server, &admin, tenant));
        over.store(true, Ordering::Relaxed);
    });
    assert!(asked.load(Ordering::Relaxed) > 50, "{asked:?}");
    // The new key alone, from the beginning.
    subject.server.restart();
    let admin = admin_token(&subject.server);
    (0..TENANTS).for_each(|tenant| sign(&subject.server, &admin, tenant));
    assert!(subject.is_active(&token));
}

#[test]
fn sec_269_the_master_key_is_changed_under_traffic_on_sqlite() {
    let _alone = alone();
    rotated_under_traffic(Store::Sqlite);
}

#[test]
fn sec_269_the_master_key_is_changed_under_traffic_on_postgres() {
    let _alone = alone();
    rotated_under_traffic(Store::Postgres);
}

#[test]
fn sec_269_killed_in_the_middle_it_goes_on_with_both_keys() {
    let _alone = alone();
    let mut server = Server::start(&Setup::new(Store::Sqlite));
    let admin = admin_token(&server);
    seal(&server, &admin);
    done(&rotate(&server, &[]));
    for millis in [1, 5, 20] {
        server.signal(Signal::Hangup);
        std::thread::sleep(Duration::from_millis(millis));
        server.restart();
    }
    let admin = admin_token(&server);
    until(&server, &admin, &json!({"further": 1, "to_seal_again": 0}));
    done(&rotate(&server, &["--finish"]));
    let key = fs::read_to_string(server.directory().join("key")).unwrap();
    assert!(key.contains("pepper ") && !key.contains("old "), "the old key is gone");
    server.restart();
    let admin = admin_token(&server);
    (0..TENANTS).for_each(|tenant| sign(&server, &admin, tenant));
    assert_eq!(status(&server, &admin), json!({"further": 0, "to_seal_again": null}));
}
