//! What the user has said to the page.

use crate::{
    authorize::draft::{Draft, Failure, Halt},
    context::Context,
    error::{Cause, OAuthError},
    outcome::Stop,
    password,
    row_key::RowKey,
    secret::Secret,
    session,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if !draft.asked.is_post || draft.flow.is_none() {
        return Ok(());
    }
    match draft.asked.form.get("action") {
        Some("login") => sign_in(draft, cx),
        Some("other") => {
            with_flow(draft, |flow| {
                flow.wants_other = true;
                flow.chosen = None;
            });
            Ok(())
        }
        Some("allow") => {
            draft.is_allowed = true;
            Ok(())
        }
        None if draft.asked.form.get("session").is_some() => choose(draft, cx),
        Some("deny" | "cancel") => Err(Halt::Denied),
        Some("logout") => {
            draft.is_confirmed = true;
            Ok(())
        }
        _ => Err(OAuthError::invalid_request("The form says nothing that can be done.").into()),
    }
}

fn with_flow(draft: &mut Draft<'_>, change: impl FnOnce(&mut crate::model::Flow)) {
    if let Some(waiting) = &mut draft.flow {
        change(&mut waiting.flow);
    }
}

fn sign_in(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let form = &draft.asked.form;
    let nothing = Secret::new("");
    let device = password::cookie_name(draft.tenant);
    let attempt = password::Attempt {
        presented: form.get("username").unwrap_or_default(),
        password: form.secret("password").unwrap_or(&nothing),
        peer: draft.asked.browser.address,
        device: draft.asked.browser.cookie(&device),
    };
    let user = match password::authenticate(&attempt, draft.tenant, draft.facts, cx) {
        Ok(user) => user,
        Err(stop) => {
            if let Stop::Refuse(error) = &stop {
                draft.events.push(draft.sign_in_failed(attempt.presented, error.cause));
            }
            draft.failure = Some(failure(stop)?);
            return Ok(());
        }
    };
    let begun = session::begin(user, &draft.asked.browser, &draft.sessions, draft.tenant, cx);
    draft.sessions.retain(|live| live.user.key() != user.key());
    draft.sessions.insert(0, begun.live(user));
    let key = begun.ticket.key;
    draft.session_row = Some(begun.ticket);
    keep_order(draft, cx);
    let renewed = password::renewal(user, attempt.password, draft.facts)?;
    let phc = renewed.as_ref().map(|(phc, _)| phc).or(user.password_hash.as_ref());
    if let Some(phc) = phc {
        let before = draft.asked.browser.cookie(&device);
        let (tenant, user) = (draft.tenant, user.key());
        draft.cookies.push(password::device_cookie(before, tenant, user, phc, cx));
    }
    draft.writes.extend(renewed.map(|(_, write)| write));
    with_flow(draft, |flow| {
        flow.signed_in = Some(key);
        flow.chosen = Some(key);
        flow.wants_other = false;
    });
    Ok(())
}

/// Whose turn it is now is the browser's current account from here on, as clients are told of it.
fn keep_order(draft: &mut Draft<'_>, cx: &Context<'_>) {
    let handles: Vec<&Secret> = draft.sessions.iter().map(|live| &live.handle).collect();
    draft.cookies.extend(session::cookies(draft.tenant, &handles, cx));
}

/// What the page says of it; no refusal of the request.
fn failure(stop: Stop) -> Result<Failure, Stop> {
    match stop {
        Stop::Refuse(error) => match (error.retry_after_seconds, error.cause) {
            (Some(retry_after_seconds), _) => Ok(Failure::TooMany { retry_after_seconds }),
            (None, Cause::UnknownUser | Cause::WrongPassword | Cause::InactiveUser) => {
                Ok(Failure::Wrong)
            }
            _ => Err(Stop::Refuse(error)),
        },
        other => Err(other),
    }
}

fn choose(draft: &mut Draft<'_>, cx: &Context<'_>) -> Result<(), Halt> {
    let key = draft.asked.form.get("session").and_then(RowKey::from_text);
    let at = draft.sessions.iter().position(|live| Some(live.ticket.key) == key);
    let (Some(at), Some(key)) = (at, key) else {
        return Err(OAuthError::invalid_request("The account is not signed in here.").into());
    };
    let chosen = draft.sessions.remove(at);
    draft.sessions.insert(0, chosen);
    keep_order(draft, cx);
    with_flow(draft, |flow| {
        flow.chosen = Some(key);
        flow.wants_other = false;
    });
    Ok(())
}
