//! The last requests with why they ended as they did, for whoever operates the server: a bounded ring
//! in memory, from which every secret is left out before it gets in.

mod body;
mod curl;
mod entry;
mod filter;
mod headers;
mod pace;
mod redacted;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::broadcast, time::Instant};
use vidimus_core::limits::{
    REQUEST_LOG_BYTES_MAX, REQUEST_LOG_ENTRIES_MAX, REQUEST_LOG_GOOD_PER_SECOND_MAX,
    REQUEST_LOG_INTROSPECTED_PER_SECOND_MAX, REQUEST_LOG_REFUSED_PER_SECOND_MAX,
};

use pace::Pace;

pub use body::basic;
pub use curl::as_curl;
pub use entry::{Asked, Entry, Given, Keep, Told, caller};
pub use filter::Filter;
pub use redacted::{Pair, Redacted};

/// How far a live view may fall behind before it misses some.
const LIVE_MAX: usize = 256;

pub struct RequestLog {
    ring: Mutex<Ring>,
    live: broadcast::Sender<Arc<Entry>>,
    begun: Instant,
    /// `None`: all of them.
    paces: Option<Paces>,
}

/// How a request went, as far as the log's room is shared out by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// An introspection of an active token: there are more of these than of all others.
    Introspected,
    Well,
    /// Refused, inactive or failed.
    Badly,
}

/// Each with so many in a second.
struct Paces {
    introspected: Pace,
    good: Pace,
    refused: Pace,
}

#[derive(Default)]
struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl RequestLog {
    /// For a server: what is kept costs its requests next to nothing, because so few are.
    pub fn sampled() -> Self {
        let introspected = Pace::new(REQUEST_LOG_INTROSPECTED_PER_SECOND_MAX);
        let good = Pace::new(REQUEST_LOG_GOOD_PER_SECOND_MAX);
        let refused = Pace::new(REQUEST_LOG_REFUSED_PER_SECOND_MAX);
        Self::with(Some(Paces { introspected, good, refused }))
    }

    /// For the sandbox.
    pub fn of_everything() -> Self {
        Self::with(None)
    }

    fn with(paces: Option<Paces>) -> Self {
        let (live, _) = broadcast::channel(LIVE_MAX);
        Self { ring: Mutex::default(), live, begun: Instant::now(), paces }
    }

    pub const fn keeps_everything(&self) -> bool {
        self.paces.is_none()
    }

    /// Whether this one is to be kept; one that is not is counted.
    pub fn admits(&self, went: Went, at: Instant) -> bool {
        let Some(paces) = &self.paces else { return true };
        let pace = match went {
            Went::Introspected => &paces.introspected,
            Went::Well => &paces.good,
            Went::Badly => &paces.refused,
        };
        pace.admits(at.saturating_duration_since(self.begun).as_secs())
    }

    /// How many were not kept, because there were too many in their second.
    pub fn skipped(&self) -> u64 {
        let Some(Paces { introspected, good, refused }) = &self.paces else { return 0 };
        [introspected, good, refused].into_iter().map(Pace::refused).sum()
    }

    pub fn add(&self, entry: Entry) {
        let entry = Arc::new(entry);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.bytes += entry.weight();
        ring.entries.push_back(Arc::clone(&entry));
        while ring.entries.len() > REQUEST_LOG_ENTRIES_MAX || ring.bytes > REQUEST_LOG_BYTES_MAX {
            let Some(oldest) = ring.entries.pop_front() else { break };
            ring.bytes = ring.bytes.saturating_sub(oldest.weight());
        }
        drop(ring);
        // Nobody has to be looking.
        let _ = self.live.send(entry);
    }

    /// Oldest first; where there are more than the filter's limit, the newest of them.
    pub fn list(&self, filter: &Filter) -> Vec<Arc<Entry>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = ring.entries.iter().rev();
        // One that has left the ring since is older than all that are in it.
        let since = filter.since.as_deref();
        let new = newest.take_while(|entry| since != Some(entry.request_id.as_str()));
        let fits = new.filter(|entry| filter.fits(entry)).take(filter.limit);
        let mut found: Vec<_> = fits.cloned().collect();
        drop(ring);
        found.reverse();
        found
    }

    /// Those in which this token was introspected.
    pub fn of_token(&self, jti: &str) -> Vec<Arc<Entry>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it = |entry: &&Arc<Entry>| entry.jti.as_deref() == Some(jti);
        ring.entries.iter().filter(of_it).cloned().collect()
    }

    /// The newest by that id.
    pub fn one(&self, request_id: &str) -> Option<Arc<Entry>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.entries.iter().rev().find(|entry| entry.request_id == request_id).cloned()
    }

    /// Each from now on, as it is kept.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.live.subscribe()
    }

    /// Of one tenant, or all.
    pub fn clear(&self, tenant: Option<&str>) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.entries.retain(|entry| tenant.is_some_and(|tenant| entry.tenant != tenant));
        ring.bytes = ring.entries.iter().map(|entry| entry.weight()).sum();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn entry(id: &str) -> Entry {
        Entry { request_id: id.to_owned(), tenant: "default".to_owned(), ..Entry::default() }
    }

    fn ids(log: &RequestLog, filter: &Filter) -> Vec<String> {
        log.list(filter).iter().map(|entry| entry.request_id.clone()).collect()
    }

    #[test]
    fn the_oldest_make_room() {
        let log = RequestLog::of_everything();
        for number in 0..REQUEST_LOG_ENTRIES_MAX + 2 {
            log.add(entry(&number.to_string()));
        }
        let all = Filter { limit: usize::MAX, ..Filter::default() };
        assert_eq!(log.list(&all).len(), REQUEST_LOG_ENTRIES_MAX);
        assert!(log.one("1").is_none() && log.one("2").is_some());
        let large = || Entry { path: "x".repeat(REQUEST_LOG_BYTES_MAX / 3), ..entry("large") };
        for _ in 0..10 {
            log.add(large());
        }
        assert_eq!(log.list(&all).len(), 2);
        log.clear(None);
        assert!(log.list(&all).is_empty());
        log.add(large());
        assert_eq!(log.list(&all).len(), 1);
    }

    #[test]
    fn what_came_since_is_listed() {
        let log = RequestLog::of_everything();
        ["a", "b", "c"].into_iter().for_each(|id| log.add(entry(id)));
        let since = |id: &str| Filter { since: Some(id.to_owned()), ..Filter::default() };
        assert_eq!(ids(&log, &since("a")), ["b", "c"]);
        assert_eq!(ids(&log, &since("c")), [""; 0]);
        assert_eq!(ids(&log, &since("gone")), ["a", "b", "c"]);
        assert_eq!(ids(&log, &Filter { limit: 2, ..Filter::default() }), ["b", "c"]);
        log.clear(Some("other"));
        assert_eq!(log.list(&Filter::default()).len(), 3);
        log.clear(Some("default"));
        assert_eq!(log.list(&Filter::default()).len(), 0);
    }

    #[tokio::test]
    async fn whoever_watches_sees_each() {
        let log = RequestLog::of_everything();
        let mut live = log.subscribe();
        log.add(entry("a"));
        assert_eq!(live.recv().await.unwrap().request_id, "a");
    }

    #[test]
    fn a_server_keeps_some_of_each_second_and_counts_the_rest() {
        let log = RequestLog::sampled();
        let second = |n: u64| log.begun + Duration::from_secs(n);
        let few = REQUEST_LOG_INTROSPECTED_PER_SECOND_MAX;
        let asked = || log.admits(Went::Introspected, second(1));
        assert_eq!((0..3 * few).filter(|_| asked()).count(), few as usize);
        for other in [Went::Well, Went::Badly] {
            assert!(log.admits(other, second(1)), "{other:?} has a budget of its own");
        }
        assert_eq!(log.skipped(), u64::from(2 * few));
        assert!(log.admits(Went::Introspected, second(2)));
        assert_eq!(log.skipped(), u64::from(2 * few));
        let all = RequestLog::of_everything();
        assert!((0..1000).all(|_| all.admits(Went::Introspected, second(1))));
    }
}
