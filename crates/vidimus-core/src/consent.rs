//! What users have allowed clients, as grants remember it.

use std::sync::Arc;

use crate::{
    context::Context,
    facts::{Facts, Space},
    model::{Body, Client, Consent, Named, Object, Standing, User},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    scope::Scope,
};

/// What stands of it. Whatever cuts off tokens cuts off what a user allowed before, too: it would
/// only yield new ones.
pub fn standing<'a>(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    facts: &'a Facts,
) -> Result<Option<Named<'a, Consent>>, Stop> {
    let known = facts.look(Space::Consent, &Consent::id_of(client.key(), user.key()))?;
    let tenant = facts.tenant().map(|tenant| tenant.standing());
    let standings = [tenant.unwrap_or_default(), client.standing(), user.standing()];
    let stands = |consent: &Named<'_, Consent>| {
        let made_at = consent.key().made_at();
        standings.iter().all(|standing| standing.not_before <= made_at)
    };
    Ok(known.and_then(Named::of).filter(stands))
}

/// The writes that remember it; none where as much was allowed before.
pub fn remember(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    scope: &Scope,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Vec<Write>, Stop> {
    let known = standing(client, user, facts)?;
    let before = known.map(|consent| Scope::stored(&consent.scope)).unwrap_or_default();
    if known.is_some() && scope.iter().all(|name| before.contains(name)) {
        return Ok(Vec::new());
    }
    let tenant = user.object.tenant;
    let id = Consent::id_of(client.key(), user.key());
    let gone = facts.find(Space::Consent, &id).filter(|_| known.is_none());
    let scope = before.with(scope).to_string();
    let body = Body::Consent(Consent {
        id,
        client: client.key(),
        user: user.key(),
        scope,
        ..Consent::default()
    });
    let change = match known {
        Some(known) => Change::Replace(known.object.changed(known.standing(), body)),
        None => Change::Create(Arc::new(Object {
            key: RowKey::draw(cx.now, cx.entropy),
            tenant,
            version: 1,
            standing: Standing::default(),
            expires_at: None,
            body,
        })),
    };
    let end = gone.map(|old| Change::Delete { key: old.key, version: old.version });
    Ok(end.into_iter().chain([change]).map(|change| Write { tenant, change }).collect())
}
