//! REL-001: killed and started again with many live tokens: ready at once, small, and right.

use std::time::{Duration, Instant};

use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::vitals::resident_bytes;

use crate::{alone, many, patient};

const READY_MAX: Duration = Duration::from_millis(300);
const IDLE_BYTES_MAX: u64 = 40_000_000;
const ROUNDS: usize = 3;

fn killed_and_started(rows: u32) {
    let mut subject = Subject::start(&Setup::new(Store::Sqlite));
    let tokens: Vec<_> = (0..50).map(|_| subject.token()).collect();
    subject.server.terminate();
    many::fill(&subject.server, rows, true);
    let mut ready = Vec::new();
    for _ in 0..ROUNDS {
        subject.server.restart();
        assert!(tokens.iter().all(|token| subject.is_active(token)));
        subject.server.kill();
        let start = Instant::now();
        subject.server.restart();
        ready.push(start.elapsed());
    }
    std::thread::sleep(Duration::from_secs(1));
    let idle = resident_bytes(subject.server.pid());
    ready.sort_unstable();
    eprintln!("{rows} tokens: ready in {ready:?}, {idle} bytes idle");
    let (ready, limit) = (ready[ROUNDS / 2], patient(READY_MAX));
    assert!(ready <= limit, "ready in {ready:?}, at most {limit:?}");
    // A binary built for debugging is larger by its unoptimised code.
    let most = if limit > READY_MAX { 2 * IDLE_BYTES_MAX } else { IDLE_BYTES_MAX };
    assert!(idle <= most, "{idle} bytes idle, at most {most}");
    assert!(tokens.iter().all(|token| subject.is_active(token)));
}

#[test]
fn rel_001_ready_at_once_after_a_kill_with_many_tokens() {
    let _alone = alone();
    killed_and_started(200_000);
}

#[test]
#[ignore = "soak"]
fn rel_001_ready_at_once_after_a_kill_with_a_million_tokens() {
    let _alone = alone();
    killed_and_started(1_000_000);
}
