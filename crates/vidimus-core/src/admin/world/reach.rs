//! Whose clients a world makes found by their id at the root, and whose no longer: each id has one
//! owner there, whatever moves within the world.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    super::root::{clients, hold, leave, owner, reach, taken, who_has},
    asks::Asks,
    parse::WorldTenant,
};
use crate::{
    context::Surface,
    error::OAuthError,
    facts::{Facts, Needs, Space, TenantRef},
    model::{Body, Kind, Object},
    outcome::Write,
    row_key::RowKey,
};

/// An id that its tenant brings to the root.
struct Arrival<'a> {
    tenant: RowKey,
    tenant_id: &'a str,
    id: &'a str,
    pointer: String,
    /// Of the default tenant's, which answers there anyway, no row tells.
    has_row: bool,
}

#[derive(Default)]
pub struct Reach<'a> {
    arrivals: Vec<Arrival<'a>>,
    gone: HashSet<(&'a str, &'a str)>,
    leaves: Vec<Write>,
}

/// A tenant as it was and as it will be.
pub struct Turned<'a> {
    pub world: &'a WorldTenant,
    pub stored: &'a Facts,
    pub key: RowKey,
    pub is_reachable: bool,
}

impl<'a> Reach<'a> {
    /// A caller that is deleted leaves its id to others.
    pub fn delete(&mut self, tenant: &'a Object, object: &'a Object, surface: &Surface) {
        if !matches!(object.kind(), Kind::Client | Kind::ResourceServer) {
            return;
        }
        self.gone.insert((tenant.id(), object.id()));
        if object.kind() == Kind::Client && is_reachable(tenant, surface) {
            self.leaves.push(leave(tenant.key, object.id()));
        }
    }

    /// After all that is deleted of this tenant. Unanswered asks leave it for the next turn.
    pub fn turn(&mut self, turned: &Turned<'a>, asks: &mut Asks<'a>, surface: &Surface) {
        let Turned { world, stored, key, is_reachable: is } = *turned;
        let id = world.entry.id.as_str();
        let is_default = id == TenantRef::DEFAULT_ID;
        let before = stored.tenant.as_ref();
        let was = before.is_some_and(|tenant| is_reachable(tenant, surface));
        let mut existing: &[Arc<Object>] = &[];
        if was != is && before.is_some() {
            let whole = stored.whole(Space::Caller).ok().or_else(|| {
                let answer = asks.ask(TenantRef::Id(id.to_owned()), Needs::whole(Space::Caller))?;
                answer.whole(Space::Caller).ok()
            });
            existing = whole.unwrap_or_default();
        }
        let kept = clients(existing).filter(|client| !self.gone.contains(&(id, *client)));
        let kept: Vec<&str> = kept.collect();
        if !is {
            self.leaves.extend(kept.iter().map(|client| leave(key, client)));
            if !is_default {
                self.gone.extend(kept.iter().map(|client| (id, *client)));
                return;
            }
        }
        let known = stored.objects.iter().map(|(space, name, _)| (*space, name.as_str()));
        let known: HashSet<(Space, &str)> = known.collect();
        let has_it = |space, name: &str| known.contains(&(space, name));
        let at = |id, pointer, has_row| Arrival {
            tenant: key,
            tenant_id: world.entry.id.as_str(),
            id,
            pointer,
            has_row,
        };
        let policy = format!("{}/policy/reachable_at_root", world.entry.pointer);
        let kept = kept.into_iter().filter(|_| is);
        self.arrivals.extend(kept.map(|client| at(client, policy.clone(), true)));
        for entry in &world.children {
            let is_caller = matches!(entry.kind, Kind::Client | Kind::ResourceServer);
            let is_found = is && entry.kind == Kind::Client;
            let is_new = !has_it(entry.kind.space(), &entry.id);
            if is_caller && is_new && (is_found || is_default) {
                self.arrivals.push(at(&entry.id, entry.pointer.clone(), is_found));
            }
        }
    }

    /// Once all else is answered.
    ///
    /// # Errors
    /// `conflict` at the first id that is another tenant's at the root.
    pub fn check(&self, asks: &mut Asks<'a>) -> Result<(), OAuthError> {
        let mut owners: HashMap<&str, &str> = HashMap::new();
        for Arrival { tenant_id, id, pointer, .. } in &self.arrivals {
            let (tenant, needs) = who_has(id);
            let answer = asks.ask(tenant, needs);
            let stored = answer.and_then(|answer| owner(id, answer)).map(|owner| owner.id());
            let stored = stored.filter(|owner| !self.gone.contains(&(*owner, *id)));
            let declared = owners.insert(id, tenant_id);
            if let Some(other) = declared.or(stored).filter(|other| other != tenant_id) {
                return Err(taken(id, other).at(pointer.as_str()));
            }
        }
        Ok(())
    }

    /// Around the other writes: an id is left before another tenant takes it.
    pub fn around(self, writes: Vec<Write>) -> Vec<Write> {
        let reaches = self.arrivals.into_iter().map(|Arrival { tenant, id, has_row, .. }| {
            if has_row { reach(tenant, id) } else { hold(tenant, id) }
        });
        self.leaves.into_iter().chain(writes).chain(reaches).collect()
    }
}

pub fn is_reachable(tenant: &Object, surface: &Surface) -> bool {
    matches!(&tenant.body, Body::Tenant(tenant) if tenant.is_reachable_at_root(surface))
}
