//! Numbers that requests add to and scrapers read, without a lock.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Upper ends of a histogram's buckets, in seconds; the last bucket has none.
pub const SECONDS: [f64; 12] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];
const NANOSECONDS: [u64; 12] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    100_000_000,
    500_000_000,
    1_000_000_000,
    5_000_000_000,
];

#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    pub fn set(&self, value: i64) {
        self.0.store(value, Relaxed);
    }

    pub fn add(&self, count: i64) {
        self.0.fetch_add(count, Relaxed);
    }

    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; NANOSECONDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Histogram {
    pub fn record(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let at = NANOSECONDS.partition_point(|end| *end < took);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Relaxed);
        }
        self.nanoseconds.fetch_add(took, Relaxed);
    }

    pub fn read(&self) -> Latency {
        let mut count = 0;
        let below = self.buckets.iter().map(|bucket| {
            count += bucket.load(Relaxed);
            count
        });
        let below: Vec<u64> = below.collect();
        let nanoseconds = self.nanoseconds.load(Relaxed);
        Latency { below, sum_seconds: Duration::from_nanos(nanoseconds).as_secs_f64() }
    }
}

/// What a histogram held at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// How many took no longer than each of [`SECONDS`]; the last is how many there were.
    pub below: Vec<u64>,
    pub sum_seconds: f64,
}

impl Latency {
    pub fn count(&self) -> u64 {
        self.below.last().copied().unwrap_or_default()
    }

    /// The end of the bucket in which this share of them lies; `None`: there were none, or it took
    /// longer than the last end.
    pub fn quantile_seconds(&self, share: f64) -> Option<f64> {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let at = self.below.iter().position(|count| *count >= wanted)?;
        SECONDS.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_bucket_that_ends_with_or_after_it() {
        let histogram = Histogram::default();
        for microseconds in [1, 100, 101, 6_000_000] {
            histogram.record(Duration::from_micros(microseconds));
        }
        let latency = histogram.read();
        assert_eq!(latency.below.get(..2), Some(&[2, 3][..]));
        assert_eq!(latency.below.get(11..), Some(&[3, 4][..]));
        assert!((latency.sum_seconds - 6.000_202).abs() < 1e-9, "{latency:?}");
        assert_eq!(latency.quantile_seconds(0.5), Some(0.0001));
        assert_eq!(latency.quantile_seconds(0.75), Some(0.00025));
        assert_eq!(latency.quantile_seconds(1.0), None);
        assert_eq!(Histogram::default().read().quantile_seconds(0.5), None);
    }

    #[test]
    fn both_spellings_of_the_ends_agree() {
        for (seconds, nanoseconds) in SECONDS.iter().zip(NANOSECONDS) {
            assert!((seconds * 1e9 - nanoseconds as f64).abs() < 1e-3, "{seconds}");
        }
    }
}
