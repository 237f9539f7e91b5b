//! The user is signed in, recently enough (OpenID Connect Core §3.1.2.3). What was proven before the
//! request cannot answer one that asks for more.

use crate::{
    authorize::draft::{Ask, Draft, Halt},
    context::Context,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let Some(live) = draft.live() else { return Err(Halt::Ask(Ask::SignIn)) };
    // The last try was wrong: whoever is signed in still, it is not who tried.
    if draft.failure.is_some() {
        return Err(Halt::Ask(Ask::SignIn));
    }
    let flow = draft.flow.as_ref().map(|waiting| &waiting.flow);
    let just_now = flow.is_some_and(|flow| flow.signed_in == Some(live.ticket.key));
    let too_old = draft
        .prompt
        .max_age
        .is_some_and(|max_age| cx.now > live.session.authenticated_at.plus_seconds(max_age));
    let at_once = draft.prompt.max_age == Some(0);
    if (draft.prompt.login || too_old || at_once) && !just_now {
        return Err(Halt::Ask(Ask::SignIn));
    }
    Ok(())
}
