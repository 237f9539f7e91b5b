//! What strangers' servers answered: asked once for all who want it now, kept for a while, and so
//! many at a time. A failure is kept too.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use moka::{Expiry, future::Cache};
use tokio::sync::Semaphore;
use vidimus_core::error::Fault;

/// `Err` says why for the operator.
pub type Answer<T> = Result<Arc<T>, String>;

#[derive(Clone, Copy)]
pub struct Bounds {
    pub entries_max: u64,
    pub ttl_seconds: u64,
    pub failure_ttl_seconds: u64,
    /// Everybody's together: a hanging server holds one of these for some seconds.
    pub fetches_max: usize,
}

pub struct Remembered<T: ?Sized> {
    known: Cache<String, Answer<T>>,
    fetches: Semaphore,
}

impl<T: ?Sized + Send + Sync + 'static> Remembered<T> {
    pub fn new(bounds: Bounds) -> Self {
        let known = Cache::builder().max_capacity(bounds.entries_max).expire_after(bounds).build();
        Self { known, fetches: Semaphore::new(bounds.fetches_max) }
    }

    /// # Errors
    /// Only where too many fetches are under way; what a server did wrong is an answer.
    pub async fn get(
        &self,
        uri: &str,
        fetch: impl Future<Output = Answer<T>>,
    ) -> Result<Answer<T>, Fault> {
        let answer = self.known.try_get_with_by_ref(uri, async {
            let busy = |_| Fault::Busy("the number of outbound requests");
            let _permit = self.fetches.try_acquire().map_err(busy)?;
            let answer = fetch.await;
            if let Err(why) = &answer {
                tracing::warn!(uri, why, "a fetch came to nothing");
            }
            Ok(answer)
        });
        answer.await.map_err(|fault: Arc<Fault>| (*fault).clone())
    }
}

impl<T: ?Sized> Expiry<String, Answer<T>> for Bounds {
    fn expire_after_create(&self, _: &String, answer: &Answer<T>, _: Instant) -> Option<Duration> {
        let seconds = if answer.is_ok() { self.ttl_seconds } else { self.failure_ttl_seconds };
        Some(Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const BOUNDS: Bounds =
        Bounds { entries_max: 4, ttl_seconds: 3600, failure_ttl_seconds: 30, fetches_max: 1 };

    #[tokio::test]
    async fn one_fetch_serves_all_whatever_came_of_it() {
        for answer in [Ok(Arc::<str>::from("text")), Err("no answer".to_owned())] {
            let (remembered, count) = (Remembered::new(BOUNDS), AtomicUsize::new(0));
            let one = || {
                remembered.get("https://a.example/", async {
                    count.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    answer.clone()
                })
            };
            for got in futures_util::future::join_all((0..8).map(|_| one())).await {
                assert_eq!(got, Ok(answer.clone()));
            }
            assert_eq!(count.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn too_many_at_once_are_refused_and_that_is_not_kept() {
        let remembered = Remembered::new(BOUNDS);
        let fetch = || async { Ok(Arc::<str>::from("text")) };
        let all = remembered.fetches.acquire().await.unwrap();
        assert!(matches!(remembered.get("https://a.example/", fetch()).await, Err(Fault::Busy(_))));
        drop(all);
        assert!(remembered.get("https://a.example/", fetch()).await.unwrap().is_ok());
    }

    #[test]
    fn a_failure_is_forgotten_sooner() {
        #[expect(clippy::disallowed_methods, reason = "any moment will do")]
        let now = Instant::now();
        let ttl = |answer| BOUNDS.expire_after_create(&String::new(), &answer, now).unwrap();
        assert_eq!(ttl(Ok(Arc::<str>::from(""))).as_secs(), 3600);
        assert_eq!(ttl(Answer::<str>::Err(String::new())).as_secs(), 30);
    }
}
