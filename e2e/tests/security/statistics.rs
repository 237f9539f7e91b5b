//! The checklist's timing rule: two classes of requests, interleaved, compared by rank
//! (Mann-Whitney).

use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::Request;

pub const SAMPLES: usize = 2_000;
/// The first of each class do not count.
const DISCARDED: usize = 200;
/// A busy machine can tell two equal classes apart once; a leak does so every time.
const REPETITIONS_MAX: usize = 3;

/// An unoptimised program spends microseconds on what the optimiser removes, a field copied or a
/// document read, and ranks see each of them: they are judged under `cargo test --release` only.
const BY_RANK: bool = !cfg!(debug_assertions);

const AUC_DISTANCE_MAX: f64 = 0.05;
const MEDIAN_RATIO_MAX: f64 = 0.05;
const MEDIAN_SECONDS_MAX: f64 = 0.000_3;
/// Ranks over one loopback connection tell differences that no remote caller sees: finding a row
/// costs PostgreSQL some microseconds more than finding none. Below this the medians alone judge.
const SEEN_SECONDS_MIN: f64 = 0.000_01;

#[derive(Debug)]
pub struct Comparison {
    /// How likely one of the first class takes longer than one of the second.
    pub auc: f64,
    /// Seconds.
    pub medians: [f64; 2],
}

impl Comparison {
    pub fn of(first: &mut [f64], second: &mut [f64]) -> Self {
        Self { auc: auc(first, second), medians: [median(first), median(second)] }
    }

    pub fn is_equal(&self, by_rank: bool) -> bool {
        let [first, second] = self.medians;
        let distance_max = (first.min(second) * MEDIAN_RATIO_MAX).max(MEDIAN_SECONDS_MAX);
        let same_ranks = (self.auc - 0.5).abs() <= AUC_DISTANCE_MAX;
        let distance = (first - second).abs();
        (same_ranks || !by_rank || distance < SEEN_SECONDS_MIN) && distance <= distance_max
    }
}

/// Asserts that nobody can tell the classes apart by time: `samples` of each over one connection,
/// up to three independent repetitions.
pub fn assert_same_time(
    connect: impl Fn() -> Connection,
    samples: usize,
    mut first: impl FnMut(usize) -> Request,
    mut second: impl FnMut(usize) -> Request,
) {
    let mut seen = Vec::new();
    let mut next = 0;
    for _ in 0..REPETITIONS_MAX {
        let mut connection = connect();
        let discarded = DISCARDED.min(samples / 10);
        let mut times = [Vec::new(), Vec::new()];
        for sample in 0..samples + discarded {
            // A-B, B-A, A-B…: what one request leaves behind falls on both alike.
            let mut order = [0, 1];
            if sample % 2 == 1 {
                order.reverse();
            }
            for class in order {
                next += 1;
                let request = if class == 0 { first(next) } else { second(next) };
                let took = timed(&mut connection, &request);
                if sample >= discarded {
                    times[class].push(took.as_secs_f64());
                }
            }
        }
        let [mut a, mut b] = times;
        let comparison = Comparison::of(&mut a, &mut b);
        if comparison.is_equal(BY_RANK) {
            return;
        }
        seen.push(comparison);
    }
    panic!("time tells the two apart: {seen:?}");
}

fn timed(connection: &mut Connection, request: &Request) -> Duration {
    let start = Instant::now();
    let answer = connection.exchange(request).expect("an answer");
    let took = start.elapsed();
    assert!(answer.status < 500, "{}", answer.text());
    took
}

/// U / (n·m), ties counted half.
fn auc(first: &[f64], second: &[f64]) -> f64 {
    let mut ranked: Vec<(f64, bool)> = first.iter().map(|&time| (time, true)).collect();
    ranked.extend(second.iter().map(|&time| (time, false)));
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rank_sum = 0.0;
    let mut done = 0;
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let of_first = tied.iter().filter(|(_, is_first)| *is_first).count();
        // Ranks done+1 … done+len share their mean.
        let mean_rank = number(2 * done + tied.len() + 1) / 2.0;
        rank_sum += number(of_first) * mean_rank;
        done += tied.len();
    }
    let (n, m) = (number(first.len()), number(second.len()));
    (rank_sum - n * (n + 1.0) / 2.0) / (n * m)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[half - 1], values[half])
    } else {
        values[half]
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a count of samples"))
}

#[test]
fn auc_is_the_share_of_pairs() {
    assert_eq!(auc(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.5);
    assert_eq!(auc(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 1.0);
    assert_eq!(auc(&[1.0], &[2.0, 3.0]), 0.0);
    // (1 < 2, 1 < 4), (3 > 2, 3 < 4): one pair of four.
    assert_eq!(auc(&[1.0, 3.0], &[2.0, 4.0]), 0.25);
    assert_eq!(median(&mut [3.0, 1.0]), 2.0);
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
}

#[test]
fn a_leak_of_a_tenth_is_seen_and_noise_is_not() {
    let noise = |seed: usize| f64::from(u32::try_from(seed * 7919 % 1000).unwrap()) / 1e6;
    let mut one: Vec<f64> = (0..SAMPLES).map(|n| 0.004 + noise(n)).collect();
    let mut same: Vec<f64> = (0..SAMPLES).map(|n| 0.004 + noise(n + 311)).collect();
    let mut slower: Vec<f64> = same.iter().map(|time| time * 1.1).collect();
    assert!(Comparison::of(&mut one, &mut same).is_equal(true));
    assert!(!Comparison::of(&mut one, &mut slower).is_equal(true));
    assert!(!Comparison::of(&mut one, &mut slower).is_equal(false));
}
