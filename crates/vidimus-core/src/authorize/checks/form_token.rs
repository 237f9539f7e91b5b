//! A form comes from a page that this browser was shown, for the user it was shown to, and as it was.

use crate::{
    authorize::{
        checks::consent::wish,
        draft::{Draft, Halt},
    },
    context::Context,
    session,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if !draft.asked.is_post || draft.flow.is_none() {
        return Ok(());
    }
    let form = &draft.asked.form;
    Ok(session::check_csrf(form, &draft.browser, draft.tenant, &shown(draft, cx), cx)?)
}

/// What a page is about: its flow, who is signed in, and what its client is and may be allowed. A form
/// that one account was shown is no form of another's; and a client that has changed since has shown
/// its user something else than what a yes would give it.
pub fn shown(draft: &Draft<'_>, cx: &Context<'_>) -> String {
    let flow = draft.flow.as_ref().map_or(0, |waiting| waiting.ticket.key.0);
    let user = draft.live().map_or(0, |live| live.user.key().0);
    let wish = draft.client.map(|client| wish(draft, client, cx)).unwrap_or_default();
    let [audience, claims] = [&wish.audience, &wish.claims].map(|names| names.join(" "));
    let shown = wish.shown.unwrap_or_default();
    format!("flow {flow} {user}\n{}\n{audience}\n{claims}\n{shown}", wish.scope)
}
