//! Which of the browser's accounts goes on (OpenID Connect Core §3.1.2.3).

use super::session::known_as;
use crate::{
    authorize::draft::{Ask, Draft, Halt},
    context::Context,
    error::{ErrorCode, OAuthError},
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let flow = draft.flow.as_ref().map(|waiting| &waiting.flow);
    if flow.is_some_and(|flow| flow.wants_other) {
        return Err(Halt::Ask(Ask::SignIn));
    }
    let is_chosen = flow.is_some_and(|flow| flow.chosen.is_some());
    if draft.prompt.select_account && !is_chosen && !draft.sessions.is_empty() {
        return Err(Halt::Ask(Ask::Choose));
    }
    let Some(live) = draft.live() else { return Ok(()) };
    let name = known_as(live, draft, cx);
    if draft.hint.as_ref().is_none_or(|hint| hint.subject == name) && draft.claims.admits(&name) {
        return Ok(());
    }
    if is_chosen {
        let what = "Another user signed in than the one who was meant.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::LoginRequired, what), cx));
    }
    Err(Halt::Ask(Ask::SignIn))
}
