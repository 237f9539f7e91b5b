//! How far a long job is: a bar with rate and time left on a terminal, else a line now and then.
//! On standard error, whatever the answer's form.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use vidimus_store::backup::{Unit, Watch};

const LINE_SECONDS: Duration = Duration::from_secs(5);
const BAR_CELLS: u64 = 24;
const REST_MAX: Duration = Duration::from_millis(20);

pub struct Progress {
    began: Instant,
    phase: Mutex<Phase>,
    done: AtomicU64,
    stopped: AtomicBool,
    is_terminal: bool,
}

struct Phase {
    doing: &'static str,
    unit: Unit,
    total: u64,
    began: Instant,
    shown: Instant,
    rested: Instant,
}

#[expect(clippy::disallowed_methods, reason = "the edge: it measures what a person waits for")]
fn now() -> Instant {
    Instant::now()
}

impl Progress {
    pub fn new() -> Self {
        let began = now();
        let phase =
            Phase { doing: "", unit: Unit::Rows, total: 0, began, shown: began, rested: began };
        Self {
            began,
            phase: Mutex::new(phase),
            done: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            is_terminal: io::stderr().is_terminal(),
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn elapsed(&self) -> Duration {
        now().duration_since(self.began)
    }

    pub fn draw(&self) {
        let mut phase = self.phase();
        let now = now();
        let due = self.is_terminal || now.duration_since(phase.shown) >= LINE_SECONDS;
        if !due || phase.doing.is_empty() {
            return;
        }
        phase.shown = now;
        let line = line(&phase, self.done.load(Ordering::Relaxed), now, self.is_terminal);
        drop(phase);
        let mut out = io::stderr().lock();
        // Whoever has closed it does not want to see it.
        let _ = if self.is_terminal {
            write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{line}")
        };
    }

    pub fn clear(&self) {
        if self.is_terminal {
            let mut out = io::stderr().lock();
            let _ = write!(out, "\r\x1b[2K").and_then(|()| out.flush());
        }
    }
}

impl Watch for Progress {
    fn begin(&self, doing: &'static str, unit: Unit, total: u64) {
        let began = now();
        let mut phase = self.phase();
        let shown = phase.shown;
        *phase = Phase { doing, unit, total, began, shown, rested: began };
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    #[expect(clippy::disallowed_methods, reason = "the edge: it gives a server its turn")]
    fn rest(&self, times: u32) {
        let worked = now().duration_since(self.phase().rested);
        std::thread::sleep((worked * times).min(REST_MAX));
        self.phase().rested = now();
    }
}

fn line(phase: &Phase, done: u64, now: Instant, is_terminal: bool) -> String {
    let seconds = now.duration_since(phase.began).as_secs_f64().max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let rate = done as f64 / seconds;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for people")]
    let per_second = amount(rate as u64, phase.unit);
    if phase.total == 0 {
        return match done {
            0 => phase.doing.to_owned(),
            _ => format!("{} {}, {per_second}/s", phase.doing, amount(done, phase.unit)),
        };
    }
    let done = done.min(phase.total);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "for people"
    )]
    let left = if rate > 0.0 { ((phase.total - done) as f64 / rate).ceil() as u64 } else { 0 };
    let (of, percent) = (amount(phase.total, phase.unit), share(done, phase.total, 100));
    let bar = if is_terminal { bar(share(done, phase.total, BAR_CELLS)) } else { String::new() };
    let done = amount(done, phase.unit);
    format!(
        "{} {bar}{percent} %  {done} of {of}  {per_second}/s  {} left",
        phase.doing,
        clock(left)
    )
}

fn share(done: u64, total: u64, of: u64) -> u64 {
    let (done, total, of) = (u128::from(done), u128::from(total.max(1)), u128::from(of));
    u64::try_from(done * of / total).unwrap_or(u64::MAX)
}

fn bar(filled: u64) -> String {
    let cell = |at| if at < filled { '#' } else { '.' };
    format!("[{}] ", (0..BAR_CELLS).map(cell).collect::<String>())
}

pub fn amount(count: u64, unit: Unit) -> String {
    const MIB: u64 = 1 << 20;
    match unit {
        Unit::Rows => format!("{count} rows"),
        Unit::Bytes if count >= 1024 * MIB => {
            format!("{}.{} GiB", count / (1024 * MIB), count % (1024 * MIB) * 10 / (1024 * MIB))
        }
        Unit::Bytes => format!("{}.{} MiB", count / MIB, count % MIB * 10 / MIB),
    }
}

fn clock(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(unit: Unit, total: u64) -> Phase {
        let began = now();
        Phase { doing: "copying", unit, total, began, shown: began, rested: began }
    }

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long_still() {
        let copying = phase(Unit::Bytes, 4 << 30);
        let after = copying.began + Duration::from_secs(2);
        let shown = line(&copying, 1 << 30, after, true);
        assert_eq!(
            shown,
            "copying [######..................] 25 %  1.0 GiB of 4.0 GiB  512.0 MiB/s  6 s left"
        );
        let shown = line(&copying, 5 << 30, after, false);
        assert!(shown.starts_with("copying 100 %  4.0 GiB of 4.0 GiB"), "{shown}");
        let counting = phase(Unit::Rows, 0);
        let after = counting.began + Duration::from_secs(2);
        assert_eq!(line(&counting, 10, after, true), "copying 10 rows, 5 rows/s");
        assert_eq!(line(&counting, 0, after, false), "copying");
        assert_eq!(clock(59), "59 s");
        assert_eq!(clock(61), "1 min 1 s");
        assert_eq!(clock(3_660), "1 h 1 min");
    }
}
