//! Clients that are found by their id at the root, whatever their tenant is: their ids are unique
//! among all such tenants and the default one, which answers there anyway.

use std::sync::Arc;

use crate::{
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TenantRef},
    model::{Kind, Object},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
};

/// Who has the id at the root: that tenant, with what it has by the id.
pub fn who_has(id: &str) -> (TenantRef, Needs) {
    (TenantRef::OfClient(id.to_owned()), Needs::default().object(Space::Caller, id))
}

/// The tenant that has the id at the root already, by the answer to [`who_has`].
pub fn owner<'a>(id: &str, answer: &'a Facts) -> Option<&'a Arc<Object>> {
    answer.tenant.as_ref().filter(|_| answer.find(Space::Caller, id).is_some())
}

/// # Errors
/// `conflict`, where it is another tenant's.
pub fn check(id: &str, tenant_id: &str, answer: &Facts) -> Result<(), OAuthError> {
    match owner(id, answer).filter(|owner| owner.id() != tenant_id) {
        None => Ok(()),
        Some(owner) => Err(taken(id, owner.id())),
    }
}

pub fn taken(id: &str, by: &str) -> OAuthError {
    let what = format!(
        "client {id} would be found by its id at the root, where tenant {by} has one of that id"
    );
    OAuthError::new(ErrorCode::Conflict, what)
}

pub fn reach(tenant: RowKey, id: &str) -> Write {
    Write { tenant, change: Change::ReachAtRoot { client_id: id.to_owned() } }
}

/// Of the default tenant's, which answers there anyway: that no other takes the id meanwhile.
pub fn hold(tenant: RowKey, id: &str) -> Write {
    Write { tenant, change: Change::HoldAtRoot { client_id: id.to_owned() } }
}

pub fn leave(tenant: RowKey, id: &str) -> Write {
    Write { tenant, change: Change::LeaveRoot { client_id: id.to_owned() } }
}

/// The ids of a tenant's clients, resource servers left out.
pub fn clients(callers: &[Arc<Object>]) -> impl Iterator<Item = &str> {
    callers.iter().filter(|object| object.kind() == Kind::Client).map(|object| object.id())
}

/// What a tenant that turns reachable, or is so no longer, changes for its clients.
///
/// # Errors
/// `conflict` at the first whose id is taken; the need to know who has them.
pub fn turn(tenant: &Object, is_reachable: bool, facts: &Facts) -> Result<Vec<Write>, Stop> {
    let ids: Vec<&str> = clients(facts.whole(Space::Caller)?).collect();
    if !is_reachable {
        return Ok(ids.into_iter().map(|id| leave(tenant.key, id)).collect());
    }
    if facts.others.len() < ids.len() {
        let others = ids.into_iter().map(who_has).collect();
        return Err(Stop::Need(Box::new(Needs { others, ..Needs::default() })));
    }
    for (id, answer) in ids.iter().zip(&facts.others) {
        check(id, tenant.id(), answer).map_err(|error| error.at("/policy/reachable_at_root"))?;
    }
    Ok(ids.into_iter().map(|id| reach(tenant.key, id)).collect())
}
