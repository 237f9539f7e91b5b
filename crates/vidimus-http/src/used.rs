//! When clients were used last: noted in memory as tokens are issued, and written down now and then. What
//! a crash takes along is less than a minute.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use vidimus_core::{
    engine::Store,
    errand::Errands,
    error::Fault,
    facts::{Needs, Space, TenantRef},
    outcome::{Change, Write},
    time::Time,
};

use crate::app::App;

/// Clients that are noted at a time; of more, some are noted later.
const NOTED_MAX: usize = 100_000;
/// One use a minute says enough.
const GRAIN_MS: i64 = 60_000;
/// In one commit.
const WRITES_MAX: usize = 200;

struct Noted {
    tenant: String,
    client_id: String,
    at: Time,
    is_written: bool,
}

#[derive(Default)]
pub struct Used {
    /// By a hash of tenant and client, so that looking costs no copy of either.
    noted: Mutex<HashMap<u64, Noted>>,
    hasher: RandomState,
}

impl Used {
    pub fn note(&self, tenant: &str, client_id: &str, now: Time) {
        let hash = self.hasher.hash_one((tenant, client_id));
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = noted.get_mut(&hash) {
            if now.0 - known.at.0 >= GRAIN_MS {
                known.at = now;
                known.is_written = false;
            }
        } else if noted.len() < NOTED_MAX {
            let (tenant, client_id) = (tenant.to_owned(), client_id.to_owned());
            noted.insert(hash, Noted { tenant, client_id, at: now, is_written: false });
        }
    }

    /// What is to be written, each once. Those that were written long ago are forgotten.
    fn take(&self, now: Time) -> Vec<(String, String, Time)> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, known| !known.is_written || now.0 - known.at.0 < 2 * GRAIN_MS);
        let mut taken = Vec::new();
        for known in noted.values_mut().filter(|known| !known.is_written) {
            known.is_written = true;
            taken.push((known.tenant.clone(), known.client_id.clone(), known.at));
        }
        taken
    }
}

impl<S: Store, E: Errands> App<S, E> {
    /// Writes down which clients were used since the last time.
    ///
    /// # Errors
    /// The store is away; what was noted is lost, and noted again when it is used again.
    pub async fn write_used(&self) -> Result<(), Fault> {
        let mut writes = Vec::new();
        for (tenant, client_id, at) in self.used.take(self.now()) {
            let needs = Needs::default().object(Space::Caller, &client_id);
            let facts = self.engine.store.load(&TenantRef::Id(tenant), &needs).await?;
            if let (Some(tenant), Some(client)) = (facts.tenant(), facts.client(&client_id)) {
                let change = Change::Used { key: client.key(), at };
                writes.push(Write { tenant: tenant.key(), change });
            }
        }
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(WRITES_MAX));
            self.engine.store.commit(std::mem::replace(&mut writes, rest)).await?;
        }
        Ok(())
    }
}

/// What administrators see of a client, with when it was used.
pub fn with_use(mut shown: Value, used_at: Option<Time>) -> Value {
    if let (Some(at), Value::Object(map)) = (used_at, &mut shown) {
        map.insert("last_used".to_owned(), json!(at.seconds()));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_written_once_a_minute_and_forgotten_after_two() {
        let used = Used::default();
        let taken = |at| [("foo.com".to_owned(), "web".to_owned(), at)];
        let at = |seconds: i64| Time::from_seconds(1_000_000 + seconds);
        used.note("foo.com", "web", at(0));
        used.note("foo.com", "web", at(30));
        assert_eq!(used.take(at(31)), taken(at(0)));
        assert_eq!(used.take(at(32)), []);
        used.note("foo.com", "web", at(59));
        assert_eq!(used.take(at(60)), []);
        used.note("foo.com", "web", at(60));
        assert_eq!(used.take(at(61)), taken(at(60)));
        used.take(at(300));
        assert!(used.noted.lock().unwrap().is_empty());
    }

    #[test]
    fn clients_of_one_name_are_told_apart_by_their_tenants() {
        let used = Used::default();
        let at = Time::from_seconds(1_000_000);
        for tenant in ["one", "two"] {
            used.note(tenant, "web", at);
        }
        assert_eq!(used.take(at).len(), 2);
    }
}
