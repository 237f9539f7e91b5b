//! What is asked for: scopes (RFC 6749 §3.3) and single claims (OpenID Connect Core §5.5).

use crate::{
    authorize::draft::{Draft, Halt},
    claims_request::ClaimsRequest,
    context::Context,
    error::{ErrorCode, OAuthError},
    model::TicketBody,
    scope::{self, Scope},
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if let Some(ticket) = &draft.device {
        if let TicketBody::Device { scope, audience, .. } = &ticket.body {
            draft.scope = Scope::stored(scope);
            draft.audience = audience.clone();
        }
        return Ok(());
    }
    draft.scope = read(draft).map_err(|error| draft.refuse(error, cx))?;
    Ok(())
}

fn read(draft: &Draft<'_>) -> Result<Scope, OAuthError> {
    let Some(client) = draft.client else { return Ok(Scope::default()) };
    let asked = draft.get("scope").map(Scope::parse).transpose()?;
    let ceiling = Scope::stored(&client.metadata.scope);
    let is_asked = asked.is_some() || draft.asked.manner.grants_unasked_scope;
    let ceiling = if is_asked { ceiling } else { Scope::default() };
    let scope = scope::narrow(asked.as_ref(), &ceiling)?;
    if draft.response_type.id_token && !scope.contains("openid") {
        let what = "An ID token needs the scope openid.";
        return Err(OAuthError::new(ErrorCode::InvalidScope, what));
    }
    Ok(scope)
}

pub fn claims(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let Some(text) = draft.get("claims").filter(|_| draft.scope.contains("openid")) else {
        return Ok(());
    };
    draft.claims = ClaimsRequest::parse(text).map_err(|error| draft.refuse(error, cx))?;
    Ok(())
}
