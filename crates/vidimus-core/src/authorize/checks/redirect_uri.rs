//! The redirect URI is the client's. From here on, refusals go there. OpenID Connect has none left out
//! (Core §3.1.2.1).

use crate::{
    authorize::{
        draft::{Draft, Halt},
        known_uri::{self, KnownUri},
        response_type,
    },
    context::Context,
};

pub fn check(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    let presented = draft.get("redirect_uri");
    let is_openid = draft.get("scope").is_some_and(|scope| scope.split(' ').any(|s| s == "openid"));
    if presented.is_none() && is_openid {
        return Err(known_uri::missing().into());
    }
    let to = KnownUri::of(draft.client()?, presented)?;
    draft.mode = response_type::likely_mode(draft);
    draft.to = Some(to);
    Ok(())
}
