//! The flow that goes on is there, and is this browser's: a link to the middle of somebody's sign-in is
//! worth nothing elsewhere (RFC 9700 §4.7).

use std::sync::Arc;

use crate::{
    authorize::{
        draft::{Draft, Halt, Waiting},
        flow,
        table::Column,
    },
    context::Context,
    error::{Cause, OAuthError},
    form::Form,
    model::Purpose,
    secret::{Secret, same},
    ticket,
    token_format::parse_ticket,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let Some(text) = &draft.asked.flow else { return Ok(()) };
    let key = parse_ticket(flow::PREFIX, text);
    let held = ticket::held(text, key, draft.tenant, draft.facts, cx)?;
    let ticket = held.filter(|ticket| cx.now < ticket.expires_at).ok_or_else(over)?;
    let stored = ticket.flow().ok_or_else(over)?;
    let is_ours = matches!(
        (stored.purpose, draft.column),
        (Purpose::Authorize, Column::Resume)
            | (Purpose::Device(_), Column::Device)
            | (Purpose::SignOut, Column::EndSession)
            | (Purpose::Account, Column::Account)
    );
    if !is_ours || !same(&stored.browser, &draft.browser.digest(draft.tenant, cx)) {
        return Err(over().into());
    }
    let pairs = stored.parameters.iter().cloned();
    draft.parameters = Form::of(pairs)?;
    draft.flow = Some(Waiting {
        text: Secret::new(text.as_str()),
        ticket: Arc::clone(ticket),
        flow: stored.clone(),
    });
    Ok(())
}

fn over() -> OAuthError {
    let what = "This page is over, or another browser's, or this one keeps no cookies. \
        Go back to the application and start again.";
    OAuthError::invalid_request(what).caused(Cause::NotYourFlow)
}
