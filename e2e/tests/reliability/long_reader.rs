//! REL-030: somebody reads one snapshot of the file for long while much is written. The log is
//! bounded, and the operator is told.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;

use crate::{alone, cycle, many};

const SECONDS: &str = "VIDIMUS_LONG_READER_SECONDS";
const LOG_BYTES_MAX: u64 = 256 << 20;
const WRITERS: usize = 16;
const RECOVERED_MAX: Duration = Duration::from_secs(10);

/// How long its log is while a reader stays, and what it has said by then.
fn read_for(time: Duration) -> (Subject, u64) {
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    let token = subject.token();
    let log = subject.server.directory().join("vidimus.db-wal");
    let reader = many::open(&subject.server);
    reader.execute_batch("BEGIN; SELECT count(*) FROM token").expect("a snapshot");
    let (done, mut longest) = (AtomicBool::new(false), 0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut server = subject.server.connect();
                let issue = subject.issue();
                while !done.load(Ordering::Relaxed) {
                    let answer = server.exchange(&issue).expect("an answer");
                    // Better told to come back than a full disk.
                    assert!([200, 503].contains(&answer.status), "{}", answer.text());
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < time {
            longest = longest.max(fs::metadata(&log).map_or(0, |file| file.len()));
            assert!(subject.is_active(&token), "a verdict while the log grows");
            std::thread::sleep(Duration::from_millis(50));
        }
        done.store(true, Ordering::Relaxed);
    });
    reader.execute_batch("ROLLBACK").expect("the snapshot is given up");
    eprintln!("a reader of {time:?}: {} rows, log {longest} bytes", many::rows(&subject.server));
    (subject, longest)
}

/// Afterwards it writes as before, and the log begins anew.
fn recovers(subject: &Subject) {
    let start = Instant::now();
    while subject.server.exchange(&subject.issue()).status != 200 {
        assert!(start.elapsed() < RECOVERED_MAX, "no token once the reader has gone");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rel_030_a_reader_that_stays_holds_up_no_write_and_the_log_is_bounded() {
    let _alone = alone();
    let seconds = cycle::count(SECONDS, 8);
    let (subject, longest) = read_for(Duration::from_secs(seconds.into()));
    assert!(longest <= LOG_BYTES_MAX, "the log has {longest} bytes, at most {LOG_BYTES_MAX}");
    recovers(&subject);
}

#[test]
#[ignore = "soak"]
fn rel_030_a_reader_of_ten_minutes_costs_no_more_than_the_bound_and_is_told_of() {
    let _alone = alone();
    let seconds = cycle::count(SECONDS, 600);
    let (subject, longest) = read_for(Duration::from_secs(seconds.into()));
    assert!(longest <= LOG_BYTES_MAX, "the log has {longest} bytes, at most {LOG_BYTES_MAX}");
    let told = subject.server.stderr();
    assert!(told.contains("log") && told.contains("reader"), "no alarm: {told}");
    recovers(&subject);
}
