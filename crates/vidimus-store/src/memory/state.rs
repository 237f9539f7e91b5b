//! The maps, and what loads, commits and sweeps do to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vidimus_core::{
    engine::Swept,
    facts::{Facts, Needs, Space, TenantRef, TokenFact, TokenRef},
    model::{Family, Object, Revocation, Token},
    outcome::{Change, Committed, OnceSpace, Write, is_unique},
    row_key::RowKey,
    time::Time,
};

use crate::{codec::names, stored::Rows};

type OnceKey = (RowKey, OnceSpace, [u8; 32]);

#[derive(Default)]
pub struct State {
    objects: BTreeMap<RowKey, Arc<Object>>,
    names: BTreeSet<(RowKey, Space, String, RowKey)>,
    tokens: BTreeMap<RowKey, (RowKey, Token)>,
    families: BTreeMap<RowKey, (RowKey, Family)>,
    once: BTreeMap<OnceKey, Time>,
}

/// What a row was before a write that may have to be taken back.
enum Before {
    Object(RowKey, Option<Arc<Object>>),
    Token(RowKey, Option<(RowKey, Token)>),
    Family(RowKey, Option<(RowKey, Family)>),
    Once(OnceKey),
}

impl State {
    pub fn count(&self) -> Rows {
        Rows {
            tokens: self.tokens.len() as u64,
            families: self.families.len() as u64,
            once: self.once.len() as u64,
            objects: self.objects.len() as u64,
        }
    }

    pub fn load(&self, tenant: &TenantRef, needs: &Needs) -> Facts {
        let Some(found) = self.named(RowKey::ROOT, tenant.space(), tenant.name()).next() else {
            return Facts::default();
        };
        let key = found.key;
        let mut facts = Facts { tenant: Some(Arc::clone(found)), ..Facts::default() };
        for (space, name) in &needs.objects {
            for object in self.named(key, *space, name) {
                facts.objects.push((*space, name.clone(), Arc::clone(object)));
            }
        }
        facts.token = needs.token.and_then(|token| self.token(key, token));
        facts.token_elsewhere = (needs.token)
            .is_some_and(|token| self.tokens.get(&token.0).is_some_and(|(of, _)| *of != key));
        facts.bearer = needs.bearer.and_then(|token| self.token(key, token));
        facts.once_used =
            needs.once.is_some_and(|(space, digest)| self.once.contains_key(&(key, space, digest)));
        facts.whole = needs.whole.iter().map(|space| (*space, self.whole(key, *space))).collect();
        facts.others = needs.others.iter().map(|(other, needs)| self.load(other, needs)).collect();
        facts
    }

    fn named(
        &self,
        tenant: RowKey,
        space: Space,
        name: &str,
    ) -> impl Iterator<Item = &Arc<Object>> {
        let first = (tenant, space, name.to_owned(), RowKey(i64::MIN));
        let last = (tenant, space, name.to_owned(), RowKey(i64::MAX));
        self.names.range(first..=last).filter_map(|(_, _, _, key)| self.objects.get(key))
    }

    fn token(&self, tenant: RowKey, TokenRef(key): TokenRef) -> Option<TokenFact> {
        let (owner, token) = self.tokens.get(&key)?;
        let own = |key: Option<RowKey>| {
            self.objects.get(&key?).filter(|object| object.tenant == tenant).cloned()
        };
        let family = token.family.and_then(|family| self.families.get(&family));
        (*owner == tenant).then(|| TokenFact {
            token: token.clone(),
            client: own(token.client),
            user: own(token.user),
            family: family.filter(|(owner, _)| *owner == tenant).map(|(_, family)| family.clone()),
        })
    }

    fn whole(&self, tenant: RowKey, space: Space) -> Vec<Arc<Object>> {
        self.names
            .range((tenant, space, String::new(), RowKey(i64::MIN))..)
            .take_while(|(owner, of, _, _)| (*owner, *of) == (tenant, space))
            .filter_map(|(_, _, _, key)| self.objects.get(key).cloned())
            .collect()
    }

    pub fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: usize,
    ) -> Vec<Arc<Object>> {
        self.names
            .range((tenant, space, after.to_owned(), RowKey(i64::MIN))..)
            .take_while(|(owner, of, _, _)| (*owner, *of) == (tenant, space))
            .filter(|(_, _, name, _)| name.as_str() > after)
            .filter_map(|(_, _, _, key)| self.objects.get(key).cloned())
            .take(limit)
            .collect()
    }

    pub fn commit(&mut self, writes: Vec<Write>) -> Committed {
        let mut undo = Vec::new();
        for write in writes {
            match self.apply(write.tenant, write.change) {
                Some(before) => undo.push(before),
                None => {
                    undo.into_iter().rev().for_each(|before| self.restore(before));
                    return Committed::Conflict;
                }
            }
        }
        Committed::Done
    }

    /// `None`: the change's condition does not hold, and nothing was changed.
    fn apply(&mut self, tenant: RowKey, change: Change) -> Option<Before> {
        match change {
            Change::Create(object) => {
                let free = !self.objects.contains_key(&object.key) && self.names_free(&object);
                free.then(|| self.set_object(object.key, Some(object)))
            }
            Change::Replace(object) => {
                self.stored(tenant, object.key, object.version - 1)?;
                self.names_free(&object).then(|| self.set_object(object.key, Some(object)))
            }
            Change::Delete { key, version } => {
                self.stored(tenant, key, version)?;
                Some(self.set_object(key, None))
            }
            Change::InsertToken(token) => {
                let key = token.key;
                (!self.tokens.contains_key(&key))
                    .then(|| Before::Token(key, self.tokens.insert(key, (tenant, token))))
            }
            Change::InsertFamily(family) => {
                let key = family.key;
                (!self.families.contains_key(&key))
                    .then(|| Before::Family(key, self.families.insert(key, (tenant, family))))
            }
            Change::RevokeToken { key, revocation } => {
                let (owner, token) = self.tokens.get_mut(&key)?;
                let before = Before::Token(key, Some((*owner, token.clone())));
                (*owner == tenant && revoke(&mut token.revocation, revocation)).then_some(before)
            }
            Change::RevokeFamily { key, revocation } => {
                let (owner, family) = self.families.get_mut(&key)?;
                let before = Before::Family(key, Some((*owner, family.clone())));
                (*owner == tenant && revoke(&mut family.revocation, revocation)).then_some(before)
            }
            Change::Once { space, digest, expires_at } => {
                let key = (tenant, space, digest);
                (!self.once.contains_key(&key)).then(|| {
                    self.once.insert(key, expires_at);
                    Before::Once(key)
                })
            }
        }
    }

    fn stored(&self, tenant: RowKey, key: RowKey, version: i64) -> Option<&Arc<Object>> {
        let object = self.objects.get(&key)?;
        (object.tenant == tenant && object.version == version).then_some(object)
    }

    fn names_free(&self, object: &Object) -> bool {
        names(object).into_iter().filter(|(space, _)| is_unique(*space)).all(|(space, name)| {
            self.named(object.tenant, space, name).all(|owner| owner.key == object.key)
        })
    }

    fn set_object(&mut self, key: RowKey, object: Option<Arc<Object>>) -> Before {
        let before = self.objects.remove(&key);
        if let Some(before) = &before {
            for (space, name) in names(before) {
                self.names.remove(&(before.tenant, space, name.to_owned(), key));
            }
        }
        if let Some(object) = object {
            for (space, name) in names(&object) {
                self.names.insert((object.tenant, space, name.to_owned(), key));
            }
            self.objects.insert(key, object);
        }
        Before::Object(key, before)
    }

    fn restore(&mut self, before: Before) {
        match before {
            Before::Object(key, object) => {
                self.set_object(key, object);
            }
            Before::Token(key, row) => put_back(&mut self.tokens, key, row),
            Before::Family(key, row) => put_back(&mut self.families, key, row),
            Before::Once(key) => {
                self.once.remove(&key);
            }
        }
    }

    pub fn sweep(&mut self, now: Time, limit: usize) -> Swept {
        let tokens = self.tokens.iter().map(|(key, (_, row))| (row.expires_at, *key));
        let families = self.families.iter().map(|(key, (_, row))| (row.expires_at, *key));
        let once = self.once.iter().map(|(key, expires_at)| (*expires_at, *key));
        let (tokens, families, once) =
            (ended(tokens, now, limit), ended(families, now, limit), ended(once, now, limit));
        self.tokens.retain(|key, _| !tokens.contains(key));
        self.families.retain(|key, _| !families.contains(key));
        self.once.retain(|key, _| !once.contains(key));
        let orphans = self.orphans(limit);
        for key in &orphans {
            self.set_object(*key, None);
        }
        Swept {
            tokens: tokens.len() as u64,
            families: families.len() as u64,
            once: once.len() as u64,
            orphans: orphans.len() as u64,
            oldest_expiry: self.oldest_expiry(),
        }
    }

    fn orphans(&self, limit: usize) -> Vec<RowKey> {
        let is_tenant = |key| self.objects.get(&key).is_some_and(|o| o.tenant == RowKey::ROOT);
        let mut orphans: Vec<_> = (self.objects.values())
            .filter(|object| object.tenant != RowKey::ROOT && !is_tenant(object.tenant))
            .map(|object| (object.tenant, object.key))
            .collect();
        orphans.sort_unstable();
        orphans.into_iter().take(limit).map(|(_, key)| key).collect()
    }

    fn oldest_expiry(&self) -> Option<Time> {
        let tokens = self.tokens.values().map(|(_, row)| row.expires_at);
        let families = self.families.values().map(|(_, row)| row.expires_at);
        tokens.chain(families).chain(self.once.values().copied()).min()
    }
}

fn revoke(stored: &mut Option<Revocation>, revocation: Revocation) -> bool {
    let first = stored.is_none();
    if first {
        *stored = Some(revocation);
    }
    first
}

fn put_back<K: Ord, V>(rows: &mut BTreeMap<K, V>, key: K, row: Option<V>) {
    match row {
        Some(row) => rows.insert(key, row),
        None => rows.remove(&key),
    };
}

/// The first `limit` keys whose life ended before `now`, oldest first.
fn ended<K: Ord>(rows: impl Iterator<Item = (Time, K)>, now: Time, limit: usize) -> BTreeSet<K> {
    let mut ended: Vec<_> = rows.filter(|(expires_at, _)| *expires_at < now).collect();
    ended.sort_unstable();
    ended.into_iter().take(limit).map(|(_, key)| key).collect()
}
