//! The device whose code was typed (RFC 8628 §3.3): it waits, and whoever guesses codes must wait too.

use std::sync::Arc;

use crate::{
    admission,
    authorize::{
        draft::{Ask, Draft, Failure, Halt},
        flow,
        reply::Next,
    },
    context::Context,
    device,
    error::{Cause, OAuthError},
    facts::TicketRef,
    model::{DeviceState, Purpose, Ticket, TicketBody},
    outcome::Stop,
    session,
};

/// What the form for codes is bound to.
pub const SHOWN: &str = "user code";

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if let Some(waiting) = &draft.flow {
        let Purpose::Device(key) = waiting.flow.purpose else { return Err(gone().into()) };
        let found = draft.facts.ticket(TicketRef::Key(key))?;
        let ticket = found.filter(|ticket| is_pending(ticket, cx)).ok_or_else(gone)?;
        if let TicketBody::Device { client, client_id, .. } = &ticket.body {
            draft.parameters.imply("client_id", client_id);
            draft.of_client = Some(*client);
        }
        draft.device = Some(Arc::clone(ticket));
        return Ok(());
    }
    if !draft.asked.is_post {
        return Err(Halt::Ask(Ask::UserCode));
    }
    session::check_csrf(&draft.asked.form, &draft.browser, draft.tenant, SHOWN, cx)?;
    let typed = draft.asked.form.get("user_code").unwrap_or_default().to_owned();
    match admission::user_code(draft.asked.browser.address, draft.facts) {
        Ok(()) => {}
        Err(Stop::Refuse(OAuthError {
            retry_after_seconds: Some(retry_after_seconds), ..
        })) => {
            draft.failure = Some(Failure::TooMany { retry_after_seconds });
            return Err(Halt::Ask(Ask::UserCode));
        }
        Err(stop) => return Err(stop.into()),
    }
    let found = draft.facts.ticket(TicketRef::Alias(device::alias(cx.vault, &typed)))?;
    let Some(ticket) = found.filter(|ticket| is_pending(ticket, cx)).map(Arc::clone) else {
        draft.failure = Some(Failure::UnknownUserCode);
        return Err(Halt::Ask(Ask::UserCode));
    };
    draft.parameters.imply("user_code", &device::as_shown(&typed));
    let text = flow::begin(draft, Purpose::Device(ticket.key), cx)?;
    Err(Halt::Answer(Box::new(Next::Flow(text))))
}

fn is_pending(ticket: &Ticket, cx: &Context<'_>) -> bool {
    let pending = matches!(&ticket.body, TicketBody::Device { state: DeviceState::Pending, .. });
    pending && cx.now < ticket.expires_at
}

fn gone() -> OAuthError {
    OAuthError::invalid_request("The device waits no longer. Start again on the device.")
        .caused(Cause::DeviceUnknown)
}
