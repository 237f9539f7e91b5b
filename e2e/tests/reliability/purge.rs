//! REL-029: what has expired goes while traffic runs, and nothing that lives goes with it.

use std::time::{Duration, Instant};

use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, must_be_active};
use vidimus_e2e::traffic::Traffic;

use crate::{alone, many};

const EXPIRED: u32 = 20_000;
const PURGED_MAX: Duration = Duration::from_secs(40);

#[test]
fn rel_029_expired_tokens_are_purged_and_live_ones_are_not() {
    let _alone = alone();
    let setup = Setup::new(Store::Sqlite)
        .setting("purge.interval_seconds", "1")
        .setting("purge.keep_seconds", "0");
    let mut subject = Subject::start(&setup);
    let live: Vec<_> = (0..200).map(|_| subject.token()).collect();
    subject.server.terminate();
    let before = many::rows(&subject.server);
    many::fill(&subject.server, EXPIRED, false);
    subject.server.restart();
    let good = Traffic::start(
        &subject.server.address(),
        subject.introspect(&live[0]),
        Duration::from_millis(10),
        must_be_active,
    );
    let start = Instant::now();
    let mut left = many::rows(&subject.server);
    // What is issued while the purge runs stays as well.
    let mut issued = Vec::new();
    while left > before + u32::try_from(issued.len()).expect("a count") {
        assert!(start.elapsed() < PURGED_MAX, "{left} rows are left, {before} live");
        issued.push(subject.token());
        std::thread::sleep(Duration::from_millis(100));
        left = many::rows(&subject.server);
    }
    eprintln!("{EXPIRED} expired tokens purged in {:?}", start.elapsed());
    // Another round of the purge must find nothing to do.
    std::thread::sleep(Duration::from_secs(2));
    good.stop().assert_unharmed("the purge");
    let live_rows = before + u32::try_from(issued.len()).expect("a count");
    assert_eq!(many::rows(&subject.server), live_rows);
    assert!(live.iter().chain(&issued).all(|token| subject.is_active(token)));
}
