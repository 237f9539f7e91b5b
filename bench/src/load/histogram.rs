//! Latencies in buckets that grow with the value, so that each is known to 1.6 % or better.

use std::time::Duration;

/// Buckets to each power of two.
const FINE: usize = 64;
const FINE_BITS: u32 = 6;
/// Up to 2^40 nanoseconds, a quarter of an hour.
const POWERS: usize = 40;

#[derive(Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; FINE * POWERS], count: 0 }
    }
}

impl Histogram {
    pub fn add(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        let last = self.buckets.len() - 1;
        self.buckets[bucket(nanoseconds).min(last)] += 1;
        self.count += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The latency that `share` of all are not above, in microseconds; 0 of none.
    pub fn percentile(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among some millions"
        )]
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(at) / 1000.0;
            }
        }
        0.0
    }
}

/// Below `FINE` each nanosecond has its own.
fn bucket(nanoseconds: u64) -> usize {
    let power = nanoseconds.checked_ilog2().unwrap_or(0).saturating_sub(FINE_BITS - 1);
    let within = usize::try_from(nanoseconds >> power).unwrap_or(usize::MAX);
    if power == 0 { within } else { (power as usize) * (FINE / 2) + within }
}

/// In nanoseconds.
fn middle(bucket: usize) -> f64 {
    let half = FINE / 2;
    if bucket < FINE {
        return bucket_value(bucket, 0);
    }
    let power = bucket / half - 1;
    let within = bucket - power * half;
    bucket_value(within, power) + bucket_value(1, power) / 2.0
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
fn bucket_value(within: usize, power: usize) -> f64 {
    ((within as u64) << power) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_within_two_percent() {
        for nanoseconds in [1_u64, 63, 64, 65, 1000, 12_345, 1_000_000, 987_654_321] {
            let mut histogram = Histogram::default();
            histogram.add(Duration::from_nanos(nanoseconds));
            let told = histogram.percentile(0.5) * 1000.0;
            let real = nanoseconds as f64;
            assert!((told - real).abs() / real < 0.02, "{nanoseconds}: {told}");
        }
    }

    #[test]
    fn buckets_follow_one_another() {
        let mut last = 0;
        for nanoseconds in 0..100_000 {
            let at = bucket(nanoseconds);
            assert!(at == last || at == last + 1, "{nanoseconds}: {last} then {at}");
            last = at;
        }
    }

    #[test]
    fn percentiles_are_ranks() {
        let mut histogram = Histogram::default();
        for microseconds in 1..=1000 {
            histogram.add(Duration::from_micros(microseconds));
        }
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (0.999, 999.0), (1.0, 1000.0)] {
            let told = histogram.percentile(share);
            assert!((told - expected).abs() / expected < 0.02, "{share}: {told}");
        }
        assert_eq!(Histogram::default().percentile(0.99), 0.0);
    }

    #[test]
    fn merged_ones_count_together() {
        let (mut one, mut other) = (Histogram::default(), Histogram::default());
        one.add(Duration::from_micros(1));
        other.add(Duration::from_micros(100));
        one.merge(&other);
        assert_eq!(one.count(), 2);
        assert!(one.percentile(1.0) > 90.0);
    }
}
