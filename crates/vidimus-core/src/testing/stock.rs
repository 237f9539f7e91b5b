//! Rows in memory: what a store would answer to needs, and the conditions of its writes.

use std::sync::Arc;

use crate::{
    facts::{Facts, Needs, Space, TenantRef, TicketRef, TokenFact, TokenRef},
    model::{Family, Object, Revocation, Ticket, Token},
    outcome::{Change, Committed, OnceSpace, Write, is_unique},
    row_key::RowKey,
};

#[derive(Clone, Default)]
pub struct Stock {
    pub objects: Vec<Arc<Object>>,
    pub tokens: Vec<(RowKey, Token)>,
    pub families: Vec<(RowKey, Family)>,
    pub once: Vec<(RowKey, OnceSpace, [u8; 32])>,
    pub locators: Vec<(RowKey, [u8; 32], RowKey)>,
    pub tickets: Vec<(RowKey, Ticket)>,
    pub at_root: Vec<(String, RowKey)>,
}

impl Stock {
    pub fn named(&self, tenant: RowKey, space: Space, name: &str) -> Vec<Arc<Object>> {
        let has = |object: &&Arc<Object>| {
            let mut names = object.names().into_iter();
            object.tenant == tenant && names.any(|(known, other)| known == space && other == name)
        };
        self.objects.iter().filter(has).cloned().collect()
    }

    fn keyed(&self, key: RowKey) -> Option<Arc<Object>> {
        self.objects.iter().find(|object| object.key == key).cloned()
    }

    pub fn load(&self, tenant: &TenantRef, needs: &Needs) -> Facts {
        let at_root = tenant.client_at_root().and_then(|client_id| {
            let (_, owner) = self.at_root.iter().find(|(known, _)| known == client_id)?;
            self.keyed(*owner)
        });
        let mut named = self.named(RowKey::ROOT, tenant.space(), tenant.name()).into_iter();
        let Some(found) = at_root.or_else(|| named.next()) else { return Facts::default() };
        let mut facts = Facts::default();
        for (space, name) in &needs.objects {
            let objects = self.named(found.key, *space, name).into_iter();
            facts.objects.extend(objects.map(|object| (*space, name.clone(), object)));
        }
        if let Some(token) = needs.token {
            facts.token = self.token(found.key, token).map(Box::new);
            let exists = self.rows().any(|owner| self.token(owner, token).is_some());
            facts.token_elsewhere = exists && facts.token.is_none();
        }
        facts.bearer = needs.bearer.and_then(|token| self.token(found.key, token)).map(Box::new);
        facts.further =
            needs.further.iter().map(|&token| (token, self.token(found.key, token))).collect();
        let ticket = |&wanted| (wanted, self.ticket(found.key, wanted).map(Arc::new));
        facts.tickets = needs.tickets.iter().map(ticket).collect();
        facts.sessions_of = needs.sessions_of.map(|user| (user, self.sessions_of(found.key, user)));
        facts.families_of = needs.families_of.map(|user| (user, self.families_of(found.key, user)));
        let used = |(space, digest): &&(OnceSpace, [u8; 32])| {
            self.once.contains(&(found.key, *space, *digest))
        };
        facts.once = needs.once.iter().filter(used).copied().collect();
        facts.count = needs.count.map(|space| self.count(found.key, space));
        for &space in &needs.whole {
            let whole = self
                .objects
                .iter()
                .filter(|object| object.tenant == found.key && object.kind().space() == space);
            facts.whole.push((space, whole.cloned().collect()));
        }
        facts.others = needs.others.iter().map(|(other, needs)| self.load(other, needs)).collect();
        facts.tenant = Some(found);
        facts
    }

    fn token(&self, tenant: RowKey, token: TokenRef) -> Option<TokenFact> {
        let key = match token {
            TokenRef::Key(key) => key,
            TokenRef::Digest(digest) => {
                let at = |(owner, known, _): &&(RowKey, [u8; 32], RowKey)| {
                    *owner == tenant && *known == digest
                };
                self.locators.iter().find(at)?.2
            }
        };
        let row = |(owner, row): &&(RowKey, Token)| *owner == tenant && row.key == key;
        let (_, token) = self.tokens.iter().find(row)?;
        let family = |key| self.families.iter().find(|(_, family)| family.key == key);
        Some(TokenFact {
            token: Arc::new(token.clone()),
            client: token.client.and_then(|key| self.keyed(key)),
            user: token.user.and_then(|key| self.keyed(key)),
            family: token.family.and_then(family).map(|(_, family)| Arc::new(family.clone())),
        })
    }

    fn ticket(&self, tenant: RowKey, ticket: TicketRef) -> Option<Ticket> {
        let is_it = |(owner, row): &&(RowKey, Ticket)| {
            *owner == tenant
                && match ticket {
                    TicketRef::Key(key) => row.key == key,
                    TicketRef::Alias(alias) => row.alias == Some(alias),
                }
        };
        self.tickets.iter().find(is_it).map(|(_, ticket)| ticket.clone())
    }

    /// The newest first.
    fn sessions_of(&self, tenant: RowKey, user: RowKey) -> Vec<Arc<Ticket>> {
        let of = |(owner, row): &&(RowKey, Ticket)| *owner == tenant && row.owner == Some(user);
        let mut rows: Vec<_> =
            self.tickets.iter().filter(of).map(|(_, row)| Arc::new(row.clone())).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.key));
        rows
    }

    fn families_of(&self, tenant: RowKey, user: RowKey) -> Vec<Family> {
        let of = |(owner, row): &&(RowKey, Family)| {
            *owner == tenant && row.user == Some(user) && row.revocation.is_none()
        };
        let mut rows: Vec<_> =
            self.families.iter().filter(of).map(|(_, row)| row.clone()).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.key));
        rows
    }

    fn count(&self, tenant: RowKey, space: Space) -> u64 {
        let has = |object: &&Arc<Object>| {
            let mut names = object.names().into_iter();
            object.tenant == tenant && names.any(|(known, _)| known == space)
        };
        u64::try_from(self.objects.iter().filter(has).count()).unwrap()
    }

    /// Every tenant's key.
    fn rows(&self) -> impl Iterator<Item = RowKey> {
        self.objects.iter().filter(|o| o.tenant == RowKey::ROOT).map(|object| object.key)
    }

    /// All or nothing.
    pub fn commit(&mut self, writes: &[Write]) -> Committed {
        let mut next = self.clone();
        if writes.iter().all(|write| next.change(write.tenant, &write.change).is_some()) {
            *self = next;
            return Committed::Done;
        }
        Committed::Conflict
    }

    fn names_free(&self, object: &Object) -> bool {
        object.names().into_iter().filter(|(space, _)| is_unique(*space)).all(|(space, name)| {
            self.named(object.tenant, space, &name).iter().all(|owner| owner.key == object.key)
        })
    }

    fn change(&mut self, tenant: RowKey, change: &Change) -> Option<()> {
        match change {
            Change::Create(object) => {
                let fits = self.keyed(object.key).is_none() && self.names_free(object);
                fits.then(|| self.objects.push(Arc::clone(object)))
            }
            Change::Replace(object) => {
                if !self.names_free(object) {
                    return None;
                }
                let stored = self.objects.iter_mut().find(|stored| {
                    stored.key == object.key && stored.version == object.version - 1
                })?;
                *stored = Arc::clone(object);
                Some(())
            }
            Change::Delete { key, version } => {
                let gone = |object: &Arc<Object>| object.key == *key && object.version == *version;
                let at = self.objects.iter().position(gone)?;
                self.objects.remove(at);
                Some(())
            }
            Change::InsertToken(token) => {
                let free = self.tokens.iter().all(|(_, known)| known.key != token.key);
                free.then(|| self.tokens.push((tenant, token.clone())))
            }
            Change::InsertFamily(family) => {
                let free = self.families.iter().all(|(_, known)| known.key != family.key);
                free.then(|| self.families.push((tenant, family.clone())))
            }
            Change::RevokeToken { .. } | Change::RevokeFamily { .. } => {
                self.revoke(tenant, change).filter(|first| *first).map(drop)
            }
            Change::CutFamily { .. } => {
                self.revoke(tenant, change);
                Some(())
            }
            Change::CutFamiliesOf { user, client, revocation } => {
                self.cut_families_of(tenant, (*user, *client), revocation);
                Some(())
            }
            Change::DeleteToken { key } => {
                let at = self.tokens.iter().position(|(o, t)| *o == tenant && t.key == *key)?;
                self.tokens.remove(at);
                self.locators.retain(|(owner, _, token)| (*owner, *token) != (tenant, *key));
                Some(())
            }
            Change::Locate { digest, was, token, .. } => self.locate(tenant, *digest, *was, *token),
            Change::InsertTicket(_)
            | Change::ReplaceTicket(_)
            | Change::DeleteTicket { .. }
            | Change::HoldTicket { .. } => self.change_ticket(tenant, change),
            Change::HoldObject { key } => self.holds(tenant, *key).then_some(()),
            Change::ReachAtRoot { client_id } => self.reach_at_root(tenant, client_id),
            Change::LeaveRoot { client_id } => {
                self.at_root.retain(|(known, owner)| (known, *owner) != (client_id, tenant));
                Some(())
            }
            Change::HoldAtRoot { client_id } => self.free_at_root(tenant, client_id).then_some(()),
            Change::Room { space, fewer_than } => {
                (self.count(tenant, *space) < *fewer_than).then_some(())
            }
            Change::Link { .. } | Change::Used { .. } => Some(()),
            Change::Once { space, digest, .. } => {
                let fact = (tenant, *space, *digest);
                (!self.once.contains(&fact)).then(|| self.once.push(fact))
            }
        }
    }

    fn holds(&self, tenant: RowKey, key: RowKey) -> bool {
        self.keyed(key).is_some_and(|object| object.tenant == tenant)
    }

    fn cut_families_of(
        &mut self,
        tenant: RowKey,
        (user, client): (RowKey, RowKey),
        revocation: &Revocation,
    ) {
        for (owner, family) in &mut self.families {
            if (*owner, family.user, family.client) == (tenant, Some(user), Some(client)) {
                family.revocation.get_or_insert_with(|| revocation.clone());
            }
        }
    }

    /// Whether it was not revoked yet; `None` where it is not there.
    fn revoke(&mut self, tenant: RowKey, change: &Change) -> Option<bool> {
        let (revoked, by): (&mut Option<Revocation>, &Revocation) = match change {
            Change::RevokeToken { key, revocation } => {
                let row = |(owner, row): &&mut (RowKey, Token)| *owner == tenant && row.key == *key;
                (&mut self.tokens.iter_mut().find(row)?.1.revocation, revocation)
            }
            Change::RevokeFamily { key, revocation } | Change::CutFamily { key, revocation } => {
                let row =
                    |(owner, row): &&mut (RowKey, Family)| *owner == tenant && row.key == *key;
                (&mut self.families.iter_mut().find(row)?.1.revocation, revocation)
            }
            _ => return None,
        };
        let is_first = revoked.is_none();
        revoked.get_or_insert_with(|| by.clone());
        Some(is_first)
    }

    fn locate(
        &mut self,
        tenant: RowKey,
        digest: [u8; 32],
        was: Option<RowKey>,
        token: RowKey,
    ) -> Option<()> {
        let at =
            |(owner, known, _): &(RowKey, [u8; 32], RowKey)| (*owner, *known) == (tenant, digest);
        let found = self.locators.iter().find(|row| at(row)).map(|(_, _, token)| *token);
        let is_token = |key: RowKey| self.tokens.iter().any(|(o, t)| (*o, t.key) == (tenant, key));
        let holds = found == was || was.is_none() && found.is_none_or(|found| !is_token(found));
        holds.then(|| {
            self.locators.retain(|row| !at(row));
            self.locators.push((tenant, digest, token));
        })
    }

    fn change_ticket(&mut self, tenant: RowKey, change: &Change) -> Option<()> {
        let at = |tickets: &[(RowKey, Ticket)], key, version| {
            tickets
                .iter()
                .position(|(owner, row)| (*owner, row.key, row.version) == (tenant, key, version))
        };
        match change {
            Change::InsertTicket(ticket) => {
                let free = self.tickets.iter().all(|(_, known)| known.key != ticket.key)
                    && self.alias_free(tenant, ticket);
                free.then(|| self.tickets.push((tenant, ticket.clone())))
            }
            Change::ReplaceTicket(ticket) => {
                let at = at(&self.tickets, ticket.key, ticket.version - 1)?;
                self.alias_free(tenant, ticket).then(|| self.tickets[at].1 = ticket.clone())
            }
            Change::DeleteTicket { key, version } => {
                let at = at(&self.tickets, *key, *version)?;
                self.tickets.remove(at);
                Some(())
            }
            Change::HoldTicket { key } => self.ticket(tenant, TicketRef::Key(*key)).map(drop),
            _ => None,
        }
    }

    fn alias_free(&self, tenant: RowKey, ticket: &Ticket) -> bool {
        self.tickets.iter().all(|(owner, known)| {
            *owner != tenant
                || known.key == ticket.key
                || ticket.alias.is_none()
                || known.alias != ticket.alias
        })
    }

    fn reach_at_root(&mut self, tenant: RowKey, client_id: &str) -> Option<()> {
        let default = self.named(RowKey::ROOT, Space::Tenant, TenantRef::DEFAULT_ID);
        let others = default.iter().map(|default| default.key).filter(|key| *key != tenant);
        for default in others {
            if !self.named(default, Space::Caller, client_id).is_empty() {
                return None;
            }
        }
        let row = (client_id.to_owned(), tenant);
        self.free_at_root(tenant, client_id).then(|| {
            if !self.at_root.contains(&row) {
                self.at_root.push(row);
            }
        })
    }

    fn free_at_root(&self, tenant: RowKey, client_id: &str) -> bool {
        let owner = self.at_root.iter().find(|(known, _)| known == client_id);
        owner.is_none_or(|(_, owner)| *owner == tenant)
    }
}
