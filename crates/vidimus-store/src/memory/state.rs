//! The maps, and what a load or a page finds in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vidimus_core::{
    audit::chain::Link,
    facts::{Facts, Needs, Space, TenantRef, TicketRef, TokenFact, TokenRef},
    limits::LISTED_MAX,
    model::{Family, Object, Ticket, Token},
    outcome::OnceSpace,
    row_key::RowKey,
    time::Time,
};

use crate::stored::Rows;

pub type Digest = [u8; 32];
pub type OnceKey = (RowKey, OnceSpace, Digest);
pub type UsedKey = (RowKey, RowKey);
/// By digest first, as on disk; then the tenant.
pub type LocatorKey = (Digest, RowKey);

/// Beside a row that has no tenant in it stands its tenant.
#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<RowKey, Arc<Object>>,
    pub names: BTreeSet<(RowKey, Space, String, RowKey)>,
    pub tokens: BTreeMap<RowKey, (RowKey, Token)>,
    pub families: BTreeMap<RowKey, (RowKey, Family)>,
    pub once: BTreeMap<OnceKey, Time>,
    pub locators: BTreeMap<LocatorKey, Locator>,
    pub tickets: BTreeMap<RowKey, (RowKey, Ticket)>,
    pub root_clients: BTreeMap<String, RowKey>,
    /// The chain of the audit trail; the last one stays.
    pub links: Vec<(Link, Time)>,
    /// When objects of a tenant were used last.
    pub used: BTreeMap<UsedKey, Time>,
}

#[derive(Clone, Copy)]
pub struct Locator {
    pub token: RowKey,
    pub expires_at: Time,
}

impl State {
    pub fn count(&self) -> Rows {
        Rows {
            tokens: self.tokens.len() as u64,
            families: self.families.len() as u64,
            once: self.once.len() as u64,
            objects: self.objects.len() as u64,
            locators: self.locators.len() as u64,
            tickets: self.tickets.len() as u64,
            root_clients: self.root_clients.len() as u64,
        }
    }

    pub fn load(&self, tenant: &TenantRef, needs: &Needs) -> Facts {
        let Some(found) = self.tenant(tenant) else { return Facts::default() };
        let key = found.key;
        let mut facts = Facts { tenant: Some(Arc::clone(found)), ..Facts::default() };
        for (space, name) in &needs.objects {
            for object in self.named(key, *space, name) {
                facts.objects.push((*space, name.clone(), Arc::clone(object)));
            }
        }
        facts.token = needs.token.and_then(|token| self.token(key, token)).map(Box::new);
        facts.token_elsewhere =
            facts.token.is_none() && needs.token.is_some_and(|token| self.elsewhere(key, token));
        facts.bearer = needs.bearer.and_then(|token| self.token(key, token)).map(Box::new);
        facts.tickets =
            needs.tickets.iter().map(|&ticket| (ticket, self.ticket(key, ticket))).collect();
        facts.sessions_of = needs.sessions_of.map(|user| (user, self.sessions_of(key, user)));
        facts.families_of = needs.families_of.map(|user| (user, self.families_of(key, user)));
        facts.further =
            needs.further.iter().map(|&token| (token, self.token(key, token))).collect();
        let used = |(space, digest): &&(OnceSpace, Digest)| {
            self.once.contains_key(&(key, *space, *digest))
        };
        facts.once = needs.once.iter().filter(used).copied().collect();
        facts.count = needs.count.map(|space| self.names_in(key, space).count() as u64);
        facts.whole = needs.whole.iter().map(|space| (*space, self.whole(key, *space))).collect();
        facts.others = needs.others.iter().map(|(other, needs)| self.load(other, needs)).collect();
        facts
    }

    fn tenant(&self, tenant: &TenantRef) -> Option<&Arc<Object>> {
        let at_root = tenant.client_at_root().and_then(|id| self.root_clients.get(id));
        let owner = at_root.and_then(|key| self.objects.get(key));
        owner
            .filter(|owner| owner.tenant == RowKey::ROOT)
            .or_else(|| self.named(RowKey::ROOT, tenant.space(), tenant.name()).next())
    }

    pub fn is_tenant(&self, key: RowKey) -> bool {
        self.objects.get(&key).is_some_and(|object| object.tenant == RowKey::ROOT)
    }

    pub fn named(
        &self,
        tenant: RowKey,
        space: Space,
        name: &str,
    ) -> impl Iterator<Item = &Arc<Object>> {
        let first = (tenant, space, name.to_owned(), RowKey(i64::MIN));
        let last = (tenant, space, name.to_owned(), RowKey(i64::MAX));
        self.names.range(first..=last).filter_map(|(_, _, _, key)| self.objects.get(key))
    }

    fn token(&self, tenant: RowKey, token: TokenRef) -> Option<TokenFact> {
        let key = match token {
            TokenRef::Key(key) => key,
            TokenRef::Digest(digest) => self.locators.get(&(digest, tenant))?.token,
        };
        let (owner, token) = self.tokens.get(&key)?;
        let own = |key: Option<RowKey>| {
            self.objects.get(&key?).filter(|object| object.tenant == tenant).cloned()
        };
        let family = token.family.and_then(|family| self.families.get(&family));
        (*owner == tenant).then(|| TokenFact {
            token: Arc::new(token.clone()),
            client: own(token.client),
            user: own(token.user),
            family: family
                .filter(|(owner, _)| *owner == tenant)
                .map(|(_, family)| Arc::new(family.clone())),
        })
    }

    fn elsewhere(&self, tenant: RowKey, token: TokenRef) -> bool {
        match token {
            TokenRef::Key(key) => self.tokens.get(&key).is_some_and(|(owner, _)| *owner != tenant),
            TokenRef::Digest(digest) => {
                let all = (digest, RowKey(i64::MIN))..=(digest, RowKey(i64::MAX));
                self.locators.range(all).any(|((_, other), locator)| {
                    let row = self.tokens.get(&locator.token);
                    *other != tenant && row.is_some_and(|(owner, _)| owner == other)
                })
            }
        }
    }

    fn ticket(&self, tenant: RowKey, ticket: TicketRef) -> Option<Arc<Ticket>> {
        let found = match ticket {
            TicketRef::Key(key) => {
                self.tickets.get(&key).filter(|(owner, _)| *owner == tenant).map(|(_, row)| row)
            }
            TicketRef::Alias(alias) => self.of_alias(tenant, alias),
        };
        found.cloned().map(Arc::new)
    }

    fn sessions_of(&self, tenant: RowKey, user: RowKey) -> Vec<Arc<Ticket>> {
        let newest = self.tickets.values().rev().filter(|(owner, _)| *owner == tenant);
        let theirs = newest.filter(|(_, ticket)| ticket.owner == Some(user));
        theirs.take(LISTED_MAX as usize).map(|(_, ticket)| Arc::new(ticket.clone())).collect()
    }

    fn families_of(&self, tenant: RowKey, user: RowKey) -> Vec<Family> {
        let newest = self.families.values().rev().filter(|(owner, _)| *owner == tenant);
        let stands = |family: &&Family| family.user == Some(user) && family.revocation.is_none();
        let theirs = newest.map(|(_, family)| family).filter(stands);
        theirs.take(LISTED_MAX as usize).cloned().collect()
    }

    /// Not of tenants that are gone: nobody could see to them.
    pub fn due(&self, now: Time, limit: usize) -> Vec<(RowKey, RowKey)> {
        let mut due: Vec<_> = (self.tickets.values())
            .filter(|(tenant, _)| self.is_tenant(*tenant))
            .filter_map(|(tenant, ticket)| Some((ticket.due_at?, ticket.key, *tenant)))
            .filter(|(due_at, ..)| *due_at <= now)
            .collect();
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, key, tenant)| (tenant, key)).collect()
    }

    pub fn of_alias(&self, tenant: RowKey, alias: Digest) -> Option<&Ticket> {
        let own = self.tickets.values().filter(|(owner, _)| *owner == tenant);
        own.map(|(_, ticket)| ticket).find(|ticket| ticket.alias == Some(alias))
    }

    /// The names of a space with their objects' keys, in order.
    pub(super) fn names_in(
        &self,
        tenant: RowKey,
        space: Space,
    ) -> impl Iterator<Item = (&str, RowKey)> {
        self.names
            .range((tenant, space, String::new(), RowKey(i64::MIN))..)
            .take_while(move |(owner, of, _, _)| (*owner, *of) == (tenant, space))
            .map(|(_, _, name, key)| (name.as_str(), *key))
    }

    fn whole(&self, tenant: RowKey, space: Space) -> Vec<Arc<Object>> {
        self.names_in(tenant, space)
            .filter_map(|(_, key)| self.objects.get(&key).cloned())
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
}
