//! A client with pages of its own brings its user's name and password by Basic. What it gets is a code
//! all the same, at its registered address; the browser gets no session.

use crate::{
    authorize::draft::{Draft, Halt},
    client_auth::user::Login,
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    outcome::Stop,
    password, session,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if !draft.is_headless {
        return Ok(());
    }
    let may = draft.client.is_some_and(|client| client.has_grant("password"));
    if !draft.asked.is_post || !may || !draft.tenant.policy.allow_password_grant {
        let what = "The client may not bring its user's password.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::UnauthorizedClient, what), cx));
    }
    let Some(login) = draft.asked.authorization.as_deref().and_then(Login::find) else {
        let error = OAuthError::invalid_request("There is no user's name and password.");
        return Err(draft.refuse(error.caused(Cause::NoCredentials), cx));
    };
    let attempt = password::Attempt {
        presented: &login.username,
        password: &login.password,
        peer: draft.asked.browser.address,
        device: None,
    };
    let user = match password::authenticate(&attempt, draft.tenant, draft.facts, cx) {
        Ok(user) => user,
        Err(Stop::Refuse(error)) => {
            draft.events.push(draft.sign_in_failed(attempt.presented, error.cause));
            return Err(draft.refuse(error, cx));
        }
        Err(stop) => return Err(stop.into()),
    };
    let begun = session::begin(user, &draft.asked.browser, &[], draft.tenant, cx);
    draft.sessions = vec![begun.live(user)];
    draft.session_row = Some(begun.ticket);
    // Nobody is there to be asked anything.
    draft.prompt = crate::authorize::prompt::Prompt { none: true, ..Default::default() };
    Ok(())
}
