//! REL-029: what has expired goes while traffic runs, and nothing that lives goes with it; the log stays
//! small, and the room that is left is used again.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, must_be_active};
use vidimus_e2e::traffic::{Report, Traffic};

use crate::{alone, many, patient};

const EXPIRED: u32 = 50_000;
const EXPIRED_LONG: u32 = 10_000_000;
/// Of each second, with the default batches and the pauses between them.
const PURGED_EACH_SECOND_MIN: u32 = 1_000;
const LOG_BYTES_MAX: u64 = 64 << 20;
const QUIET: Duration = Duration::from_secs(2);
/// Beyond 1.5 times the quiet p99: a scheduler's turn or two, of one connection at 100 a second.
const SLACK: Duration = Duration::from_millis(5);
/// Issued into the room that the purge has left.
const ISSUED: usize = 300;

/// The largest that the write-ahead log is seen to be.
struct Log {
    largest: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    watching: JoinHandle<()>,
}

impl Log {
    fn watch(server: &Server) -> Self {
        let url = server.store_url();
        let file = format!("{}-wal", url.strip_prefix("sqlite:").expect("a file"));
        let file = PathBuf::from(file);
        let (largest, done) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let watching = std::thread::spawn({
            let (largest, done) = (Arc::clone(&largest), Arc::clone(&done));
            move || {
                while !done.load(Ordering::Relaxed) {
                    let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
                    largest.fetch_max(bytes, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
        Self { largest, done, watching }
    }

    fn largest_bytes(self) -> u64 {
        self.done.store(true, Ordering::Relaxed);
        self.watching.join().expect("the watch");
        self.largest.load(Ordering::Relaxed)
    }
}

fn good(subject: &Subject, token: &str) -> Traffic {
    let every = Duration::from_millis(10);
    Traffic::start(&subject.server.address(), subject.introspect(token), every, must_be_active)
}

fn quiet(subject: &Subject, token: &str) -> Report {
    let good = good(subject, token);
    std::thread::sleep(QUIET);
    let report = good.stop();
    report.assert_unharmed("nothing");
    report
}

/// Pages of the file, and how many of them are free.
fn pages(server: &Server) -> (u32, u32) {
    let db = many::open(server);
    let pragma = |name| db.query_row(name, [], |row| row.get(0)).expect("a count");
    (pragma("PRAGMA page_count"), pragma("PRAGMA freelist_count"))
}

fn purged(expired: u32) {
    let setup = Setup::new(Store::Sqlite)
        .setting("purge.interval_seconds", "1")
        .setting("purge.keep_seconds", "0");
    let mut subject = Subject::start(&setup);
    let live: Vec<_> = (0..200).map(|_| subject.token()).collect();
    let quiet = quiet(&subject, &live[0]);
    subject.server.terminate();
    let before = many::rows(&subject.server);
    many::fill(&subject.server, expired, false);
    subject.server.restart();
    let (good, log) = (good(&subject, &live[0]), Log::watch(&subject.server));
    let start = Instant::now();
    let limit = Duration::from_secs((expired / PURGED_EACH_SECOND_MIN).into());
    let mut left = many::expired(&subject.server);
    // What is issued while the purge runs stays as well.
    let mut issued = Vec::new();
    while left > 0 {
        assert!(start.elapsed() < limit, "{left} expired rows are left after {limit:?}");
        issued.push(subject.token());
        std::thread::sleep(Duration::from_millis(100));
        left = many::expired(&subject.server);
    }
    eprintln!("{expired} expired tokens purged in {:?}", start.elapsed());
    // Another round of the purge must find nothing to do.
    std::thread::sleep(Duration::from_secs(2));
    let (during, log_bytes) = (good.stop(), log.largest_bytes());
    during.assert_unharmed("the purge");
    let live_rows = before + u32::try_from(issued.len()).expect("a count");
    assert_eq!(many::rows(&subject.server), live_rows);
    assert!(live.iter().chain(&issued).all(|token| subject.is_active(token)));
    let (most, p99) = (quiet.percentile(0.99) * 3 / 2 + patient(SLACK), during.percentile(0.99));
    assert!(p99 <= most, "p99 {p99:?} under the purge, at most {most:?}");
    eprintln!("the log was up to {log_bytes} bytes");
    assert!(log_bytes <= LOG_BYTES_MAX, "the log grew to {log_bytes} bytes");
    assert_room_is_used_again(&subject);
}

fn assert_room_is_used_again(subject: &Subject) {
    let (all, free) = pages(&subject.server);
    assert!(free > 100, "only {free} of {all} pages are free after the purge");
    (0..ISSUED).for_each(|_| drop(subject.token()));
    let (now, left) = pages(&subject.server);
    eprintln!("{free} of {all} pages free, then {left} of {now}");
    assert!(now <= all && left < free, "the file grows beside free pages");
}

#[test]
fn rel_029_expired_tokens_are_purged_and_live_ones_are_not() {
    let _alone = alone();
    purged(EXPIRED);
}

#[test]
#[ignore = "soak"]
fn rel_029_ten_million_expired_tokens() {
    let _alone = alone();
    purged(EXPIRED_LONG);
}
