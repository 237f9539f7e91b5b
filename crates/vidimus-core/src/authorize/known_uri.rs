//! A redirect URI that is known to be its client's. Nothing else makes one, so that no answer, good or
//! bad, can go anywhere else (RFC 9700 §4.11).

use url::Url;

use crate::{
    error::{Cause, OAuthError},
    model::{Client, Named},
    redirect_uri,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUri(String);

const LOGGED_CHARS_MAX: usize = 256;

pub fn missing() -> OAuthError {
    OAuthError::invalid_request("The redirect_uri is missing.")
        .caused(Cause::Missing("redirect_uri"))
}

/// What the operator is told of an address that is not known: its query may hold what is nobody's
/// business, and is seldom what differs.
pub fn told(presented: &str) -> String {
    let (address, _) = presented.split_once('?').unwrap_or((presented, ""));
    address.chars().take(LOGGED_CHARS_MAX).collect()
}

impl KnownUri {
    /// Left out, it is the client's only one (RFC 6749 §3.1.2.3).
    ///
    /// # Errors
    /// `invalid_request`, for a page: whoever sent the browser here may have chosen the address.
    pub fn of(client: Named<'_, Client>, presented: Option<&str>) -> Result<Self, OAuthError> {
        let registered = &client.metadata.redirect_uris;
        let Some(presented) = presented else {
            return match registered.as_slice() {
                [only] => Ok(Self(only.clone())),
                _ => Err(missing()),
            };
        };
        if redirect_uri::matches(registered, presented) {
            return Ok(Self(presented.to_owned()));
        }
        let what = "The redirect_uri is not one that the client has registered.";
        let (client_id, address) = (client.id(), told(presented));
        let why = format!("the client {client_id} has not registered the redirect_uri {address}");
        Err(OAuthError::invalid_request(what).caused(Cause::RedirectUriMismatch).because(why))
    }

    /// Where the client wants the browser after a sign-out, byte for byte as registered.
    pub fn after_logout(client: Named<'_, Client>, presented: &str) -> Option<Self> {
        let mut registered = client.metadata.post_logout_redirect_uris.iter();
        registered.find(|known| *known == presented).map(|known| Self(known.clone()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people can recognise it by.
    pub fn host(&self) -> Option<String> {
        let url = Url::parse(&self.0).ok()?;
        Some(url.host_str().map_or_else(|| format!("{}:", url.scheme()), str::to_owned))
    }

    /// What a Content-Security-Policy calls it: origin, or scheme of an application's own.
    pub fn source(&self) -> Option<String> {
        let url = Url::parse(&self.0).ok()?;
        match url.scheme() {
            "https" | "http" => Some(url.origin().ascii_serialization()),
            scheme => Some(format!("{scheme}:")),
        }
    }
}
