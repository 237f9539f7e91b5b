//! One cycle: traffic, a fault at a random moment, a restart, everything read twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vidimus_e2e::subject::admin_token;

use crate::fault::Fault;
use crate::ground::Ground;

use crate::history::{Held, History};
use crate::seed::Seed;
use crate::workers::{THREADS, Work, read_twice, use_again};

/// How many cycles, from the environment or as given.
pub fn count(variable: &str, otherwise: u32) -> u32 {
    let Ok(text) = std::env::var(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number"))
}

/// `strike` while everybody is at work; `recover` leaves the server running again on what survived.
pub fn run(
    ground: &mut Ground,
    seed: &mut Seed,
    moment: (Duration, Duration),
    strike: impl FnOnce(&Ground, &Fault),
    recover: impl FnOnce(&mut Ground),
) -> Vec<Held> {
    let admin = admin_token(&ground.subject.server);
    let (history, fault) = (History::default(), Fault::default());
    let done = AtomicBool::new(false);
    let seeds: Vec<_> = (0..THREADS).map(|_| seed.branch()).collect();
    let after = seed.between(moment.0, moment.1);
    let work = Work { ground, admin: &admin, history: &history, fault: &fault, done: &done };
    std::thread::scope(|scope| {
        for seed in seeds {
            scope.spawn(|| work.run(seed));
        }
        std::thread::sleep(after);
        strike(work.ground, &fault);
        done.store(true, Ordering::Relaxed);
    });
    recover(ground);
    let (mut held, mut used) = history.gather();
    read_twice(ground, &history, &mut held);
    use_again(ground, &history, &mut used);
    history.assert_kept("after the fault");
    held
}
