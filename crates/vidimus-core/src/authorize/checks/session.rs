//! Who is signed in at the browser; whom the request means comes first.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    model::{Client, Named},
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
                || is_subject(draft.client, live, &hint.subject, draft, cx)
        });
    }
    let login_hint = draft.get("login_hint")?;
    draft.sessions.iter().position(|live| {
        live.user.username == login_hint || live.user.email.as_deref() == Some(login_hint)
    })
}

/// Whether the client knows this user by the name.
pub fn is_subject(
    client: Option<Named<'_, Client>>,
    live: &session::Live<'_>,
    name: &str,
    draft: &Draft<'_>,
    cx: &Context<'_>,
) -> bool {
    let (user, tenant) = (live.user.key(), draft.tenant.key());
    subject::of(client, user, tenant, draft.asked.manner, cx) == name
}
