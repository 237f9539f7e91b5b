//! Which token is asked about (Zipf), and which of them a node remembers that keeps the last ones used.

use super::random::{Random, whole};

/// Ranks are put together where they are asked for about as often.
const STEP: f64 = 1.02;

pub struct Popularity {
    tokens: f64,
    exponent: f64,
    total: f64,
    /// In how many requests a token must be asked about again, or it is forgotten; 0 without memory.
    horizon: f64,
}

impl Popularity {
    /// `room` tokens are remembered. The horizon is Che's approximation of a cache that forgets what was not
    /// used for longest.
    pub fn new(tokens: f64, exponent: f64, room: f64) -> Self {
        let mut all = Self { tokens, exponent, total: 1.0, horizon: 0.0 };
        all.total = all.weight_to(tokens + 1.0);
        if room >= tokens {
            all.horizon = f64::INFINITY;
        } else if room > 0.0 {
            let (mut low, mut high) = (1.0_f64, 1e15_f64);
            while high / low > 1.001 {
                all.horizon = (low * high).sqrt();
                let remembered = all.sum(|of| of.remembered);
                *(if remembered < room { &mut low } else { &mut high }) = all.horizon;
            }
        }
        all
    }

    /// Of all ranks below this one, of a continuous Zipf distribution.
    fn weight_to(&self, rank: f64) -> f64 {
        let power = 1.0 - self.exponent;
        if power.abs() < 1e-9 { rank.ln() } else { (rank.powf(power) - 1.0) / power }
    }

    pub fn pick(&self, random: &mut Random) -> u64 {
        let weight = random.unit() * self.total;
        let power = 1.0 - self.exponent;
        let rank = if power.abs() < 1e-9 {
            weight.exp()
        } else {
            weight.mul_add(power, 1.0).powf(1.0 / power)
        };
        whole(rank)
    }

    pub fn remembers(&self, rank: u64, random: &mut Random) -> bool {
        if self.horizon == 0.0 {
            return false;
        }
        let share = self.weight_to(rank as f64 + 1.0) - self.weight_to(rank as f64);
        random.unit() < 1.0 - (-share / self.total * self.horizon).exp()
    }

    /// The share of requests whose token is remembered.
    pub fn hit_rate(&self) -> f64 {
        self.sum(|of| of.hits)
    }

    fn sum(&self, what: fn(&Group) -> f64) -> f64 {
        let (mut from, mut sum) = (1.0, 0.0);
        while from < self.tokens + 1.0 {
            let to = (from * STEP).max(from + 1.0).floor().min(self.tokens + 1.0);
            let (count, share) = (to - from, self.weight_to(to) - self.weight_to(from));
            let share = share / self.total;
            let known = 1.0 - (-share / count * self.horizon).exp();
            sum += what(&Group { remembered: count * known, hits: share * known });
            from = to;
        }
        sum
    }
}

struct Group {
    remembered: f64,
    hits: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a real list of what was used last.
    #[test]
    fn the_hit_rate_is_that_of_a_cache() {
        let (room, mut random) = (500, Random::of(7, 0));
        for exponent in [0.8, 1.0, 1.2] {
            let tokens = Popularity::new(10_000.0, exponent, room as f64);
            let (mut used, mut hits) = (std::collections::HashMap::new(), 0);
            let mut order = std::collections::BTreeMap::new();
            for turn in 0..60_000 {
                let rank = tokens.pick(&mut random);
                assert!((1..=10_000).contains(&rank), "{rank}");
                if let Some(last) = used.insert(rank, turn) {
                    order.remove(&last);
                    hits += u32::from(turn >= 20_000);
                }
                order.insert(turn, rank);
                if order.len() > room
                    && let Some((_, oldest)) = order.pop_first()
                {
                    used.remove(&oldest);
                }
            }
            let found = f64::from(hits) / 40_000.0;
            assert!((found - tokens.hit_rate()).abs() < 0.02, "{exponent}: {found}");
        }
    }

    #[test]
    fn with_room_for_all_of_them_all_are_remembered_and_without_any_none() {
        let hit_rate = |room| Popularity::new(1e6, 0.9, room).hit_rate();
        assert_eq!(hit_rate(0.0), 0.0);
        assert!((hit_rate(1e6) - 1.0).abs() < 1e-9);
        assert!(hit_rate(1e4) < hit_rate(1e5));
    }
}
