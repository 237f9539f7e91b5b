//! A form comes from a page that this browser was shown, for the user it was shown to.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::{Cause, OAuthError},
    session,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if !draft.asked.is_post || draft.flow.is_none() {
        return Ok(());
    }
    let presented = draft.asked.form.secret("csrf");
    if session::is_csrf(presented, &draft.browser, draft.tenant, &shown(draft), cx) {
        return Ok(());
    }
    let what = "The form is not the one that was shown. Go back and try again.";
    Err(OAuthError::invalid_request(what).caused(Cause::FormToken).into())
}

/// What a page is about: its flow, and who is signed in. A form that one account was shown is no
/// form of another's.
pub fn shown(draft: &Draft<'_>) -> String {
    let flow = draft.flow.as_ref().map_or(0, |waiting| waiting.ticket.key.0);
    let user = draft.live().map_or(0, |live| live.user.key().0);
    format!("flow {flow} {user}")
}
