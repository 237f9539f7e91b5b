//! REL-002: SIGKILL at a random moment under traffic, and nothing acknowledged is lost or undone.

use std::time::Duration;

use vidimus_e2e::process::Signal;
use vidimus_e2e::setup::{Setup, Store};

use crate::fault::Fault;
use crate::ground::Ground;
use crate::history::History;
use crate::seed::Seed;
use crate::workers::read_twice;
use crate::{alone, cycle};

const CYCLES: &str = "VIDIMUS_KILL_CYCLES";
const SHORT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(600));
const LONG: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(1500));
/// How many tokens of each earlier cycle are read again at the end of all.
const REMEMBERED: usize = 20;

fn cycles(store: Store, count: u32, moment: (Duration, Duration), test: &str) {
    let mut seed = Seed::of_this_run(test);
    let mut ground = Ground::start(&Setup::new(store));
    let (mut remembered, mut read) = (Vec::new(), 0);
    for cycle in 1..=count {
        let strike = |ground: &Ground, _: &Fault| ground.subject.server.signal(Signal::Kill);
        let mut held = cycle::run(&mut ground, &mut seed, moment, strike, |ground| {
            ground.subject.server.restart();
        });
        read += held.len();
        held.truncate(REMEMBERED);
        remembered.extend(held);
        if cycle % 100 == 0 {
            eprintln!("{test}: {cycle} cycles, {read} tokens read twice");
        }
    }
    eprintln!("{test}: {count} cycles, {read} tokens read twice, 0 violations");
    assert!(read > 10 * count as usize, "only {read} tokens in {count} cycles");
    let history = History::default();
    read_twice(&ground, &history, &mut remembered);
    history.assert_kept("after all cycles");
}

#[test]
fn rel_002_nothing_acknowledged_is_lost_by_a_kill_on_sqlite() {
    let _alone = alone();
    cycles(Store::Sqlite, cycle::count(CYCLES, 50), SHORT, "REL-002 SQLite");
}

#[test]
fn rel_002_nothing_acknowledged_is_lost_by_a_kill_on_postgres() {
    let _alone = alone();
    cycles(Store::Postgres, cycle::count(CYCLES, 50).div_ceil(5), SHORT, "REL-002 PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn rel_002_a_thousand_kills_on_sqlite() {
    let _alone = alone();
    cycles(Store::Sqlite, cycle::count(CYCLES, 1000), LONG, "REL-002 SQLite, long");
}

#[test]
#[ignore = "soak"]
fn rel_002_many_kills_on_postgres() {
    let _alone = alone();
    cycles(
        Store::Postgres,
        cycle::count(CYCLES, 1000).div_ceil(5),
        LONG,
        "REL-002 PostgreSQL, long",
    );
}
