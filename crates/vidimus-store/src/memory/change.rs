//! Writes with their conditions, and how those before a failed one are taken back.

use std::{collections::BTreeMap, sync::Arc};

use vidimus_core::{
    audit::chain::{self, BEGINNING, Link},
    facts::{Space, TenantRef},
    model::{Family, Object, Revocation, Ticket, Token},
    outcome::{Change, Committed, Write, is_unique},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::names,
    memory::state::{Digest, Locator, LocatorKey, OnceKey, State, UsedKey},
};

/// What a row was before a write that may have to be taken back.
pub enum Before {
    Object(RowKey, Option<Arc<Object>>),
    Token(RowKey, Option<(RowKey, Token)>),
    Family(RowKey, Option<(RowKey, Family)>),
    Once(OnceKey, Option<Time>),
    Locator(LocatorKey, Option<Locator>),
    Ticket(RowKey, Option<(RowKey, Ticket)>),
    RootClient(String, Option<RowKey>),
    Used(UsedKey, Option<Time>),
    /// There was one link less.
    Link,
}

impl State {
    pub fn commit(&mut self, writes: Vec<Write>) -> Committed {
        let mut undo = Vec::new();
        for write in writes {
            match self.apply(write.tenant, write.change) {
                Some(before) => undo.extend(before),
                None => {
                    undo.into_iter().rev().for_each(|before| self.restore(before));
                    return Committed::Conflict;
                }
            }
        }
        Committed::Done
    }

    /// `None`: the change's condition does not hold, and nothing was changed.
    fn apply(&mut self, tenant: RowKey, change: Change) -> Option<Vec<Before>> {
        let before = match change {
            Change::Create(object) => {
                let free = !self.objects.contains_key(&object.key) && self.names_free(&object);
                free.then(|| self.set_object(object.key, Some(object)))
            }
            Change::Replace(object) => {
                self.stored(tenant, object.key, object.version - 1)?;
                self.names_free(&object).then(|| self.set_object(object.key, Some(object)))
            }
            Change::Delete { key, version } => return self.delete(tenant, key, version),
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
            Change::RevokeToken { key, revocation } => self.revoke_token(tenant, key, &revocation),
            Change::RevokeFamily { key, revocation } => {
                return Some(self.cut_family(tenant, key, revocation))
                    .filter(|cut| !cut.is_empty());
            }
            Change::CutFamily { key, revocation } => {
                return Some(self.cut_family(tenant, key, revocation));
            }
            Change::CutFamiliesOf { user, client, revocation } => {
                return Some(self.cut_families_of(tenant, (user, client), &revocation));
            }
            Change::DeleteToken { key } => return self.delete_token(tenant, key),
            Change::Locate { digest, was, token, expires_at } => {
                self.locate((digest, tenant), was, Locator { token, expires_at })
            }
            Change::InsertTicket(ticket) => {
                let free = !self.tickets.contains_key(&ticket.key)
                    && self.alias_free(tenant, ticket.key, ticket.alias);
                free.then(|| self.set_ticket(ticket.key, Some((tenant, ticket))))
            }
            Change::ReplaceTicket(ticket) => {
                self.kept(tenant, ticket.key, ticket.version - 1)?;
                self.alias_free(tenant, ticket.key, ticket.alias)
                    .then(|| self.set_ticket(ticket.key, Some((tenant, ticket))))
            }
            Change::DeleteTicket { key, version } => {
                self.kept(tenant, key, version)?;
                Some(self.set_ticket(key, None))
            }
            Change::HoldTicket { key } => return self.holds(tenant, key),
            Change::HoldObject { key } => return self.holds_object(tenant, key),
            Change::ReachAtRoot { client_id } => self.reach_at_root(tenant, client_id),
            Change::LeaveRoot { client_id } => return Some(self.leave_root(tenant, client_id)),
            Change::HoldAtRoot { client_id } => {
                return self.free_at_root(tenant, &client_id).then(Vec::new);
            }
            Change::Room { space, fewer_than } => return self.room(tenant, space, fewer_than),
            Change::Link { entry, digest, expires_at } => {
                Some(self.link(entry, digest, expires_at))
            }
            Change::Used { key, at } => Some(self.use_now((tenant, key), at)),
            Change::Once { space, digest, expires_at } => {
                let key = (tenant, space, digest);
                (!self.once.contains_key(&key))
                    .then(|| Before::Once(key, self.once.insert(key, expires_at)))
            }
        };
        before.map(|before| vec![before])
    }

    fn revoke_token(
        &mut self,
        tenant: RowKey,
        key: RowKey,
        revocation: &Revocation,
    ) -> Option<Before> {
        let (owner, token) = self.tokens.get_mut(&key)?;
        let before = Before::Token(key, Some((*owner, token.clone())));
        (*owner == tenant && revoke(&mut token.revocation, revocation.clone())).then_some(before)
    }

    fn holds_object(&self, tenant: RowKey, key: RowKey) -> Option<Vec<Before>> {
        self.objects.get(&key).filter(|object| object.tenant == tenant).map(|_| Vec::new())
    }

    fn holds(&self, tenant: RowKey, ticket: RowKey) -> Option<Vec<Before>> {
        let (owner, _) = self.tickets.get(&ticket)?;
        (*owner == tenant).then(Vec::new)
    }

    fn room(&self, tenant: RowKey, space: Space, fewer_than: u64) -> Option<Vec<Before>> {
        ((self.names_in(tenant, space).count() as u64) < fewer_than).then(Vec::new)
    }

    fn stored(&self, tenant: RowKey, key: RowKey, version: i64) -> Option<&Arc<Object>> {
        let object = self.objects.get(&key)?;
        (object.tenant == tenant && object.version == version).then_some(object)
    }

    fn names_free(&self, object: &Object) -> bool {
        names(object).into_iter().filter(|(space, _)| is_unique(*space)).all(|(space, name)| {
            self.named(object.tenant, space, &name).all(|owner| owner.key == object.key)
        })
    }

    pub fn set_object(&mut self, key: RowKey, object: Option<Arc<Object>>) -> Before {
        let before = self.objects.remove(&key);
        if let Some(before) = &before {
            for (space, name) in names(before) {
                self.names.remove(&(before.tenant, space, name.into_owned(), key));
            }
        }
        if let Some(object) = object {
            for (space, name) in names(&object) {
                self.names.insert((object.tenant, space, name.into_owned(), key));
            }
            self.objects.insert(key, object);
        }
        Before::Object(key, before)
    }

    fn cut_family(&mut self, tenant: RowKey, key: RowKey, revocation: Revocation) -> Vec<Before> {
        let Some((owner, family)) = self.families.get_mut(&key) else { return Vec::new() };
        let before = Before::Family(key, Some((*owner, family.clone())));
        let cut = *owner == tenant && revoke(&mut family.revocation, revocation);
        if cut { vec![before] } else { Vec::new() }
    }

    fn cut_families_of(
        &mut self,
        tenant: RowKey,
        (user, client): (RowKey, RowKey),
        revocation: &Revocation,
    ) -> Vec<Before> {
        let of = |owner: RowKey, family: &Family| {
            (owner, family.user, family.client) == (tenant, Some(user), Some(client))
        };
        let found = self.families.iter().filter(|(_, (owner, family))| of(*owner, family));
        let keys: Vec<RowKey> = found.map(|(key, _)| *key).collect();
        keys.into_iter().flat_map(|key| self.cut_family(tenant, key, revocation.clone())).collect()
    }

    fn delete_token(&mut self, tenant: RowKey, key: RowKey) -> Option<Vec<Before>> {
        self.tokens.get(&key).filter(|(owner, _)| *owner == tenant)?;
        let mut before = vec![Before::Token(key, self.tokens.remove(&key))];
        let located =
            |at: &LocatorKey, locator: &mut Locator| at.1 == tenant && locator.token == key;
        let located = self.locators.extract_if(.., located);
        before.extend(located.map(|(at, locator)| Before::Locator(at, Some(locator))));
        Some(before)
    }

    fn locate(&mut self, at: LocatorKey, was: Option<RowKey>, to: Locator) -> Option<Before> {
        let now = self.locators.get(&at).map(|locator| locator.token);
        let is_token = |key: RowKey| self.tokens.get(&key).is_some_and(|(owner, _)| *owner == at.1);
        let holds = now == was || was.is_none() && now.is_none_or(|now| !is_token(now));
        holds.then(|| Before::Locator(at, self.locators.insert(at, to)))
    }

    fn kept(&self, tenant: RowKey, key: RowKey, version: i64) -> Option<()> {
        let (owner, ticket) = self.tickets.get(&key)?;
        (*owner == tenant && ticket.version == version).then_some(())
    }

    fn alias_free(&self, tenant: RowKey, key: RowKey, alias: Option<Digest>) -> bool {
        let owner = alias.and_then(|alias| self.of_alias(tenant, alias));
        owner.is_none_or(|owner| owner.key == key)
    }

    fn set_ticket(&mut self, key: RowKey, row: Option<(RowKey, Ticket)>) -> Before {
        let before = self.tickets.remove(&key);
        put_back(&mut self.tickets, key, row);
        Before::Ticket(key, before)
    }

    /// What a tenant left at the root when it went is free.
    fn free_at_root(&self, tenant: RowKey, client_id: &str) -> bool {
        let owner = self.root_clients.get(client_id).filter(|owner| self.is_tenant(**owner));
        owner.is_none_or(|owner| *owner == tenant)
    }

    fn delete(&mut self, tenant: RowKey, key: RowKey, version: i64) -> Option<Vec<Before>> {
        self.stored(tenant, key, version)?;
        let used = (tenant, key);
        let used = Before::Used(used, self.used.remove(&used));
        Some(vec![used, self.set_object(key, None)])
    }

    fn use_now(&mut self, key: UsedKey, at: Time) -> Before {
        let before = self.used.get(&key).copied();
        self.used.insert(key, before.map_or(at, |before| before.max(at)));
        Before::Used(key, before)
    }

    fn link(&mut self, entry: RowKey, digest: Digest, expires_at: Time) -> Before {
        let last = self.links.last().map(|(link, _)| *link);
        let (number, chain) = last.map_or((0, BEGINNING), |last| (last.number, last.chain));
        let link = Link { number: number + 1, entry, digest, chain: chain::next(chain, digest) };
        self.links.push((link, expires_at));
        Before::Link
    }

    fn leave_root(&mut self, tenant: RowKey, client_id: String) -> Vec<Before> {
        if self.root_clients.get(&client_id) != Some(&tenant) {
            return Vec::new();
        }
        self.root_clients.remove(&client_id);
        vec![Before::RootClient(client_id, Some(tenant))]
    }

    fn reach_at_root(&mut self, tenant: RowKey, client_id: String) -> Option<Before> {
        let free = self.free_at_root(tenant, &client_id);
        let default = self.named(RowKey::ROOT, Space::Tenant, TenantRef::DEFAULT_ID).next();
        let default = default.map(|default| default.key).filter(|default| *default != tenant);
        let hidden = default
            .is_some_and(|default| self.named(default, Space::Caller, &client_id).next().is_some());
        (free && !hidden).then(|| {
            let before = self.root_clients.insert(client_id.clone(), tenant);
            Before::RootClient(client_id, before)
        })
    }

    fn restore(&mut self, before: Before) {
        match before {
            Before::Object(key, object) => {
                self.set_object(key, object);
            }
            Before::Token(key, row) => put_back(&mut self.tokens, key, row),
            Before::Family(key, row) => put_back(&mut self.families, key, row),
            Before::Once(key, row) => put_back(&mut self.once, key, row),
            Before::Locator(key, row) => put_back(&mut self.locators, key, row),
            Before::Ticket(key, row) => put_back(&mut self.tickets, key, row),
            Before::RootClient(id, row) => put_back(&mut self.root_clients, id, row),
            Before::Link => drop(self.links.pop()),
            Before::Used(key, row) => put_back(&mut self.used, key, row),
        }
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
