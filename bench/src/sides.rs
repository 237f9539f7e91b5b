//! Several servers under the same load, one after the other in every round, so that drift cancels.

use crate::{
    arithmetic::median,
    load::{Between, End, Expect, Lane, Pace, Seen, drive, requests::Requests},
    report::{Measurement, Report},
    usage::{Memory, Processes, Used},
};

/// One of those that are compared.
pub struct Side<'a> {
    pub who: String,
    pub address: String,
    /// Whose processor time counts.
    pub processes: Processes,
    pub connections: usize,
    pub requests: Box<dyn Requests + 'a>,
    pub expect: Expect,
    pub each_round: End,
}

/// What one side did, round by round.
#[derive(Default)]
pub struct Taken {
    pub cpu_us: Vec<f64>,
    pub per_second: Vec<f64>,
    pub p99_us: Vec<f64>,
    pub seen: Seen,
}

impl Taken {
    pub fn cpu(&self) -> f64 {
        median(&self.cpu_us)
    }

    pub fn per_core_second(&self) -> Vec<f64> {
        self.cpu_us.iter().map(|us| 1e6 / us).collect()
    }
}

impl Side<'_> {
    /// One round of it.
    #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
    pub fn take(&mut self, end: End) -> (f64, Seen) {
        if let End::After(count) = end {
            self.requests.prepare(count);
        }
        let before = Used::now(&self.processes.now());
        let mut lanes = [Lane {
            address: self.address.clone(),
            connections: self.connections,
            pace: Pace::Closed,
            requests: Box::new(self.requests.as_mut()),
            expect: self.expect,
        }];
        let seen = drive(&mut lanes, None, end, Between::Sleep).pop().unwrap_or_default();
        let used = Used::now(&self.processes.now()).since(&before);
        (used.as_secs_f64() * 1e6 / seen.answers as f64, seen)
    }
}

/// Each side once to warm it up, then `rounds` of all in turn.
pub fn compare(
    report: &mut Report,
    row: &'static str,
    rounds: u32,
    sides: &mut [Side<'_>],
) -> Vec<Taken> {
    for side in &mut *sides {
        side.take(fifth(side.each_round));
    }
    measure(report, row, rounds, sides)
}

/// Without warming up: what is asked is asked once.
pub fn measure(
    report: &mut Report,
    row: &'static str,
    rounds: u32,
    sides: &mut [Side<'_>],
) -> Vec<Taken> {
    let mut all: Vec<Taken> = sides.iter().map(|_| Taken::default()).collect();
    for _ in 0..rounds {
        for (side, taken) in sides.iter_mut().zip(&mut all) {
            let (cpu_us, seen) = side.take(side.each_round);
            taken.cpu_us.push(cpu_us);
            taken.per_second.push(seen.per_second());
            taken.p99_us.push(seen.latencies.percentile(0.99));
            taken.seen.add(&seen);
        }
    }
    for (side, taken) in sides.iter().zip(&all) {
        let memory = Memory::of(&side.processes.now());
        let measured = Measurement::of(row, &side.who, taken.cpu(), &taken.seen, memory);
        report.measurement(measured);
    }
    all
}

fn fifth(end: End) -> End {
    match end {
        End::After(count) => End::After(count / 5 + 1),
        End::For(span) => End::For(span / 5),
    }
}
