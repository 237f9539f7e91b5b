//! A user's name as it is presented: whole, or with the tenant's own id behind an `@`.

use crate::{
    facts::{Facts, Needs, Space},
    limits::CLIENT_ID_BYTES_MAX,
    model::{Named, Tenant, User},
};

/// Every name that may be meant. Which tenant it is for is not known yet.
pub fn needs(needs: Needs, presented: &str) -> Needs {
    if presented.is_empty() || presented.len() > CLIENT_ID_BYTES_MAX {
        return needs;
    }
    let needs = needs.object(Space::User, presented);
    match presented.rsplit_once('@') {
        Some((short, _)) => needs.object(Space::User, short),
        None => needs,
    }
}

/// By the whole name; else by what stands before `@` and the tenant's own id.
pub fn find<'a>(
    presented: &str,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
) -> Option<Named<'a, User>> {
    facts.user(presented).or_else(|| {
        let (short, suffix) = presented.rsplit_once('@')?;
        facts.user(short).filter(|_| suffix == tenant.id())
    })
}
