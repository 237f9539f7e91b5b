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

/// The write that remembers it; `None` where as much was allowed before.
pub fn remember(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    scope: &Scope,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Option<Write>, Stop> {
    let id = Consent::id_of(client.key(), user.key());
    let known = facts.look(Space::Consent, &id)?.and_then(Named::<Consent>::of);
    let before = known.map(|consent| Scope::stored(&consent.scope)).unwrap_or_default();
    if known.is_some() && scope.iter().all(|name| before.contains(name)) {
        return Ok(None);
    }
    let tenant = user.object.tenant;
    let scope = before.with(scope).to_string();
    let body = Body::Consent(Consent { id, client: client.key(), user: user.key(), scope });
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
    Ok(Some(Write { tenant, change }))
}
