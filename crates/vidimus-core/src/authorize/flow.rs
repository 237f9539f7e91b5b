//! Flows: how a request comes to wait for its user, and how it ends.

use std::sync::Arc;

use super::draft::{Draft, Waiting};
use crate::{
    context::Context,
    error::OAuthError,
    limits::{FLOW_BYTES_MAX, FLOW_TTL_SECONDS},
    model::{Flow, Purpose, TicketBody},
    outcome::{Change, Write},
    secret::Secret,
    ticket,
};

pub const PREFIX: &str = "vfl_";

/// What of a request is kept while it waits. Whatever else was sent means nothing to us.
const KEPT: [&str; 19] = [
    "client_id",
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "ui_locales",
    "claims",
    "login_hint",
    "id_token_hint",
    "resource",
    "immediate",
    "post_logout_redirect_uri",
    "user_code",
];

/// The request waits from now on.
///
/// # Errors
/// `invalid_request`, for a page: there is too much of it.
pub fn begin(
    draft: &mut Draft<'_>,
    purpose: Purpose,
    cx: &mut Context<'_>,
) -> Result<Secret, OAuthError> {
    let flow = Flow {
        purpose,
        parameters: kept(draft)?,
        browser: draft.browser.digest(draft.tenant, cx),
        signed_in: None,
        chosen: None,
        wants_other: false,
    };
    let body = TicketBody::Flow(Box::new(flow.clone()));
    let expires_at = cx.now.expiry(FLOW_TTL_SECONDS);
    let (text, ticket) = ticket::mint(PREFIX, draft.tenant, expires_at, body, cx);
    let change = Change::InsertTicket(ticket.clone());
    draft.writes.push(Write { tenant: draft.tenant.key(), change });
    draft.flow = Some(Waiting { text: text.clone(), ticket: Arc::new(ticket), flow });
    Ok(text)
}

/// # Errors
/// `invalid_request`: anybody can have it kept, so it is bounded as a whole.
pub fn kept(draft: &Draft<'_>) -> Result<Vec<(String, String)>, OAuthError> {
    let pairs = draft.parameters.pairs();
    let kept: Vec<(String, String)> = pairs
        .filter(|(name, value)| KEPT.contains(name) && !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if kept.iter().map(|(_, value)| value.len()).sum::<usize>() > FLOW_BYTES_MAX {
        return Err(OAuthError::invalid_request("The request is too long."));
    }
    Ok(kept)
}

/// What the user has done for it is written down, if anything.
pub fn keep(draft: &mut Draft<'_>) {
    let Some(waiting) = &draft.flow else { return };
    if waiting.ticket.flow() == Some(&waiting.flow) {
        return;
    }
    let next = waiting.ticket.next(TicketBody::Flow(Box::new(waiting.flow.clone())));
    draft.writes.push(Write { tenant: draft.tenant.key(), change: Change::ReplaceTicket(next) });
}

/// It is answered, once.
pub fn end(draft: &mut Draft<'_>) {
    if let Some(waiting) = draft.flow.take() {
        let (key, version) = (waiting.ticket.key, waiting.ticket.version);
        let change = Change::DeleteTicket { key, version };
        draft.writes.push(Write { tenant: draft.tenant.key(), change });
    }
}
