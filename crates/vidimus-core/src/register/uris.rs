//! The document that vouches for all redirect URIs of a client (OpenID Connect Core §8.1).

use super::members::wrong;
use crate::{
    errand::{Done, Errand},
    facts::{Facts, mismatch},
    model::ClientMetadata,
    outcome::Stop,
};

/// The sector's document names every redirect URI; needs the errand first.
///
/// # Errors
/// `invalid_client_metadata` where it does not, whatever the reason: who asks must not learn what
/// we can reach.
pub fn check_sector(metadata: &ClientMetadata, facts: &Facts) -> Result<(), Stop> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let listed = match facts.errand(Errand::FetchJson { uri: uri.clone() })? {
        Done::Json(listed) => listed,
        other => return Err(mismatch(other)),
    };
    let refuse = |why: String| {
        let what = "The document at sector_identifier_uri does not list every redirect URI.";
        Err(wrong("sector_identifier_uri", what).because(why).into())
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(why) => return refuse(why.clone()),
    };
    let Some(listed) = listed.as_array() else { return refuse("it is no list".to_owned()) };
    let lists = |uri: &&String| listed.iter().any(|known| known.as_str() == Some(uri.as_str()));
    match metadata.redirect_uris.iter().find(|uri| !lists(uri)) {
        Some(missing) => refuse(format!("{missing} is not listed")),
        None => Ok(()),
    }
}
