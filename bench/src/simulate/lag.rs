//! How far behind somebody is who follows the primary: a replica that replays, or a node that reads what was
//! revoked. Usually by little; now and then it stands still for a while.

use super::random::{Random, whole};

pub struct Lag {
    random: Random,
    usual: u64,
    stall_every: f64,
    stall: f64,
    /// The next stall, or the one under way.
    from: u64,
    until: u64,
}

impl Lag {
    /// In nanoseconds; means of exponential distributions. No stalls if `stall` is 0.
    pub fn new(mut random: Random, usual_mean: f64, stall_every: f64, stall: f64) -> Self {
        let usual = whole(random.exponential(usual_mean));
        let mut lag = Self { random, usual, stall_every, stall, from: u64::MAX, until: u64::MAX };
        if stall > 0.0 {
            lag.next_stall(0);
        }
        lag
    }

    fn next_stall(&mut self, after: u64) {
        self.from = after + whole(self.random.exponential(self.stall_every));
        self.until = self.from + whole(self.random.exponential(self.stall));
    }

    /// It has everything that was committed before. Asked in the order of time.
    pub fn position(&mut self, now: u64) -> u64 {
        while self.until <= now {
            self.next_stall(self.until);
        }
        now.min(self.from).saturating_sub(self.usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_back_and_never_runs_ahead() {
        let mut lag = Lag::new(Random::of(1, 1), 5e6, 1e9, 3e8);
        let (mut last, mut worst) = (0, 0);
        for now in (0..60_000_000_000).step_by(1_000_000) {
            let position = lag.position(now);
            assert!(last <= position && position <= now);
            (last, worst) = (position, worst.max(now - position));
        }
        assert!(worst > 300_000_000, "it stood still: {worst}");
    }
}
