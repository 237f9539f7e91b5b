//! Good traffic beside an attack or a fault: one request at a steady rate, every answer looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::http::{Request, Response};

pub struct Traffic {
    done: Arc<AtomicBool>,
    sending: JoinHandle<Report>,
}

#[derive(Debug, Default)]
pub struct Report {
    /// Of every request that was answered, sorted.
    pub latencies: Vec<Duration>,
    /// What was wrong, and how long after the start.
    pub failures: Vec<(Duration, String)>,
}

impl Traffic {
    /// On one kept connection; a failure opens another. `judge` says what is wrong with an answer.
    pub fn start(
        address: &str,
        request: Request,
        every: Duration,
        judge: fn(&Response) -> Result<(), String>,
    ) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&done);
        let address = address.to_owned();
        let sending = std::thread::spawn(move || {
            let start = Instant::now();
            let mut report = Report::default();
            let mut connection = None;
            while !stop.load(Ordering::Relaxed) {
                let sent = Instant::now();
                match ask(&address, &mut connection, &request).and_then(|answer| judge(&answer)) {
                    Ok(()) => report.latencies.push(sent.elapsed()),
                    Err(failure) => {
                        connection = None;
                        report.failures.push((start.elapsed(), failure));
                    }
                }
                std::thread::sleep(every.saturating_sub(sent.elapsed()));
            }
            report.latencies.sort_unstable();
            report
        });
        Self { done, sending }
    }

    pub fn stop(self) -> Report {
        self.done.store(true, Ordering::Relaxed);
        self.sending.join().expect("the traffic's thread")
    }
}

impl Report {
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among some thousands"
        )]
        let rank = (last as f64 * share) as usize;
        self.latencies.get(rank).copied().unwrap_or_default()
    }

    /// # Panics
    /// If any request failed, or none was sent.
    pub fn assert_unharmed(&self, during: &str) {
        assert!(self.failures.is_empty(), "good traffic during {during}: {:?}", self.failures);
        assert!(!self.latencies.is_empty(), "no good traffic during {during}");
        eprintln!(
            "good traffic during {during}: {} answers, median {:?}, p99 {:?}",
            self.latencies.len(),
            self.percentile(0.5),
            self.percentile(0.99)
        );
    }
}

fn ask(
    address: &str,
    connection: &mut Option<Connection>,
    request: &Request,
) -> Result<Response, String> {
    if connection.is_none() {
        *connection = Some(Connection::open(address).map_err(|fault| fault.to_string())?);
    }
    let Some(open) = connection else { return Err("no connection".to_owned()) };
    let answer = open.exchange(request).map_err(|fault| fault.to_string())?;
    if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
        *connection = None;
    }
    Ok(answer)
}
