//! The state of the server itself: ready or draining, the store behind it, the last sweep.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use tokio::time::{Duration, Instant};
use vidimus_core::{time::Time, vault::MasterKeys};

/// How long one look at the store answers for the next ones.
const LOOK: Duration = Duration::from_secs(1);

/// What never changes while the server runs.
#[derive(Clone, Debug)]
pub struct About {
    pub version: &'static str,
    /// `sqlite`, `postgres` or `memory`.
    pub store: &'static str,
    /// Version of the store's schema.
    pub schema: i64,
}

/// What the purge job saw when it last ran.
#[derive(Clone, Debug, Default)]
pub struct Purged {
    pub rows: Vec<(&'static str, u64)>,
    pub oldest_expiry: Option<Time>,
    /// How long a row stays after its end, on purpose; no lag.
    pub keep_seconds: i64,
}

impl Purged {
    /// How long the oldest row has been due for deletion.
    pub fn lag_seconds(&self, now: Time) -> i64 {
        let late = |at: Time| now.seconds() - at.seconds() - self.keep_seconds;
        self.oldest_expiry.map_or(0, |at| late(at).max(0))
    }
}

pub struct Status {
    about: About,
    draining: AtomicBool,
    look: Mutex<Option<(Instant, bool)>>,
    purged: Mutex<Purged>,
    keys: Mutex<Keys>,
}

/// The master keys.
#[derive(Clone, Default)]
struct Keys {
    /// Of the one that seals.
    first: String,
    /// How many there are beside it.
    older: usize,
    /// What was not under the first one when it was last looked at.
    left: Option<u64>,
}

impl Status {
    pub const fn new(about: About) -> Self {
        Self {
            about,
            draining: AtomicBool::new(false),
            look: Mutex::new(None),
            purged: Mutex::new(Purged { rows: Vec::new(), oldest_expiry: None, keep_seconds: 0 }),
            keys: Mutex::new(Keys { first: String::new(), older: 0, left: None }),
        }
    }

    /// From now on no new work is wanted.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// What was seen within the last second, if anything was.
    pub fn recent_look(&self) -> Option<bool> {
        let look = *self.look.lock().unwrap_or_else(PoisonError::into_inner);
        look.filter(|(at, _)| at.elapsed() < LOOK).map(|(_, reachable)| reachable)
    }

    pub fn looked(&self, reachable: bool) {
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), reachable));
    }

    pub fn purged(&self, purged: Purged) {
        *self.purged.lock().unwrap_or_else(PoisonError::into_inner) = purged;
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These master keys from now on.
    pub fn has_keys(&self, keys: &MasterKeys) {
        let older = keys.seals.len().saturating_sub(1);
        *self.keys() = Keys { first: keys.first_id(), older, left: None };
    }

    pub fn has_older_keys(&self) -> bool {
        self.keys().older > 0
    }

    /// So much was not under the first master key. Whether that is news.
    pub fn sealed(&self, left: u64) -> bool {
        self.keys().left.replace(left) != Some(left)
    }

    pub fn view(&self, now: Time) -> Value {
        let keys = self.keys().clone();
        let purged = self.purged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows: serde_json::Map<String, Value> =
            purged.rows.iter().map(|(kind, count)| ((*kind).to_owned(), json!(count))).collect();
        json!({
            "version": self.about.version,
            "store": self.about.store,
            "schema": self.about.schema,
            "rows": rows,
            "oldest_expiry": purged.oldest_expiry.map(Time::seconds),
            "purge_lag_seconds": purged.lag_seconds(now),
            "master_keys": {
                "first": keys.first,
                "further": keys.older,
                "to_seal_again": keys.left,
            },
            "now": now.seconds(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_on_purpose_is_no_lag() {
        let at = Time::from_seconds;
        let oldest = |oldest_expiry| Purged { rows: Vec::new(), oldest_expiry, keep_seconds: 30 };
        assert_eq!(oldest(Some(at(100))).lag_seconds(at(160)), 30);
        assert_eq!(oldest(Some(at(100))).lag_seconds(at(120)), 0);
        assert_eq!(oldest(Some(at(100))).lag_seconds(at(40)), 0);
        assert_eq!(oldest(None).lag_seconds(at(40)), 0);
    }
}
