//! REL-005: the process ends at one certain step of a commit, a checkpoint, a purge or a stop, by
//! strace(1) at the n-th call on that file; and PostgreSQL itself ends at any moment.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use vidimus_e2e::cluster::Cluster;
use vidimus_e2e::process::Signal;
use vidimus_e2e::setup::{Setup, Store};

use crate::disk::assert_intact;
use crate::fault::Fault;
use crate::ground::Ground;
use crate::seed::Seed;
use crate::trace::Trap;
use crate::{alone, cycle, many};

const MOMENT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
/// A step that is not reached in this time is not reached.
const PATIENCE: Duration = Duration::from_secs(6);
const EXPIRED: u32 = 3_000;

struct Step {
    name: &'static str,
    calls: &'static str,
    /// Behind the database's name.
    suffix: &'static str,
    /// The last of these calls that may be the one.
    last: usize,
    /// The server is told to stop first, which empties the log.
    stops: bool,
}

const STEPS: [Step; 7] = [
    Step { name: "a page of the log", calls: "pwrite64", suffix: "-wal", last: 200, stops: false },
    Step { name: "its sync", calls: "fdatasync,fsync", suffix: "-wal", last: 40, stops: false },
    Step { name: "a page checkpointed", calls: "pwrite64", suffix: "", last: 60, stops: false },
    Step { name: "its sync", calls: "fdatasync,fsync", suffix: "", last: 1, stops: false },
    Step { name: "a page at the stop", calls: "pwrite64", suffix: "", last: 20, stops: true },
    Step { name: "the stop's sync", calls: "fdatasync,fsync", suffix: "", last: 1, stops: true },
    Step { name: "the log cut", calls: "ftruncate,unlink", suffix: "-wal", last: 1, stops: true },
];

fn strike(ground: &Ground, step: &Step, turn: usize) -> bool {
    let server = &ground.subject.server;
    let url = server.store_url();
    let file = format!("{}{}", url.strip_prefix("sqlite:").expect("a file"), step.suffix);
    let trap = Trap::kill(server.pid(), step.calls, Path::new(&file), turn);
    if step.stops {
        server.signal(Signal::Terminate);
    }
    let has_sprung = trap.has_sprung(PATIENCE);
    if !has_sprung {
        server.signal(Signal::Kill);
    }
    has_sprung
}

fn cycles(count: usize, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let setup = Setup::new(Store::Sqlite)
        .setting("purge.interval_seconds", "1")
        .setting("purge.keep_seconds", "0")
        .setting("purge.batch", "50");
    let mut ground = Ground::start(&setup);
    let mut purging = 0;
    for step in &STEPS {
        let mut sprung = 0;
        for _ in 0..count {
            // Something to purge meanwhile.
            ground.subject.server.kill();
            many::fill(&ground.subject.server, EXPIRED, false);
            let expired = many::expired(&ground.subject.server);
            ground.subject.server.restart();
            let turn = 1 + seed.below(step.last);
            let strike = |ground: &Ground, _: &Fault| {
                let left = many::expired(&ground.subject.server);
                purging += usize::from((1..expired).contains(&left));
                sprung += usize::from(strike(ground, step, turn));
            };
            cycle::run(&mut ground, &mut seed, MOMENT, strike, |ground| {
                ground.subject.server.restart();
                let url = ground.subject.server.store_url();
                assert_intact(Path::new(url.strip_prefix("sqlite:").expect("a file")));
            });
        }
        let Step { name, calls, suffix, .. } = step;
        eprintln!("{test}: {name} ({calls} of vidimus.db{suffix}): ended there {sprung}/{count}");
        assert!(2 * sprung >= count, "only {sprung} of {count} ended at {name}");
    }
    let all = STEPS.len() * count;
    eprintln!("{test}: a purge was under way {purging}/{all}");
    assert!(2 * purging >= all, "only {purging} of {all} ended in a purge");
}

#[test]
fn rel_005_ended_at_any_step_of_a_commit_checkpoint_or_stop() {
    let _alone = alone();
    cycles(2, "REL-005");
}

#[test]
#[ignore = "soak"]
fn rel_005_ended_fifty_times_at_each_step() {
    let _alone = alone();
    cycles(50, "REL-005, long");
}

/// The server goes on without being started again.
fn postgres_ends(count: u32, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let cluster = RefCell::new(Cluster::start().expect("PostgreSQL"));
    let store = Store::At(cluster.borrow().database());
    let mut ground = Ground::start(&Setup::new(store));
    let mut read = 0;
    for _ in 0..count {
        let strike = |_: &Ground, fault: &Fault| {
            fault.strikes(|| cluster.borrow_mut().stop_immediate());
            // Whoever acknowledges without a database does it now.
            std::thread::sleep(Duration::from_millis(50));
        };
        let held = cycle::run(&mut ground, &mut seed, MOMENT, strike, |ground| {
            cluster.borrow_mut().restart();
            ground.await_ready();
        });
        read += held.len();
    }
    eprintln!("{test}: {count} times, {read} tokens read twice, 0 violations");
    assert!(read > 10 * count as usize, "only {read} tokens in {count} cycles");
    drop(ground);
}

#[test]
fn rel_005_postgresql_ends_at_any_moment() {
    let _alone = alone();
    postgres_ends(3, "REL-005 PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn rel_005_postgresql_ends_fifty_times() {
    let _alone = alone();
    postgres_ends(50, "REL-005 PostgreSQL, long");
}
