//! What the counters were at moments past: one every five seconds over ten minutes, one a minute over a
//! day. In memory, of this process alone.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::time::{Duration, Instant};
use vidimus_core::time::Time;

use crate::metrics::{Label, Latency, SECONDS, Snapshot};

/// How often a sample is taken.
pub const EVERY: Duration = Duration::from_secs(5);
const COARSE: Duration = Duration::from_secs(60);
const FINE_MAX: usize = 121;
const COARSE_MAX: usize = 1441;

#[derive(Clone)]
pub struct Sample {
    /// For people; the clock may be moved.
    pub at: Time,
    /// For rates.
    pub taken: Instant,
    pub seen: Snapshot,
}

#[derive(Default)]
pub struct History {
    rings: Mutex<Rings>,
}

#[derive(Default)]
struct Rings {
    fine: VecDeque<Sample>,
    coarse: VecDeque<Sample>,
}

impl History {
    pub fn add(&self, sample: &Sample) {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = rings.coarse.back().is_none_or(|last| sample.taken - last.taken >= COARSE);
        if is_due {
            push(&mut rings.coarse, COARSE_MAX, sample);
        }
        push(&mut rings.fine, FINE_MAX, sample);
    }

    /// The oldest first.
    pub fn samples(&self, of_day: bool) -> Vec<Sample> {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = if of_day { &rings.coarse } else { &rings.fine };
        ring.iter().cloned().collect()
    }
}

fn push(ring: &mut VecDeque<Sample>, max: usize, sample: &Sample) {
    if ring.len() == max {
        ring.pop_front();
    }
    ring.push_back(sample.clone());
}

/// How often in a second, from one sample to the next.
pub fn rates(samples: &[Sample], count: impl Fn(&Snapshot) -> u64) -> Vec<Option<f64>> {
    let pairs = samples.iter().zip(samples.iter().skip(1));
    let rate = |(before, after): (&Sample, &Sample)| {
        let seconds = (after.taken - before.taken).as_secs_f64();
        let more = count(&after.seen).saturating_sub(count(&before.seen));
        (seconds > 0.0).then(|| more as f64 / seconds)
    };
    pairs.map(rate).collect()
}

/// A quantile of what an endpoint took from one sample to the next, in milliseconds.
pub fn quantiles(samples: &[Sample], label: Label, share: f64) -> Vec<Option<f64>> {
    let pairs = samples.iter().zip(samples.iter().skip(1));
    pairs.map(|(before, after)| between(&before.seen, &after.seen, label, share)).collect()
}

pub fn between(before: &Snapshot, after: &Snapshot, label: Label, share: f64) -> Option<f64> {
    let after = &after.of(label)?.latency;
    let before = before.of(label).map(|of| of.latency.below.as_slice()).unwrap_or_default();
    let below: Vec<u64> = after
        .below
        .iter()
        .enumerate()
        .map(|(at, count)| count - before.get(at).copied().unwrap_or_default().min(*count))
        .collect();
    within(&Latency { below, sum_seconds: 0.0 }, share).map(|seconds| seconds * 1000.0)
}

/// Spread evenly over the bucket in which it lies; the last bucket has no end.
fn within(latency: &Latency, share: f64) -> Option<f64> {
    let all = latency.count();
    if all == 0 {
        return None;
    }
    let wanted = all as f64 * share;
    let at = latency.below.iter().position(|count| *count as f64 >= wanted)?;
    let end = SECONDS.get(at).or(SECONDS.last()).copied()?;
    let (start, less) = match at.checked_sub(1) {
        Some(before) => (
            SECONDS.get(before).copied().unwrap_or(end),
            latency.below.get(before).copied().unwrap_or_default(),
        ),
        None => (0.0, 0),
    };
    let inside = latency.below.get(at).copied().unwrap_or_default().saturating_sub(less);
    let part = if inside == 0 { 1.0 } else { (wanted - less as f64) / inside as f64 };
    Some(start + (end - start) * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metrics::Metrics, status::About};
    use hyper::StatusCode;

    fn metrics() -> Metrics {
        Metrics::of(About { version: "0", store: "memory", schema: 1 })
    }

    #[test]
    fn rates_and_quantiles_are_of_what_came_between() {
        let metrics = metrics();
        let began = Instant::now();
        let sample = |after: u64| Sample {
            at: Time::from_seconds(1000),
            taken: began + Duration::from_secs(after),
            seen: metrics.snapshot(),
        };
        for _ in 0..100 {
            metrics.answered(Label::Introspect, StatusCode::OK, Duration::from_secs(1));
        }
        let first = sample(0);
        for _ in 0..50 {
            metrics.introspected("default", "a", None);
            metrics.answered(Label::Introspect, StatusCode::OK, Duration::from_micros(80));
        }
        let samples = [first, sample(10)];
        assert_eq!(rates(&samples, |seen| seen.active), [Some(5.0)]);
        let median = quantiles(&samples, Label::Introspect, 0.5);
        assert_eq!(median, [Some(0.05)], "half of the first bucket, and not a second");
        assert_eq!(quantiles(&samples, Label::Token, 0.5), [None]);
    }

    #[test]
    fn rings_are_bounded() {
        let (history, metrics) = (History::default(), metrics());
        let began = Instant::now();
        for round in 0..20_000_u64 {
            let taken = began + EVERY * u32::try_from(round).unwrap();
            history.add(&Sample { at: Time(0), taken, seen: metrics.snapshot() });
        }
        assert_eq!(history.samples(false).len(), FINE_MAX);
        assert_eq!(history.samples(true).len(), COARSE_MAX);
    }
}
