//! Rows in memory: what a store would answer to needs, and the conditions of its writes.

use std::sync::Arc;

use crate::{
    facts::{Facts, Needs, Space, TenantRef, TokenFact, TokenRef},
    model::{Family, Object, Revocation, Token},
    outcome::{Change, Committed, OnceSpace, Write, is_unique},
    row_key::RowKey,
};

#[derive(Clone, Default)]
pub struct Stock {
    pub objects: Vec<Arc<Object>>,
    pub tokens: Vec<(RowKey, Token)>,
    pub families: Vec<(RowKey, Family)>,
    pub once: Vec<(RowKey, OnceSpace, [u8; 32])>,
}

impl Stock {
    pub fn named(&self, tenant: RowKey, space: Space, name: &str) -> Vec<Arc<Object>> {
        let has = |object: &&Arc<Object>| {
            object.tenant == tenant && object.names().contains(&(space, name))
        };
        self.objects.iter().filter(has).cloned().collect()
    }

    fn keyed(&self, key: RowKey) -> Option<Arc<Object>> {
        self.objects.iter().find(|object| object.key == key).cloned()
    }

    pub fn load(&self, tenant: &TenantRef, needs: &Needs) -> Facts {
        let mut named = self.named(RowKey::ROOT, tenant.space(), tenant.name()).into_iter();
        let Some(found) = named.next() else { return Facts::default() };
        let mut facts = Facts::default();
        for (space, name) in &needs.objects {
            let objects = self.named(found.key, *space, name).into_iter();
            facts.objects.extend(objects.map(|object| (*space, name.clone(), object)));
        }
        if let Some(token) = needs.token {
            facts.token = self.token(found.key, token);
            let exists = self.tokens.iter().any(|(_, row)| row.key == token.0);
            facts.token_elsewhere = exists && facts.token.is_none();
        }
        facts.bearer = needs.bearer.and_then(|token| self.token(found.key, token));
        facts.once_used = needs
            .once
            .is_some_and(|(space, digest)| self.once.contains(&(found.key, space, digest)));
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
        let row = |(owner, row): &&(RowKey, Token)| *owner == tenant && row.key == token.0;
        let (_, token) = self.tokens.iter().find(row)?;
        let family = |key| self.families.iter().find(|(_, family)| family.key == key);
        Some(TokenFact {
            token: token.clone(),
            client: token.client.and_then(|key| self.keyed(key)),
            user: token.user.and_then(|key| self.keyed(key)),
            family: token.family.and_then(family).map(|(_, family)| family.clone()),
        })
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
            self.named(object.tenant, space, name).iter().all(|owner| owner.key == object.key)
        })
    }

    fn change(&mut self, tenant: RowKey, change: &Change) -> Option<()> {
        let revoke = |revoked: &mut Option<Revocation>, by: &Revocation| match revoked {
            Some(_) => None,
            None => {
                *revoked = Some(by.clone());
                Some(())
            }
        };
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
            Change::RevokeToken { key, revocation } => {
                let row = |(owner, row): &&mut (RowKey, Token)| *owner == tenant && row.key == *key;
                revoke(&mut self.tokens.iter_mut().find(row)?.1.revocation, revocation)
            }
            Change::RevokeFamily { key, revocation } => {
                let row =
                    |(owner, row): &&mut (RowKey, Family)| *owner == tenant && row.key == *key;
                revoke(&mut self.families.iter_mut().find(row)?.1.revocation, revocation)
            }
            Change::Once { space, digest, .. } => {
                let fact = (tenant, *space, *digest);
                (!self.once.contains(&fact)).then(|| self.once.push(fact))
            }
        }
    }
}
