//! A request that was pushed before (RFC 9126 §4): it is taken once, by the client that pushed it.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::{ErrorCode, OAuthError},
    form::Form,
    model::TicketBody,
    outcome::{Change, Write},
    par::{PREFIX, URN},
    ticket,
    token_format::parse_ticket,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let Some(text) = draft.get("request_uri").and_then(|uri| uri.strip_prefix(URN)) else {
        return Ok(());
    };
    let held = ticket::held(text, parse_ticket(PREFIX, text), draft.tenant, draft.facts, cx)?;
    let ticket = held.filter(|ticket| cx.now < ticket.expires_at).ok_or_else(unknown)?;
    let TicketBody::Pushed { client, parameters } = &ticket.body else {
        return Err(unknown().into());
    };
    let pushed = Form::of(parameters.iter().cloned())?;
    if draft.get("client_id") != pushed.get("client_id") {
        return Err(unknown().into());
    }
    draft.parameters = pushed;
    draft.is_pushed = true;
    draft.of_client = Some(*client);
    let change = Change::DeleteTicket { key: ticket.key, version: ticket.version };
    draft.writes.push(Write { tenant: draft.tenant.key(), change });
    Ok(())
}

fn unknown() -> OAuthError {
    let what = "The request_uri is not known, or was used, or has expired.";
    OAuthError::new(ErrorCode::InvalidRequestUri, what)
}
