//! Who is signed in at the browser; whom the request means comes first.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    session, subject,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let (tenant, facts) = (draft.tenant, draft.facts);
    draft.sessions = session::all(&draft.asked.browser, tenant, facts, cx)?;
    let chosen = draft.flow.as_ref().and_then(|waiting| waiting.flow.chosen);
    let at = match chosen {
        Some(chosen) => draft.sessions.iter().position(|live| live.ticket.key == chosen),
        None => hinted(draft, cx),
    };
    if let Some(at) = at {
        let meant = draft.sessions.remove(at);
        draft.sessions.insert(0, meant);
    }
    Ok(())
}

fn hinted(draft: &Draft<'_>, cx: &Context<'_>) -> Option<usize> {
    if let Some(hint) = &draft.hint {
        return draft.sessions.iter().position(|live| {
            hint.session.as_deref() == Some(&live.ticket.key.to_text())
                || known_as(live, draft, cx) == hint.subject
        });
    }
    if draft.claims.names_user() {
        return draft
            .sessions
            .iter()
            .position(|live| draft.claims.admits(&known_as(live, draft, cx)));
    }
    let login_hint = draft.get("login_hint")?;
    draft.sessions.iter().position(|live| {
        live.user.username == login_hint || live.user.email.as_deref() == Some(login_hint)
    })
}

/// The name by which the client knows this user.
pub fn known_as(live: &session::Live<'_>, draft: &Draft<'_>, cx: &Context<'_>) -> String {
    let (user, tenant) = (live.user.key(), draft.tenant.key());
    subject::of(draft.client, user, tenant, draft.asked.manner, cx)
}
