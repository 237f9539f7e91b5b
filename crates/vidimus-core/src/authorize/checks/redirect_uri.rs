//! The redirect URI is the client's. From here on, refusals go there.

use crate::{
    authorize::{
        draft::{Draft, Halt},
        known_uri::KnownUri,
        response_type,
    },
    context::Context,
};

pub fn check(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    let to = KnownUri::of(draft.client()?, draft.get("redirect_uri"))?;
    draft.mode = response_type::likely_mode(draft);
    draft.to = Some(to);
    Ok(())
}
