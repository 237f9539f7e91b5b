//! The hosts and path aliases that a world's tenants declare: each has one owner, and may move
//! from one tenant of the world to another.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;

use super::parse::{Entry, World};
use crate::{
    error::{ErrorCode, OAuthError},
    facts::{Facts, TenantRef},
    model::{Body, Object, Tenant},
    outcome::{Change, Write},
    row_key::RowKey,
};

/// A name, the tenant that declares it, and where.
pub struct Claim<'a> {
    pub name: TenantRef,
    pub by: &'a str,
    pub pointer: String,
}

/// What is no list of strings is left for the declaration to refuse.
pub fn claims(tenant: &Entry) -> impl Iterator<Item = Claim<'_>> {
    ["path_aliases", "hosts"].into_iter().flat_map(move |key| {
        let names = tenant.map.get(key).and_then(Value::as_array).into_iter().flatten();
        names.enumerate().filter_map(move |(at, name)| {
            let name = name.as_str()?;
            let name = match key {
                "hosts" => TenantRef::Host(name.to_ascii_lowercase()),
                _ => TenantRef::Path(name.to_owned()),
            };
            let pointer = format!("{}/{key}/{at}", tenant.pointer);
            Some(Claim { name, by: &tenant.id, pointer })
        })
    })
}

/// # Errors
/// At the second tenant that declares a name.
pub fn each_once<'a>(tenants: impl Iterator<Item = &'a Entry>) -> Result<(), OAuthError> {
    let mut owners = HashMap::new();
    for claim in tenants.flat_map(claims) {
        let what = described(&claim.name);
        if let Some(first) = owners.insert(claim.name, claim.by)
            && first != claim.by
        {
            let what = format!("{what} is declared by tenant {first} and by tenant {}", claim.by);
            return Err(OAuthError::invalid_request(what).at(claim.pointer));
        }
    }
    Ok(())
}

fn described(name: &TenantRef) -> String {
    let kind = match name {
        TenantRef::Id(_) | TenantRef::Key(_) => "tenant",
        TenantRef::OfClient(_) => "client at the root",
        TenantRef::Path(_) => "path alias",
        TenantRef::Host(_) => "host",
    };
    format!("{kind} {}", name.name())
}

/// Tenants as they are stored, each with the names that go to other tenants of the world.
#[derive(Default)]
pub struct Moves(HashMap<RowKey, (Arc<Object>, HashSet<TenantRef>)>);

impl Moves {
    /// `owners`: who has the world's claims now, in their order.
    ///
    /// # Errors
    /// `conflict` at a name of a tenant that is none of the world's.
    pub fn find(world: &World, owners: &[Facts]) -> Result<Self, OAuthError> {
        let ours: HashSet<&str> = world.tenants.iter().map(|t| t.entry.id.as_str()).collect();
        let mut moves = Self::default();
        for (claim, owner) in world.claims().zip(owners) {
            let Some(owner) = owner.tenant.as_ref().filter(|owner| owner.id() != claim.by) else {
                continue;
            };
            if !ours.contains(owner.id()) {
                let what = format!("{} is tenant {}'s already", described(&claim.name), owner.id());
                return Err(OAuthError::new(ErrorCode::Conflict, what).at(claim.pointer));
            }
            let owned = || (Arc::clone(owner), HashSet::new());
            moves.0.entry(owner.key).or_insert_with(owned).1.insert(claim.name);
        }
        Ok(moves)
    }

    /// Puts a write for each owner before all others, so that two tenants may even change names.
    pub fn first(&self, mut writes: Vec<Write>) -> Vec<Write> {
        for write in &mut writes {
            if let Change::Replace(object) = &mut write.change
                && self.0.contains_key(&object.key)
            {
                *object = object.changed(object.standing, object.body.clone());
            }
        }
        let releases = self.0.values().filter_map(|(owner, names)| {
            let change = Change::Replace(without(owner, names)?);
            Some(Write { tenant: owner.tenant, change })
        });
        releases.chain(writes).collect()
    }
}

fn without(owner: &Object, names: &HashSet<TenantRef>) -> Option<Arc<Object>> {
    let Body::Tenant(tenant) = &owner.body else { return None };
    let mut tenant: Tenant = tenant.clone();
    tenant.hosts.retain(|host| !names.contains(&TenantRef::Host(host.clone())));
    tenant.path_aliases.retain(|alias| !names.contains(&TenantRef::Path(alias.clone())));
    Some(owner.changed(owner.standing, Body::Tenant(tenant)))
}
