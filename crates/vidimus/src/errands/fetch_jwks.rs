//! The keys behind a `jwks_uri` (RFC 7517 §5): fetched once for all who ask, kept for as long as
//! their server says, within bounds; a failure is kept too. A key that is not among them is looked
//! for once more, now and then: clients change their keys before ours end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant as StdInstant},
};

use jsonwebtoken::jwk::JwkSet;
use moka::{
    Expiry,
    future::Cache,
    ops::compute::{CompResult, Op},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};
use vidimus_core::{
    error::Fault,
    limits::{JWKS_BYTES_MAX, JWKS_KEYS_MAX},
};

use crate::outbound::Outbound;

const ENTRIES_MAX: u64 = 1000;
const TTL_SECONDS_MIN: u64 = 60;
const TTL_SECONDS_MAX: u64 = 3600;
const TTL_SECONDS: u64 = 300;
const FAILURE_SECONDS: u64 = 30;
/// Anybody can name a key that there is not; that many seconds lie between two fetches for it.
const REFETCH_SECONDS: u64 = 10;
/// All clients' together: a hanging server holds one of these for three seconds at most.
const FETCHES_MAX: usize = 32;

type Keys = Result<Arc<JwkSet>, String>;

pub struct JwksCache {
    outbound: Arc<Outbound>,
    known: Cache<String, Known>,
    fetches: Semaphore,
    refetch: Duration,
}

#[derive(Clone)]
struct Known {
    keys: Keys,
    ttl: Duration,
    /// Set before a fetch, and for all who hold this: one that is given up counts as well.
    asked_at: Arc<Mutex<Instant>>,
}

impl Known {
    fn lacks(&self, kid: &str) -> bool {
        self.keys.as_ref().is_ok_and(|keys| keys.find(kid).is_none())
    }

    fn asked_at(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.asked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Lifetime;

impl Expiry<String, Known> for Lifetime {
    fn expire_after_create(&self, _: &String, known: &Known, _: StdInstant) -> Option<Duration> {
        Some(known.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        known: &Known,
        _: StdInstant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(known.ttl)
    }
}

impl JwksCache {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        let known = Cache::builder().max_capacity(ENTRIES_MAX).expire_after(Lifetime).build();
        let refetch = Duration::from_secs(REFETCH_SECONDS);
        Self { outbound, known, fetches: Semaphore::new(FETCHES_MAX), refetch }
    }

    /// # Errors
    /// Only where too many fetches are under way; what a server did wrong is an answer.
    pub async fn get(&self, uri: &str, kid: Option<&str>) -> Result<Keys, Fault> {
        let known = self
            .known
            .try_get_with_by_ref(uri, async {
                let _permit = self.permit()?;
                Ok(self.fetch(uri).await)
            })
            .await
            .map_err(|fault: Arc<Fault>| (*fault).clone())?;
        match kid {
            Some(kid) if self.may_find(&known, kid) => self.refetched(uri, kid, known).await,
            _ => Ok(known.keys),
        }
    }

    fn permit(&self) -> Result<SemaphorePermit<'_>, Fault> {
        self.fetches.try_acquire().map_err(|_| Fault::Busy("the number of outbound requests"))
    }

    fn may_find(&self, known: &Known, kid: &str) -> bool {
        known.lacks(kid) && known.asked_at().elapsed() >= self.refetch
    }

    /// One after another for one URI, so that those who waited see what the first one found.
    async fn refetched(&self, uri: &str, kid: &str, known: Known) -> Result<Keys, Fault> {
        let entry = self.known.entry_by_ref(uri);
        let found = entry.and_try_compute_with(async |entry| {
            let Some(known) = entry.map(moka::Entry::into_value) else { return Ok(Op::Nop) };
            if !self.may_find(&known, kid) {
                return Ok(Op::Nop);
            }
            let _permit = self.permit()?;
            *known.asked_at() = Instant::now();
            let new = self.fetch(uri).await;
            // Where the server fails now, the keys that it gave before last as long as they did.
            Ok::<_, Fault>(if new.keys.is_ok() { Op::Put(new) } else { Op::Nop })
        });
        Ok(match found.await? {
            CompResult::StillNone(_) => known.keys,
            CompResult::Unchanged(entry)
            | CompResult::Inserted(entry)
            | CompResult::ReplacedWith(entry)
            | CompResult::Removed(entry) => entry.into_value().keys,
        })
    }

    async fn fetch(&self, uri: &str) -> Known {
        let asked_at = Arc::new(Mutex::new(Instant::now()));
        let fetched = self.outbound.get(uri, "application/json", JWKS_BYTES_MAX).await;
        let keys = fetched.and_then(|fetched| {
            Ok((Arc::new(parse(&fetched.body)?), ttl(fetched.max_age_seconds)))
        });
        match keys {
            Ok((keys, ttl)) => Known { keys: Ok(keys), ttl, asked_at },
            Err(why) => {
                tracing::warn!(uri, why, "jwks_uri gave no keys");
                Known { keys: Err(why), ttl: Duration::from_secs(FAILURE_SECONDS), asked_at }
            }
        }
    }
}

fn ttl(max_age_seconds: Option<u64>) -> Duration {
    let seconds = max_age_seconds.unwrap_or(TTL_SECONDS);
    Duration::from_secs(seconds.clamp(TTL_SECONDS_MIN, TTL_SECONDS_MAX))
}

fn parse(body: &[u8]) -> Result<JwkSet, String> {
    let whole: serde_json::Value =
        serde_json::from_slice(body).map_err(|_| "answered no JSON".to_owned())?;
    let Some(keys) = whole.get("keys").and_then(serde_json::Value::as_array) else {
        return Err("answered JSON without keys".to_owned());
    };
    if keys.len() > JWKS_KEYS_MAX {
        return Err(format!("answered {} keys, at most {JWKS_KEYS_MAX} are read", keys.len()));
    }
    // Keys of kinds that we do not know are others' business (RFC 7517 §5).
    let keys = keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect();
    Ok(JwkSet { keys })
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::config;

    const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},5]}"#;

    fn cache() -> JwksCache {
        let config = config::Outbound { allow_private: true, extra_ca_file: None };
        JwksCache::new(Arc::new(Outbound::new(&config).unwrap()))
    }

    fn server(status: &'static str, body: String) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/jwks", listener.local_addr().unwrap());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        (uri, count)
    }

    #[tokio::test]
    async fn one_fetch_serves_many_and_what_is_no_key_is_left_out() {
        let (uri, count) = server("200 OK", SET.to_owned());
        let cache = cache();
        let all = futures_util::future::join_all((0..8).map(|_| cache.get(&uri, None))).await;
        for keys in all {
            let keys = keys.unwrap().unwrap();
            assert_eq!(keys.keys.len(), 1, "{keys:?}");
        }
        cache.get(&uri, None).await.unwrap().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn failures_are_remembered_too() {
        let many = format!(r#"{{"keys":[{}]}}"#, vec!["{}"; JWKS_KEYS_MAX + 1].join(","));
        for (status, body, why) in [
            ("404 Not Found", String::new(), "answered 404 Not Found"),
            ("200 OK", "<html>".to_owned(), "answered no JSON"),
            ("200 OK", "[]".to_owned(), "answered JSON without keys"),
            ("200 OK", many, "answered 21 keys, at most 20 are read"),
        ] {
            let (uri, count) = server(status, body);
            let cache = cache();
            for _ in 0..2 {
                assert_eq!(cache.get(&uri, None).await.unwrap().unwrap_err(), why);
            }
            assert_eq!(count.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_looked_for_once_more_in_a_while() {
        let named = SET.replacen("{\"kty\"", "{\"kid\":\"old\",\"kty\"", 1);
        let (uri, count) = server("200 OK", named);
        let mut cache = cache();
        for kid in [None, Some("old"), Some("new"), Some("new")] {
            assert_eq!(cache.get(&uri, kid).await.unwrap().unwrap().keys.len(), 1);
        }
        assert_eq!(count.load(Ordering::SeqCst), 1, "it was just asked");
        cache.refetch = Duration::ZERO;
        for kid in [None, Some("old")] {
            cache.get(&uri, kid).await.unwrap().unwrap();
        }
        assert_eq!(count.load(Ordering::SeqCst), 1, "the key is there");
        cache.get(&uri, Some("new")).await.unwrap().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 2);
        // Long ago for the first of them, and just now for those who wait for it.
        cache.refetch = Duration::from_secs(REFETCH_SECONDS);
        let known = cache.known.get(&uri).await.unwrap();
        *known.asked_at() = Instant::now().checked_sub(cache.refetch).unwrap();
        let all = (0..8).map(|_| cache.get(&uri, Some("new")));
        for keys in futures_util::future::join_all(all).await {
            keys.unwrap().unwrap();
        }
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_refetch_that_fails_leaves_the_keys_there_are() {
        let (uri, count) = server("200 OK", "nonsense".to_owned());
        let mut cache = cache();
        cache.refetch = Duration::ZERO;
        let keys = Ok(Arc::new(parse(SET.as_bytes()).unwrap()));
        let asked_at = Arc::new(Mutex::new(Instant::now()));
        let known = Known { keys, ttl: Duration::from_secs(TTL_SECONDS), asked_at };
        cache.known.insert(uri.clone(), known).await;
        assert_eq!(cache.get(&uri, Some("new")).await.unwrap().unwrap().keys.len(), 1);
        assert_eq!(cache.get(&uri, None).await.unwrap().unwrap().keys.len(), 1);
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let _all = cache.fetches.acquire_many(FETCHES_MAX as u32).await.unwrap();
        assert!(matches!(cache.get(&uri, Some("new")).await, Err(Fault::Busy(_))));
    }

    #[test]
    fn lifetimes_are_bounded() {
        assert_eq!(ttl(None).as_secs(), TTL_SECONDS);
        assert_eq!(ttl(Some(0)).as_secs(), TTL_SECONDS_MIN);
        assert_eq!(ttl(Some(u64::MAX)).as_secs(), TTL_SECONDS_MAX);
        assert_eq!(ttl(Some(90)).as_secs(), 90);
    }
}
