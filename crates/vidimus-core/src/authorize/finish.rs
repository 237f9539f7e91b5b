//! What a request comes to that every check has let through, and one that was halted.

use super::{
    ask::{ask, card, dress},
    checks::{answer, form_token, session},
    draft::{Ask, Draft, Halt},
    flow,
    reply::{Dress, Next},
    respond,
    table::Column,
};
use crate::{
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    form::with_parameter,
    grant::device_code::moved_on,
    logout,
    model::{Authentication, DeviceState},
    outcome::{Stop, Write},
    page::{ClientCard, Page, SignedOut},
    session as sessions,
};

/// From the tenant's root on.
const ACCOUNT: &str = "/account";

/// The end of a way through the table.
pub fn finish(
    draft: &mut Draft<'_>,
    ran: Result<(), Halt>,
    cx: &mut Context<'_>,
) -> Result<Next, Stop> {
    let answered = match ran.and_then(|()| granted(draft, cx)) {
        Err(Halt::Ask(wanted)) => ask(draft, wanted, cx),
        Err(Halt::Denied) => denied(draft, cx),
        other => other,
    };
    let answered = match answered {
        Err(Halt::Answer(next)) => refused(draft, *next, cx),
        other => other,
    };
    match answered {
        Ok(next) => Ok(next),
        Err(Halt::Answer(next)) => Ok(*next),
        Err(Halt::Stop(stop)) => Err(stop),
        Err(Halt::Ask(_) | Halt::Denied) => {
            Err(OAuthError::invalid_request("The request cannot be answered.").into())
        }
    }
}

/// Every check has let it through.
fn granted(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<Next, Halt> {
    match draft.column {
        Column::Device => device(draft, true, cx),
        Column::EndSession => end_session(draft, cx),
        Column::Account => {
            flow::end(draft);
            Ok(Next::To(ACCOUNT.to_owned()))
        }
        Column::Authorize | Column::Resume | Column::Push => respond::respond(draft, cx),
    }
}

/// The user's no is the client's to hear, or the device's.
fn denied(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<Next, Halt> {
    match draft.column {
        Column::Device => device(draft, false, cx),
        Column::EndSession | Column::Account => {
            flow::end(draft);
            Ok(Next::To(ACCOUNT.to_owned()))
        }
        Column::Authorize | Column::Resume | Column::Push => {
            flow::end(draft);
            let what = "The user denied the request.";
            let error = OAuthError::new(ErrorCode::AccessDenied, what).caused(Cause::Denied);
            match draft.refuse(error, cx) {
                Halt::Answer(next) => Ok(*next),
                halt => Err(halt),
            }
        }
    }
}

/// A check has answered for itself.
fn refused(draft: &mut Draft<'_>, next: Next, cx: &mut Context<'_>) -> Result<Next, Halt> {
    match &next {
        Next::Back(back) if back.refusal.is_some() && is_distrusted(draft) => {
            introduce(draft, next, cx)
        }
        Next::Back(_) => {
            flow::end(draft);
            Ok(next)
        }
        Next::Flow(_) | Next::To(_) | Next::Page(..) => Ok(next),
    }
}

/// Whoever registered itself may have done so to be redirected to (RFC 9700 §4.11.2).
fn is_distrusted(draft: &Draft<'_>) -> bool {
    let is_own = draft.client.is_some_and(|client| client.body.registration.is_some());
    is_own && draft.sessions.is_empty() && !draft.is_silent()
}

/// The user signs in before the browser is sent to a client that nobody has looked at.
fn introduce(draft: &mut Draft<'_>, refusal: Next, cx: &mut Context<'_>) -> Result<Next, Halt> {
    let signed_in = session::check(draft, cx)
        .and_then(|()| form_token::check(draft, cx))
        .and_then(|()| answer::check(draft, cx));
    match signed_in {
        Ok(()) | Err(Halt::Ask(_)) if draft.sessions.is_empty() => ask(draft, Ask::SignIn, cx),
        Ok(()) | Err(Halt::Ask(_) | Halt::Denied) => {
            flow::end(draft);
            Ok(refusal)
        }
        Err(halt) => Err(halt),
    }
}

fn device(draft: &mut Draft<'_>, allowed: bool, cx: &Context<'_>) -> Result<Next, Halt> {
    let (Some(ticket), Some(client)) = (draft.device.clone(), draft.client) else {
        return Err(OAuthError::invalid_request("No device waits.").into());
    };
    let state = match draft.live().filter(|_| allowed) {
        Some(live) => {
            let (user, username) = (live.user.key(), live.user.username.clone());
            // The device stays signed in when the browser is signed out.
            let how =
                Authentication { session: None, ..respond::authentication(draft, client, live) };
            DeviceState::Approved { user, username, authentication: Some(Box::new(how)) }
        }
        None => DeviceState::Denied,
    };
    let change = moved_on(&ticket, state);
    draft.writes.push(Write { tenant: draft.tenant.key(), change });
    flow::end(draft);
    let page = Page::DeviceDone { allowed, client: card(draft, client, cx) };
    Ok(Next::Page(Box::new(page), dress(draft, cx)))
}

/// The account that is meant is signed out, or the current one.
fn end_session(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<Next, Halt> {
    let client: Option<ClientCard> = draft.client.map(|client| card(draft, client, cx));
    let mut frames = Vec::new();
    // For whoever is not signed in, this would be a link to anywhere that anybody has registered.
    let registered_itself = draft.client.is_some_and(|client| client.body.registration.is_some());
    if registered_itself && draft.sessions.is_empty() {
        draft.after = None;
    }
    if !draft.sessions.is_empty() {
        let meant = draft.sessions.remove(0);
        let ended = logout::end(&meant.ticket, draft.tenant, draft.facts, cx)?;
        draft.writes.extend(ended.writes);
        frames = ended.frames;
        let left: Vec<_> = draft.sessions.iter().map(|live| &live.handle).collect();
        draft.cookies.extend(sessions::cookies(draft.tenant, &left, cx));
    }
    flow::end(draft);
    let next = draft.after.as_ref().map(|uri| match draft.get("state") {
        Some(state) => with_parameter(uri.as_str(), "state", state),
        None => uri.as_str().to_owned(),
    });
    if let (true, Some(next)) = (frames.is_empty(), &next) {
        return Ok(Next::To(next.clone()));
    }
    let dress = Dress { frames: logout::origins(&frames), ..dress(draft, cx) };
    Ok(Next::Page(Box::new(Page::SignedOut(SignedOut { frames, next, client })), dress))
}

/// The row of the session as it is to be, if it changes at all.
pub fn keep_session(draft: &mut Draft<'_>, cx: &Context<'_>) {
    let row = draft.session_row.take().or_else(|| draft.live()?.touched(draft.tenant, cx));
    if let Some(row) = row {
        draft.writes.push(sessions::replaced(draft.tenant, row));
    }
}
