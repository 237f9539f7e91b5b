//! What was verified lately: a busy caller's chosen secret is not hashed with every request. Its
//! key is an HMAC over stored hash and presented secret: a changed credential misses by itself.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use aws_lc_rs::{hmac, rand::SystemRandom};
use moka::{Expiry, future::Cache};
use vidimus_core::secret::Secret;

const ENTRIES_MAX: u64 = 10_000;
/// Since it was last asked for: a busy caller never pays twice.
const MATCHED_SECONDS: u64 = 300;
/// Long enough for a burst of retries with a wrong secret, short enough to be nothing else.
const FAILED_SECONDS: u64 = 10;

pub type Digest = [u8; 32];

/// Whom an answer is remembered for.
#[derive(Clone, Copy)]
pub enum Asker {
    /// Whoever knows the secret.
    Any,
    /// Whoever knows it and asks from the same network.
    Guesser(Option<IpAddr>),
}

pub struct Verified {
    key: hmac::Key,
    known: Cache<Digest, bool>,
}

struct Lifetime;

impl Expiry<Digest, bool> for Lifetime {
    fn expire_after_create(&self, _: &Digest, matched: &bool, _: Instant) -> Option<Duration> {
        Some(Duration::from_secs(if *matched { MATCHED_SECONDS } else { FAILED_SECONDS }))
    }

    fn expire_after_read(
        &self,
        _: &Digest,
        matched: &bool,
        _: Instant,
        left: Option<Duration>,
        _: Instant,
    ) -> Option<Duration> {
        if *matched { Some(Duration::from_secs(MATCHED_SECONDS)) } else { left }
    }
}

impl Verified {
    pub fn new() -> Self {
        #[expect(clippy::expect_used, reason = "without randomness there is no server to start")]
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .expect("the operating system gives randomness");
        let known = Cache::builder().max_capacity(ENTRIES_MAX).expire_after(Lifetime).build();
        Self { key, known }
    }

    /// The known answer, or that of `check`, which runs once for all who ask at the same time.
    pub async fn get_or<E: Clone + Send + Sync + 'static>(
        &self,
        what: Digest,
        check: impl Future<Output = Result<bool, E>>,
    ) -> Result<bool, E> {
        if let Some(matched) = self.known(what).await {
            return Ok(matched);
        }
        self.known.try_get_with(what, check).await.map_err(|error| (*error).clone())
    }

    pub async fn known(&self, what: Digest) -> Option<bool> {
        self.known.get(&what).await
    }

    pub async fn remember(&self, what: Digest) {
        self.known.insert(what, true).await;
    }

    /// What is verified, and who asks.
    pub fn digest(&self, phc: &str, presented: &Secret, asker: Asker) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        match asker {
            Asker::Any => context.update(&[0]),
            Asker::Guesser(None) => context.update(&[1]),
            Asker::Guesser(Some(IpAddr::V4(from))) => {
                context.update(&[2]);
                context.update(&from.octets());
            }
            Asker::Guesser(Some(IpAddr::V6(from))) => {
                context.update(&[3]);
                context.update(&from.octets());
            }
        }
        context.update(&u64::try_from(phc.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(phc.as_bytes());
        context.update(presented.expose().as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}
