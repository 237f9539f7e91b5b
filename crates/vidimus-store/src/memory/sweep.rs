//! Deleting what has ended, over all tenants at once.

use std::collections::{BTreeMap, BTreeSet};

use vidimus_core::{
    engine::Swept, facts::Space, limits::USED_TTL_SECONDS, row_key::RowKey, time::Time,
};

use crate::{codec::names, memory::state::State};

impl State {
    pub fn sweep(&mut self, now: Time, limit: usize) -> Swept {
        let orphans = self.sweep_orphans(limit);
        let objects = self.sweep_objects(now, limit);
        self.sweep_links(now, limit);
        let forgotten = now.plus_seconds(-USED_TTL_SECONDS);
        sweep(&mut self.used, |at| *at, forgotten, limit);
        Swept {
            tokens: sweep(&mut self.tokens, |(_, row)| row.expires_at, now, limit),
            families: sweep(&mut self.families, |(_, row)| row.expires_at, now, limit),
            once: sweep(&mut self.once, |expires_at| *expires_at, now, limit),
            locators: sweep(&mut self.locators, |row| row.expires_at, now, limit),
            tickets: sweep(&mut self.tickets, |(_, row)| row.expires_at, now, limit),
            objects,
            orphans,
            oldest_expiry: self.oldest_expiry(),
        }
    }

    fn sweep_orphans(&mut self, limit: usize) -> u64 {
        let mut orphans: Vec<_> = (self.objects.values())
            .filter(|object| object.tenant != RowKey::ROOT && !self.is_tenant(object.tenant))
            .map(|object| (object.tenant, object.key))
            .collect();
        orphans.sort_unstable();
        orphans.truncate(limit);
        let lost = self.root_clients.iter().filter(|(_, tenant)| !self.is_tenant(**tenant));
        let mut lost: Vec<_> = lost.map(|(id, tenant)| (*tenant, id.clone())).collect();
        lost.sort_unstable();
        lost.truncate(limit);
        for (_, key) in &orphans {
            self.set_object(*key, None);
        }
        for (_, client_id) in &lost {
            self.root_clients.remove(client_id);
        }
        (orphans.len() + lost.len()) as u64
    }

    fn sweep_objects(&mut self, now: Time, limit: usize) -> u64 {
        let lives = self.objects.values().filter_map(|o| Some((o.expires_at?, o.key)));
        let ended = ended(lives, now, limit);
        for key in &ended {
            if let Some(object) = self.objects.get(key) {
                let names = names(object).into_iter();
                for (_, id) in names.filter(|(space, _)| *space == Space::Caller) {
                    if self.root_clients.get(&*id) == Some(&object.tenant) {
                        self.root_clients.remove(&*id);
                    }
                }
            }
            self.set_object(*key, None);
        }
        ended.len() as u64
    }

    /// The first ones only, and never the last of all: the next one follows on it.
    fn sweep_links(&mut self, now: Time, limit: usize) {
        let keeps = self.links.len().saturating_sub(1).min(limit);
        let ended = self.links.iter().take(keeps).take_while(|(_, expires_at)| *expires_at < now);
        let ended = ended.count();
        self.links.drain(..ended);
    }

    fn oldest_expiry(&self) -> Option<Time> {
        let tokens = self.tokens.values().map(|(_, row)| row.expires_at);
        let families = self.families.values().map(|(_, row)| row.expires_at);
        let locators = self.locators.values().map(|row| row.expires_at);
        let tickets = self.tickets.values().map(|(_, row)| row.expires_at);
        let objects = self.objects.values().filter_map(|object| object.expires_at);
        let rows = tokens.chain(families).chain(locators).chain(tickets).chain(objects);
        rows.chain(self.once.values().copied()).min()
    }
}

fn sweep<K: Ord + Copy, V>(
    rows: &mut BTreeMap<K, V>,
    expires_at: impl Fn(&V) -> Time,
    now: Time,
    limit: usize,
) -> u64 {
    let ended = ended(rows.iter().map(|(key, row)| (expires_at(row), *key)), now, limit);
    rows.retain(|key, _| !ended.contains(key));
    ended.len() as u64
}

/// The first `limit` keys whose life ended before `now`, oldest first.
fn ended<K: Ord>(rows: impl Iterator<Item = (Time, K)>, now: Time, limit: usize) -> BTreeSet<K> {
    let mut ended: Vec<_> = rows.filter(|(expires_at, _)| *expires_at < now).collect();
    ended.sort_unstable();
    ended.into_iter().take(limit).map(|(_, key)| key).collect()
}
