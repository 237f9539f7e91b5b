//! Tokens of the old server and their twins: what the new one issued for the same request. Known in memory
//! alone, by a keyed digest of the old one's text.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lc_rs::{hmac, rand::SystemRandom};
use moka::sync::Cache;
use vidimus_core::secret::Secret;

use crate::failure::Failure;

const PAIRS_MAX: u64 = 100_000;
const REMEMBERED: Duration = Duration::from_secs(7 * 86_400);

type Digest = [u8; 32];

pub struct Pairs {
    key: hmac::Key,
    known: Cache<Digest, Arc<Pair>>,
}

pub struct Pair {
    /// Tokens that came of one another have the same: their requests keep their order.
    pub lineage: u64,
    twin: Mutex<Option<Secret>>,
}

impl Pair {
    pub fn twin(&self) -> Option<Secret> {
        self.twin.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first stays: an old server that gives a live token again means the same one.
    pub fn meet(&self, twin: Secret) {
        self.twin.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(twin);
    }

    /// The newest counts: where only the new server rotates, the one before is used up there.
    pub fn follow(&self, twin: Secret) {
        *self.twin.lock().unwrap_or_else(PoisonError::into_inner) = Some(twin);
    }
}

impl Pairs {
    /// # Errors
    /// The system gives no randomness.
    pub fn new() -> Result<Self, Failure> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| Failure::refused("the system gives no randomness"))?;
        let known = Cache::builder().max_capacity(PAIRS_MAX).time_to_live(REMEMBERED).build();
        Ok(Self { key, known })
    }

    fn digest(&self, text: &str) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac::sign(&self.key, text.as_bytes()).as_ref());
        digest
    }

    /// What stands for a text in a report: the same for the same text, as long as this process lives.
    pub fn mark(&self, text: &str) -> String {
        let [a, b, c, d, ..] = self.digest(text);
        format!("#{:08x}", u32::from_be_bytes([a, b, c, d]))
    }

    pub fn lineage_of(&self, text: &str) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.digest(text);
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    pub fn find(&self, token: &str) -> Option<Arc<Pair>> {
        self.known.get(&self.digest(token))
    }

    /// A token that the old server has just given; its twin comes later, or never.
    pub fn expect(&self, token: &str, lineage: u64) -> Arc<Pair> {
        let made = || Arc::new(Pair { lineage, twin: Mutex::default() });
        self.known.get_with(self.digest(token), made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_digest_and_keeps_its_first_twin() {
        let pairs = Pairs::new().unwrap();
        assert!(pairs.find("old").is_none());
        let pair = pairs.expect("old", 7);
        assert!(pair.twin().is_none());
        pair.meet(Secret::new("new"));
        pairs.expect("old", 8).meet(Secret::new("newer"));
        let found = pairs.find("old").unwrap();
        assert_eq!((found.twin(), found.lineage), (Some(Secret::new("new")), 7));
        found.follow(Secret::new("newest"));
        assert_eq!(pair.twin(), Some(Secret::new("newest")));
    }

    #[test]
    fn marks_tell_texts_apart_and_nothing_of_them() {
        let (pairs, others) = (Pairs::new().unwrap(), Pairs::new().unwrap());
        assert_eq!(pairs.mark("secret"), pairs.mark("secret"));
        assert_ne!(pairs.mark("secret"), pairs.mark("other"));
        assert_ne!(pairs.mark("secret"), others.mark("secret"));
        assert_eq!(pairs.mark("secret").len(), 9);
    }
}
