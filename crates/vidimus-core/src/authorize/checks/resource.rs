//! Resources that tokens are asked for (RFC 8707 §2): each is known.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::OAuthError,
    facts::{Needs, Space},
    resource,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    if draft.device.is_some() {
        return Ok(());
    }
    let asked = read(draft).map_err(|error| draft.refuse(error, cx))?;
    let wanted = |needs: Needs, uri: &String| needs.object(Space::Audience, uri);
    draft.facts.known(asked.iter().fold(Needs::default(), wanted))?;
    if asked.iter().any(|uri| !draft.facts.serves(uri)) {
        return Err(draft.refuse(resource::unknown(), cx));
    }
    draft.audience = asked;
    Ok(())
}

fn read(draft: &Draft<'_>) -> Result<Vec<String>, OAuthError> {
    let asked = draft.parameters.resources()?;
    asked.iter().try_for_each(|uri| resource::check(uri))?;
    Ok(asked)
}
