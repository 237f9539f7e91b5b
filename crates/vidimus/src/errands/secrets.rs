//! argon2id (RFC 9106) on threads of its own, as many at once as the operator allows, behind a
//! queue with an end.

use std::sync::{Arc, atomic::AtomicUsize};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::oneshot;
use vidimus_core::{
    error::Fault,
    imported_hash::ImportedHash,
    limits::{ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES_MAX},
    secret::Secret,
};

use crate::errands::{
    imported,
    threads::Threads,
    verified::{Asker, Digest, Verified},
};

/// OWASP's minimum with one lane: 19 MiB, two passes.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// At 20 ms each and one at a time, the last in the queue waits about a second.
const QUEUE_MAX: usize = 64;

pub struct SlowHashes {
    verified: Verified,
    gate: Gate,
}

impl SlowHashes {
    pub fn new(concurrency: usize) -> Self {
        Self { verified: Verified::new(), gate: Gate::new(concurrency) }
    }

    pub async fn verify(&self, phc: Arc<str>, presented: Secret) -> Result<bool, Fault> {
        let what = self.verified.digest(&phc, &presented, Asker::Any);
        self.verified.get_or(what, self.compare(phc, presented)).await
    }

    /// The same for one asker, who must be `admitted` to each comparison.
    pub async fn verify_for<E: Clone + From<Fault> + Send + Sync + 'static>(
        &self,
        what: Digest,
        phc: Arc<str>,
        presented: Secret,
        admitted: impl FnOnce() -> Result<(), E>,
    ) -> Result<bool, E> {
        let check = async {
            admitted()?;
            Ok(self.compare(phc, presented).await?)
        };
        self.verified.get_or(what, check).await
    }

    async fn compare(&self, phc: Arc<str>, presented: Secret) -> Result<bool, Fault> {
        self.gate.run(move || matches(&phc, &presented)).await?
    }

    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    pub async fn hash(&self, chosen: Secret) -> Result<Arc<str>, Fault> {
        let secret = chosen.clone();
        let phc: Arc<str> = self.gate.run(move || hash(&secret)).await??.into();
        self.verified.remember(self.verified.digest(&phc, &chosen, Asker::Any)).await;
        Ok(phc)
    }
}

/// So many at once, so many waiting, and no more.
struct Gate {
    permits: tokio::sync::Semaphore,
    waiting: AtomicUsize,
    threads: Threads,
}

/// Counts down however the wait ends.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Gate {
    fn new(concurrency: usize) -> Self {
        Self {
            permits: tokio::sync::Semaphore::new(concurrency.max(1)),
            waiting: AtomicUsize::new(0),
            threads: Threads::new(concurrency.max(1)),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= QUEUE_MAX {
            return Err(Fault::Busy("the queue for slow secrets"));
        }
        let permit = self.permits.acquire().await;
        drop(place);
        let _permit = permit.map_err(|_| Fault::Busy("the queue for slow secrets"))?;
        let (answer, answered) = oneshot::channel();
        self.threads.take(Box::new(move || {
            // Who no longer waits has dropped the other end.
            let _ = answer.send(work());
        }))?;
        answered.await.map_err(|_| Fault::Corrupt("hashing a secret was given up".to_owned()))
    }
}

fn matches(phc: &str, presented: &Secret) -> Result<bool, Fault> {
    if let Some(hash) = ImportedHash::parse(phc) {
        return Ok(imported::matches(&hash, presented));
    }
    let corrupt = |why: &dyn std::fmt::Display| Fault::Corrupt(format!("stored hash: {why}"));
    let stored = PasswordHash::new(phc).map_err(|why| corrupt(&why))?;
    let params = Params::try_from(&stored).map_err(|why| corrupt(&why))?;
    if params.m_cost() > ARGON2_MEMORY_KIB_MAX || params.t_cost() > ARGON2_PASSES_MAX {
        return Err(corrupt(&"asks for more memory or passes than allowed"));
    }
    Ok(Argon2::default().verify_password(presented.expose().as_bytes(), &stored).is_ok())
}

fn hash(chosen: &Secret) -> Result<String, Fault> {
    let failed = |why: &dyn std::fmt::Display| Fault::Corrupt(format!("hashing a secret: {why}"));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|why| failed(&why))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let phc: Result<PasswordHash, _> = argon2.hash_password(chosen.expose().as_bytes());
    phc.map(|phc| phc.to_string()).map_err(|why| failed(&why))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use vidimus_core::errand::NOBODYS_PHC;

    use super::*;

    #[tokio::test]
    async fn what_was_hashed_is_verified_and_nothing_else() {
        let hashes = SlowHashes::new(2);
        let phc = hashes.hash(Secret::new("right")).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let other = SlowHashes::new(2);
        for hashes in [&hashes, &other] {
            assert!(hashes.verify(Arc::clone(&phc), Secret::new("right")).await.unwrap());
            assert!(!hashes.verify(Arc::clone(&phc), Secret::new("wrong")).await.unwrap());
        }
        let nobody: Arc<str> = Arc::from(NOBODYS_PHC);
        assert!(!hashes.verify(nobody, Secret::new("right")).await.unwrap());
        assert_ne!(hashes.hash(Secret::new("right")).await.unwrap(), phc, "salted");
    }

    #[tokio::test]
    async fn unreadable_and_greedy_strings_are_faults() {
        let hashes = SlowHashes::new(1);
        let greedy = NOBODYS_PHC.replace("m=19456", "m=4194304");
        for phc in ["plain", "", &greedy] {
            let answer = hashes.verify(Arc::from(phc), Secret::new("x")).await;
            assert!(matches!(answer, Err(Fault::Corrupt(_))), "{phc}");
        }
    }

    #[tokio::test]
    async fn one_check_serves_all_who_ask_at_once_and_after() {
        let verified = Verified::new();
        let runs = AtomicUsize::new(0);
        let check = || async {
            runs.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok::<_, Fault>(true)
        };
        let secret = Secret::new("s");
        let of = |phc: &str, secret: &Secret| verified.digest(phc, secret, Asker::Any);
        let first = of("phc", &secret);
        let (a, b) = tokio::join!(verified.get_or(first, check()), verified.get_or(first, check()));
        assert_eq!((a, b), (Ok(true), Ok(true)));
        assert_eq!(verified.get_or(first, check()).await, Ok(true));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        // A changed credential and another secret miss by themselves.
        let _ = verified.get_or(of("phc2", &secret), check()).await;
        let _ = verified.get_or(of("phc", &Secret::new("t")), check()).await;
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        // A fault is not remembered.
        let fault = async { Err(Fault::Busy("x")) };
        assert!(verified.get_or(of("phc3", &secret), fault).await.is_err());
        assert_eq!(verified.get_or(of("phc3", &secret), check()).await, Ok(true));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_and_empties() {
        let gate = Gate::new(1);
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let first = gate.run(move || held.recv());
        let rest = futures_util::future::join_all((0..=QUEUE_MAX).map(|_| gate.run(|| ())));
        let release = async {
            tokio::task::yield_now().await;
            drop(hold);
        };
        let (first, rest, ()) = tokio::join!(first, rest, release);
        assert!(first.unwrap().is_err());
        let busy = rest.iter().filter(|done| done.is_err()).count();
        assert_eq!(busy, 1, "{QUEUE_MAX} wait, one is refused");
        assert!(gate.run(|| ()).await.is_ok());
    }
}
