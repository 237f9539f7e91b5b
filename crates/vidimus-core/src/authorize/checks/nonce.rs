//! An ID token that passes through the browser is bound to its request (OpenID Connect Core §3.2.2.1).

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::{Cause, OAuthError},
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if draft.response_type.id_token && draft.get("nonce").is_none() {
        let error = OAuthError::invalid_request("The nonce is missing.");
        return Err(draft.refuse(error.caused(Cause::Missing("nonce")), cx));
    }
    Ok(())
}
