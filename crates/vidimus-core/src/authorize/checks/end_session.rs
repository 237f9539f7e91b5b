//! Signing out at a client's wish (OpenID Connect RP-Initiated Logout §2, §3): where the browser may go
//! afterwards, and whether its user wants it.

use crate::{
    authorize::{
        draft::{Ask, Draft, Halt},
        known_uri::{self, KnownUri},
    },
    context::Context,
    outcome::Event,
};

/// Only a client that is known has such addresses, and only exact ones: with any other the user is
/// signed out, and stays here.
pub fn redirect_uri(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    if let (Some(client), Some(uri)) = (draft.client, draft.get("post_logout_redirect_uri")) {
        let (known, address) = (KnownUri::after_logout(client, uri), known_uri::told(uri));
        // Told once, and not again with each page.
        if known.is_none() && draft.flow.is_none() {
            draft.events.push(Event::NotReturned { client_id: client.id().to_owned(), address });
        }
        draft.after = known;
    }
    Ok(())
}

/// A hint of the very session that is here stands for its user's word; a link does not.
pub fn confirmation(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    let Some(live) = draft.live() else { return Ok(()) };
    let is_meant = draft
        .hint
        .as_ref()
        .is_some_and(|hint| hint.session.as_deref() == Some(&live.ticket.key.to_text()));
    let goes_where_meant = draft.get("post_logout_redirect_uri").is_none() || draft.after.is_some();
    if draft.is_confirmed || is_meant && goes_where_meant {
        return Ok(());
    }
    Err(Halt::Ask(Ask::SignOut))
}
