//! REL-027: ten times as many clients as the server can bear, and back, three times: it goes on doing
//! nearly what it does best, and is itself again as soon as they have left.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, active, must_be_active};
use vidimus_e2e::traffic::Traffic;
use vidimus_e2e::vitals::processor_time;

use crate::seed::Seed;
use crate::{alone, patient};

/// Two for each core keep it busy.
const CLIENTS: usize = 4;
/// Of each ramp, in order.
const RAMP: [usize; 5] = [1, 3, 10, 3, 1];
const RAMPS: usize = 3;
const STEP: Duration = Duration::from_millis(400);
const STEP_LONG: Duration = Duration::from_secs(10);
/// In percent of the best step's.
const GOODPUT_MIN: u64 = 80;
const RECOVERY_MAX: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_millis(500);
/// Beyond twice the baseline's p99.
const SLACK: Duration = Duration::from_millis(5);
/// Of ten requests, so many are introspections; the others issue or revoke.
const ASKING: usize = 8;
/// A busy machine can spoil a ramp; a server that stays down does so every time.
const REPETITIONS_MAX: usize = 3;

#[derive(Default)]
struct Tally {
    good: AtomicU64,
    sent_away: AtomicU64,
    wrong: AtomicUsize,
}

/// A client of the usual kind: what is sent away comes again, when it is told to.
fn client(subject: &Subject, token: &str, tally: &Tally, done: &AtomicBool, mut seed: Seed) {
    let asks = subject.introspect(token);
    let mut connection = Connection::open(&subject.server.address()).ok();
    let mut own: Option<String> = None;
    while !done.load(Relaxed) {
        let is_asking = seed.below(10) < ASKING;
        let request = if is_asking {
            asks.clone()
        } else {
            own.take().map_or_else(|| subject.issue(), |token| subject.revoke(&token))
        };
        let Some(open) = &mut connection else {
            connection = Connection::open(&subject.server.address()).ok();
            continue;
        };
        match open.exchange(&request) {
            Ok(answer) if answer.status == 200 => {
                let is_wrong = is_asking && active(&answer) != Some(true);
                tally.wrong.fetch_add(is_wrong.into(), Relaxed);
                tally.good.fetch_add(1, Relaxed);
                if answer.text().contains("access_token") {
                    own = Some(answer.member("access_token"));
                }
            }
            Ok(answer) => {
                let retry = answer.header("Retry-After").and_then(|text| text.parse().ok());
                tally.wrong.fetch_add((answer.status != 503 || retry.is_none()).into(), Relaxed);
                tally.sent_away.fetch_add(1, Relaxed);
                let wait = Duration::from_secs(retry.unwrap_or(1))
                    + seed.between(Duration::ZERO, Duration::from_millis(500));
                let start = Instant::now();
                while start.elapsed() < wait && !done.load(Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            Err(_) => connection = None,
        }
    }
}

/// What goodput is counted by: a busy machine gives the server less time, but what it gets done in
/// that time is its own.
#[derive(Clone, Copy)]
enum By {
    Processor,
    Clock,
}

struct Ramp<'a> {
    subject: &'a Subject,
    token: &'a str,
    length: Duration,
    by: By,
}

impl Ramp<'_> {
    fn now(&self, start: Instant) -> Duration {
        match self.by {
            By::Processor => processor_time(self.subject.server.pid()),
            By::Clock => start.elapsed(),
        }
    }
}

/// What so many clients get done in a second.
fn step(ramp: &Ramp<'_>, clients: usize, seed: &mut Seed) -> u64 {
    let &Ramp { subject, token, length, .. } = ramp;
    let (tally, done) = (Tally::default(), AtomicBool::new(false));
    let start = Instant::now();
    let before = ramp.now(start);
    std::thread::scope(|scope| {
        for _ in 0..clients {
            let (tally, done, seed) = (&tally, &done, seed.branch());
            scope.spawn(move || client(subject, token, tally, done, seed));
        }
        std::thread::sleep(length);
        done.store(true, Relaxed);
    });
    let took = ramp.now(start).saturating_sub(before);
    let good =
        tally.good.load(Relaxed) * 1_000_000 / u64::try_from(took.as_micros()).expect("time");
    let sent_away = tally.sent_away.load(Relaxed);
    eprintln!("{clients:4} clients: {good:6} good a second, {sent_away} sent away");
    assert_eq!(tally.wrong.load(Relaxed), 0, "wrong answers with {clients} clients");
    good
}

/// Of a token that nobody revokes, by one connection that asks now and then.
fn p99(subject: &Subject, request: &Request) -> Duration {
    let address = subject.server.address();
    let good = Traffic::start(&address, request.clone(), Duration::from_millis(5), must_be_active);
    std::thread::sleep(WINDOW);
    let report = good.stop();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    report.percentile(0.99)
}

/// What is wrong with it, given the most that was ever done at each step.
fn up_and_down(ramp: &Ramp<'_>, done: &mut [u64; 5], seed: &mut Seed) -> Result<(), String> {
    let request = ramp.subject.introspect(ramp.token);
    let quiet = p99(ramp.subject, &request);
    for (times, done) in RAMP.into_iter().zip(&mut *done) {
        *done = step(ramp, CLIENTS * times, seed).max(*done);
    }
    let left = Instant::now();
    let bearable = 2 * quiet + patient(SLACK);
    while p99(ramp.subject, &request) > bearable {
        if left.elapsed() > RECOVERY_MAX {
            return Err(format!("p99 above {bearable:?}, {RECOVERY_MAX:?} after the last left"));
        }
    }
    eprintln!("p99 was {quiet:?}, and is again within {:?}", left.elapsed());
    // Of those with enough to do; and who comes last is served as who came first.
    let [first, more, most, less, last] = *done;
    let best = more.max(most).max(less);
    let holds = |now: u64, then: u64| now * 100 >= then * GOODPUT_MIN;
    if [more, most, less].iter().all(|now| holds(*now, best)) && holds(last, first) {
        return Ok(());
    }
    Err(format!("a second, of {CLIENTS} clients times {RAMP:?}: {done:?}"))
}

fn ramps(store: Store, length: Duration, by: By, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let subject = Subject::start(&Setup::new(store));
    let token = subject.token();
    let ramp = Ramp { subject: &subject, token: &token, length, by };
    // Caches and pools reach their size first.
    step(&ramp, CLIENTS, &mut seed);
    for _ in 0..RAMPS {
        let (mut failures, mut done) = (Vec::new(), [0; 5]);
        while let Err(failure) = up_and_down(&ramp, &mut done, &mut seed) {
            failures.push(failure);
            assert!(failures.len() < REPETITIONS_MAX, "{test}: {failures:#?}");
        }
    }
    assert!(subject.is_active(&token));
}

#[test]
fn rel_027_beyond_its_capacity_and_back() {
    let _alone = alone();
    ramps(Store::Sqlite, STEP, By::Processor, "REL-027 SQLite");
}

#[test]
#[ignore = "soak"]
fn rel_027_long_beyond_its_capacity_and_back() {
    let _alone = alone();
    ramps(Store::Sqlite, STEP_LONG, By::Clock, "REL-027 SQLite, long");
    ramps(Store::Postgres, STEP_LONG, By::Clock, "REL-027 PostgreSQL, long");
}
