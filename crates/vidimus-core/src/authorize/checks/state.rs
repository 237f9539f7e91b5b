//! What goes back as it came is of bounded length.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::OAuthError,
    limits::STATE_BYTES_MAX,
};

pub fn check(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    for name in ["state", "nonce"] {
        if draft.get(name).is_some_and(|value| value.len() > STATE_BYTES_MAX) {
            return Err(OAuthError::invalid_request(format!("The {name} is too long.")).into());
        }
    }
    Ok(())
}
