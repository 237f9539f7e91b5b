//! Tickets and their texts: how one begins, and which one was presented. Its text is nowhere but with
//! its holder.

use std::sync::Arc;

use crate::{
    context::Context,
    facts::{Facts, TicketRef},
    model::{Named, Tenant, Ticket, TicketBody},
    outcome::Stop,
    row_key::RowKey,
    secret::{Secret, same},
    time::Time,
    token_format::mint_ticket,
};

/// A new one, and its text.
pub fn mint(
    prefix: &str,
    tenant: Named<'_, Tenant>,
    expires_at: Time,
    body: TicketBody,
    cx: &mut Context<'_>,
) -> (Secret, Ticket) {
    let key = RowKey::draw(cx.now, cx.entropy);
    let text = mint_ticket(prefix, key, &cx.entropy.draw());
    let hash = cx.vault.token_hash(tenant.key(), text.expose());
    (text, Ticket::first(key, hash, expires_at, body))
}

/// The one whose very text was presented, expired or not. `key` is where the text says that it is.
///
/// # Errors
/// The need for it.
pub fn held<'a>(
    text: &str,
    key: Option<RowKey>,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Option<&'a Arc<Ticket>>, Stop> {
    let Some(key) = key else { return Ok(None) };
    let hash = cx.vault.token_hash(tenant.key(), text);
    let found = facts.ticket(TicketRef::Key(key))?;
    Ok(found.filter(|ticket| same(&hash, &ticket.hash)))
}
