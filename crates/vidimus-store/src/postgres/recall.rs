//! What a look would find if nothing has changed, and whether that is so.

use std::sync::Arc;

use tokio_postgres::Row;
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TokenFact},
    model::Object,
    row_key::RowKey,
};

use crate::postgres::{
    cache::{Cache, Epoch, Epochs, Name},
    glance, rows,
};

/// What is known of one epoch.
pub struct Known<'a> {
    pub cache: &'a Cache,
    pub epochs: Option<Epochs>,
}

impl Known<'_> {
    pub fn object(&self, tenant: RowKey, key: RowKey) -> Option<Arc<Object>> {
        let epochs = self.epochs?;
        let epoch = if tenant == RowKey::ROOT { epochs.root } else { epochs.tenant };
        self.cache.object(tenant, key, epoch)
    }
}

/// Facts of which only the token is missing, and the epochs that they are of.
pub struct Guess {
    pub tenant: Arc<Object>,
    root: Epoch,
    /// `None`: nothing of the tenant is asked for.
    of_tenant: Option<Epoch>,
    facts: Facts,
}

/// Whether a look needs no rows beside configuration and one token.
fn is_small(needs: &Needs) -> bool {
    let Needs {
        objects,
        token: _,
        bearer,
        tickets,
        sessions_of,
        families_of,
        further,
        once,
        count,
        whole,
        errands: _,
        others,
    } = needs;
    objects.iter().all(|(space, _)| is_remembered(*space))
        && bearer.is_none()
        && tickets.is_empty()
        && sessions_of.is_none()
        && families_of.is_none()
        && further.is_empty()
        && once.is_empty()
        && count.is_none()
        && whole.iter().all(is_kept_whole)
        && others.is_empty()
}

/// Consents and the audit trail come and go without an epoch's end: see the schema.
const fn is_remembered(space: Space) -> bool {
    !matches!(space, Space::Consent | Space::ConsentOf | Space::Audit | Space::AuditOf)
}

/// The others may be of any size, and are asked for whole only by `apply`.
pub fn is_kept_whole(space: &Space) -> bool {
    *space == Space::SigningKey
}

impl Guess {
    pub fn new(cache: &Cache, of: &TenantRef, needs: &Needs) -> Option<Self> {
        if !is_small(needs) {
            return None;
        }
        let (tenant, root) = tenant(cache, of)?;
        let mut guess = Self { tenant, root, of_tenant: None, facts: Facts::default() };
        guess.facts.objects.reserve(needs.objects.len());
        for (space, name) in &needs.objects {
            let objects = guess.objects(cache, &Name::Named(guess.tenant.key, *space, name))?;
            let named = objects.into_iter().map(|object| (*space, name.clone(), object));
            guess.facts.objects.extend(named);
        }
        for space in &needs.whole {
            let objects = guess.objects(cache, &Name::Whole(guess.tenant.key, *space))?;
            guess.facts.whole.push((*space, objects));
        }
        Some(guess)
    }

    /// All of one epoch, whichever that is.
    fn objects(&mut self, cache: &Cache, name: &Name<&str>) -> Option<Vec<Arc<Object>>> {
        let (epoch, keys) = cache.keys(name)?;
        if *self.of_tenant.get_or_insert(epoch) != epoch {
            return None;
        }
        keys.iter().map(|key| cache.object(self.tenant.key, *key, epoch)).collect()
    }

    /// The facts, if what was guessed is what the look saw.
    pub fn confirm(
        mut self,
        row: &Row,
        cache: &Cache,
        asked: &Needs,
    ) -> Result<Option<Facts>, Fault> {
        let Some(epochs) = glance::epochs(row)? else { return Ok(None) };
        if epochs.root != self.root || self.of_tenant.is_some_and(|epoch| epoch != epochs.tenant) {
            return Ok(None);
        }
        let owner = if asked.token.is_some() { glance::owner(row)? } else { None };
        match owner {
            None => {}
            Some(owner) if owner == self.tenant.key => {
                let (token, family) = rows::token(row, glance::TOKEN)?;
                let linked = |key: Option<RowKey>| match key {
                    None => Some(None),
                    Some(key) => cache.object(owner, key, epochs.tenant).map(Some),
                };
                let (Some(client), Some(user)) = (linked(token.client), linked(token.user)) else {
                    return Ok(None);
                };
                let (token, family) = (Arc::new(token), family.map(Arc::new));
                self.facts.token = Some(Box::new(TokenFact { token, client, user, family }));
            }
            Some(_) => self.facts.token_elsewhere = true,
        }
        self.facts.tenant = Some(self.tenant);
        Ok(Some(self.facts))
    }
}

fn tenant(cache: &Cache, of: &TenantRef) -> Option<(Arc<Object>, Epoch)> {
    let (root, key) = match of.client_at_root() {
        Some(client_id) => cache.at_root(client_id)?,
        None => {
            let (root, keys) = cache.keys(&Name::Named(RowKey::ROOT, of.space(), of.name()))?;
            (root, *keys.first()?)
        }
    };
    Some((cache.object(RowKey::ROOT, key, root)?, root))
}

/// Keeps what a look found, as of the epochs that it saw.
pub fn keep(
    cache: &Cache,
    epochs: Epochs,
    of: &TenantRef,
    needs: &Needs,
    facts: &Facts,
) -> Result<(), Fault> {
    let Some(tenant) = &facts.tenant else { return Ok(()) };
    cache.keep_object(tenant, epochs.root)?;
    match of.client_at_root() {
        Some(client_id) => {
            let exists = facts.objects.iter().any(|(_, name, _)| name == client_id);
            cache.keep_at_root(client_id, epochs.root, tenant.key, exists);
        }
        None => {
            let name = Name::Named(RowKey::ROOT, of.space(), of.name());
            cache.keep_keys(&name, epochs.root, [tenant.key].into());
        }
    }
    for (space, name) in &needs.objects {
        // What is not there is kept beside something of the same name only: a stranger could name
        // as much as he likes of it.
        let exists = facts.objects.iter().any(|(_, known, _)| known == name);
        if !exists || !is_remembered(*space) {
            continue;
        }
        let mut keys = Vec::new();
        for (of, known, object) in &facts.objects {
            if of == space && known == name {
                cache.keep_object(object, epochs.tenant)?;
                keys.push(object.key);
            }
        }
        // A name that was asked for twice is answered twice.
        keys.sort_unstable();
        keys.dedup();
        cache.keep_keys(&Name::Named(tenant.key, *space, name), epochs.tenant, keys.into());
    }
    for (space, objects) in facts.whole.iter().filter(|(space, _)| is_kept_whole(space)) {
        for object in objects {
            cache.keep_object(object, epochs.tenant)?;
        }
        let keys = objects.iter().map(|object| object.key).collect();
        cache.keep_keys(&Name::Whole(tenant.key, *space), epochs.tenant, keys);
    }
    let tokens = facts.token.iter().chain(&facts.bearer).map(|fact| &**fact);
    for fact in tokens.chain(facts.further.iter().filter_map(|(_, fact)| fact.as_ref())) {
        for object in fact.client.iter().chain(&fact.user) {
            cache.keep_object(object, epochs.tenant)?;
        }
    }
    Ok(())
}
