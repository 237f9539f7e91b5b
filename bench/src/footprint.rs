//! Idle memory, and the time to readiness with many tokens on disk.

use std::time::Instant;

use vidimus_e2e::vitals::resident_bytes;

use crate::{Scale, median, prefill, subject::Subject, verdict};

const IDLE_MB_MAX: f64 = 40.0;
const READY_SECONDS_MAX: f64 = 0.3;

pub fn run(scale: &Scale) -> bool {
    let mut subject = Subject::start();
    subject.server.exchange(&subject.issue());
    subject.server.terminate();
    prefill::fill(&subject.server, scale.tokens);
    println!("footprint, SQLite, {} tokens", scale.tokens);
    let mut ready = Vec::new();
    for _ in 0..scale.rounds {
        let start = Instant::now();
        subject.server.restart();
        ready.push(start.elapsed().as_secs_f64());
        subject.server.terminate();
    }
    subject.server.restart();
    std::thread::sleep(std::time::Duration::from_secs(2));
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
    let idle = resident_bytes(subject.server.pid()) as f64 / 1e6;
    let ready = median(ready);
    let met = verdict(
        &format!("ready in {ready:.3} s (at most {READY_SECONDS_MAX} s)"),
        ready <= READY_SECONDS_MAX,
    );
    verdict(&format!("{idle:.1} MB idle (at most {IDLE_MB_MAX} MB)"), idle <= IDLE_MB_MAX) && met
}
