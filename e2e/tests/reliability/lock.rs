//! REL-031: two servers on one SQLite file, and somebody else's lock on it.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, active, must_be_active};
use vidimus_e2e::traffic::Traffic;

use crate::{alone, many};

const BUSY_MAX: Duration = Duration::from_secs(2);
const WRITERS: u32 = 8;
const RECOVERED_MAX: Duration = Duration::from_secs(5);

#[test]
fn rel_031_a_second_server_on_the_file_is_refused_with_its_name() {
    let setup = Setup::new(Store::Sqlite);
    let subject = Subject::start(&setup);
    let token = subject.token();
    let mut second = setup.clone();
    second.store = Store::At(subject.server.store_url().to_owned());
    let Err(refusal) = Server::try_start(&second) else { panic!("a second server started") };
    assert!(!refusal.status.success());
    let told = refusal.stderr.to_lowercase();
    let names_it = told.contains("vidimus.db");
    let says_why =
        ["another", "in use", "locked", "already"].iter().any(|word| told.contains(word));
    assert!(names_it && says_why, "{}", refusal.stderr);
    assert!(!told.contains("panicked"), "{}", refusal.stderr);
    assert!(subject.is_active(&token));
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn rel_031_the_file_is_free_again_after_a_kill() {
    let setup = Setup::new(Store::Sqlite);
    let mut subject = Subject::start(&setup);
    let token = subject.token();
    subject.server.kill();
    subject.server.restart();
    assert!(subject.is_active(&token));
}

/// As a shell or a backup tool may hold it. Readers go on; writers wait, then say that they cannot.
#[test]
fn rel_031_a_foreign_lock_delays_writes_and_falsifies_nothing() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    let token = subject.token();
    let revoked = subject.token();
    assert_eq!(subject.server.exchange(&subject.revoke(&revoked)).status, 200);
    let good = Traffic::start(
        &subject.server.address(),
        subject.introspect(&token),
        Duration::from_millis(10),
        must_be_active,
    );
    let lock: Connection = many::open(&subject.server);
    lock.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (subject, token) = (&subject, &token);
            scope.spawn(move || {
                // Not all at once: some come while others wait for the lock already.
                std::thread::sleep(writer * Duration::from_millis(150));
                for request in [subject.issue(), subject.revoke(token), subject.issue()] {
                    is_sent_away(subject, &request);
                }
            });
        }
        let verdict = active(&subject.server.exchange(&subject.introspect(&revoked)));
        assert_eq!(verdict, Some(false), "a revoked token while the file is locked");
    });
    lock.execute_batch("ROLLBACK").expect("the lock is given up");
    let start = Instant::now();
    while subject.server.exchange(&subject.issue()).status != 200 {
        assert!(start.elapsed() < RECOVERED_MAX, "no token after the lock was given up");
        std::thread::sleep(Duration::from_millis(50));
    }
    good.stop().assert_unharmed("a foreign lock");
    // The revocation was refused, so it did not happen.
    assert!(subject.is_active(&token));
}

fn is_sent_away(subject: &Subject, request: &Request) {
    let start = Instant::now();
    let answer = subject.server.exchange(request);
    let took = start.elapsed();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
    assert!(took <= BUSY_MAX, "{took:?}, at most {BUSY_MAX:?}");
}
