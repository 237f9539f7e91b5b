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

/// What a client wants to be allowed.
#[derive(Debug, Default)]
pub struct Wish {
    pub scope: Scope,
    pub audience: Vec<String>,
    /// Claims asked for one by one.
    pub claims: Vec<String>,
    /// Digest of what the user sees of the client; `None` where nothing of it is shown.
    pub shown: Option<String>,
}

/// An administrator has answered for the user beforehand.
pub fn is_preauthorized(client: Named<'_, Client>, user: Named<'_, User>) -> bool {
    let mut names = client.metadata.preauthorized_users.iter();
    names.any(|name| name == "*" || name == user.id())
}

/// Whether the client may still act for the user, by whoever's word.
pub fn allows(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    facts: &Facts,
) -> Result<bool, Stop> {
    if is_preauthorized(client, user) {
        return Ok(true);
    }
    Ok(standing(client, user, facts)?.is_some_and(|known| !known.standing().disabled))
}

/// What stands must still be there as a token is given for it; nothing to hold where an
/// administrator has answered.
pub fn hold(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    facts: &Facts,
) -> Result<Option<Write>, Stop> {
    let tenant = user.object.tenant;
    let known = standing(client, user, facts)?.filter(|_| !is_preauthorized(client, user));
    Ok(known.map(|known| Write { tenant, change: Change::HoldObject { key: known.key() } }))
}

/// What stands of it. Whatever cuts off tokens cuts off what a user allowed before, too: it would
/// only yield new ones.
pub fn standing<'a>(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    facts: &'a Facts,
) -> Result<Option<Named<'a, Consent>>, Stop> {
    let known = facts.look(Space::Consent, &Consent::id_of(client.key(), user.key()))?;
    Ok(known.and_then(Named::of).filter(|consent| stands(*consent, client, user, facts)))
}

pub fn stands(
    consent: Named<'_, Consent>,
    client: Named<'_, Client>,
    user: Named<'_, User>,
    facts: &Facts,
) -> bool {
    let tenant = facts.tenant().map(|tenant| tenant.standing());
    let standings = [tenant.unwrap_or_default(), client.standing(), user.standing()];
    let made_at = consent.key().made_at();
    !standings.iter().any(|standing| standing.cuts_off(made_at))
}

/// The scopes that were allowed before to what is still the same client.
pub fn before(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    wish: &Wish,
    facts: &Facts,
) -> Result<Scope, Stop> {
    let known = standing(client, user, facts)?.filter(|known| is_same_client(known.body, wish));
    Ok(known.map(|consent| Scope::stored(&consent.scope)).unwrap_or_default())
}

/// Whether all of it was allowed before: nothing new, for nobody new, to the client as it was.
pub fn covers(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    wish: &Wish,
    facts: &Facts,
) -> Result<bool, Stop> {
    let known = standing(client, user, facts)?.filter(|known| !known.standing().disabled);
    Ok(known.is_some_and(|known| is_within(wish, known.body)))
}

fn is_within(wish: &Wish, known: &Consent) -> bool {
    let allowed = Scope::stored(&known.scope);
    is_same_client(known, wish)
        && wish.scope.iter().all(|name| allowed.contains(name))
        && wish.audience.iter().all(|name| known.audience.contains(name))
        && wish.claims.iter().all(|name| known.claims.contains(name))
}

fn is_same_client(known: &Consent, wish: &Wish) -> bool {
    wish.shown.is_none() || known.shown == wish.shown
}

/// The writes that remember it; what was allowed before must still be there as they are done.
pub fn remember(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    wish: &Wish,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Vec<Write>, Stop> {
    let known = standing(client, user, facts)?;
    let tenant = user.object.tenant;
    if let Some(known) = known.filter(|known| is_within(wish, known.body)) {
        return Ok(vec![Write { tenant, change: Change::HoldObject { key: known.key() } }]);
    }
    let id = Consent::id_of(client.key(), user.key());
    let gone = facts.find(Space::Consent, &id).filter(|_| known.is_none());
    let body = Body::Consent(joined(known.map(|known| known.body), wish, client, user));
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

/// What stands and what is new. What another client of this id was allowed is no part of it.
fn joined(
    known: Option<&Consent>,
    wish: &Wish,
    client: Named<'_, Client>,
    user: Named<'_, User>,
) -> Consent {
    let before = known.filter(|known| is_same_client(known, wish)).cloned().unwrap_or_default();
    let with = |known: Vec<String>, more: &[String]| {
        let new: Vec<String> = more.iter().filter(|name| !known.contains(name)).cloned().collect();
        known.into_iter().chain(new).collect()
    };
    Consent {
        id: Consent::id_of(client.key(), user.key()),
        client: client.key(),
        client_id: client.id().to_owned(),
        user: user.key(),
        scope: Scope::stored(&before.scope).with(&wish.scope).to_string(),
        audience: with(before.audience, &wish.audience),
        claims: with(before.claims, &wish.claims),
        shown: wish.shown.clone().or(before.shown),
    }
}
