//! What a registration may point at: pages for people, and the document that vouches for all its
//! redirect URIs (OpenID Connect Core §8.1). Pages are never fetched.

use url::Url;

use super::members::wrong;
use crate::{
    errand::{Done, Errand},
    facts::{Facts, mismatch},
    model::ClientMetadata,
    outcome::Stop,
    redirect_uri,
};

/// Whether a person may be sent there: `https`, or plain `http` on the person's own machine.
pub fn is_page(uri: &str) -> bool {
    let bare = uri.split('#').next().unwrap_or_default();
    let is_web = |url: Url| matches!(url.scheme(), "https" | "http");
    redirect_uri::check(bare).is_ok() && Url::parse(bare).is_ok_and(is_web)
}

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

#[cfg(test)]
mod tests {
    use super::is_page;

    #[test]
    fn pages_are_https_or_on_loopback() {
        for good in ["https://app.example/", "https://app.example/tos#privacy", "http://[::1]/"] {
            assert!(is_page(good), "{good}");
        }
        for bad in [
            "http://app.example/",
            "javascript:alert(1)",
            "com.example.app:/page",
            "file:///etc/passwd",
            "https://a@evil.example/",
            "/relative",
            "",
        ] {
            assert!(!is_page(bad), "{bad}");
        }
    }
}
