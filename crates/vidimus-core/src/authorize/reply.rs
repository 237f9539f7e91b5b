//! What an authorization comes to, before anybody has put it into HTTP.

use super::known_uri::KnownUri;
use crate::{
    browser::Cookie,
    error::OAuthError,
    page::{Look, Page},
    row_key::RowKey,
    secret::Secret,
    time::Time,
};

/// What the browser is sent, beside the cookies it is given.
#[derive(Debug)]
pub struct Answer {
    pub next: Next,
    pub cookies: Vec<Cookie>,
}

#[derive(Debug)]
pub enum Next {
    /// With a code, tokens or an error, to where the client wants it.
    Back(Back),
    /// On to the flow's own page: the path that was asked for, a slash and this.
    Flow(Secret),
    /// To a page of ours (from the tenant's root on), or to an address that a client registered.
    To(String),
    Page(Box<Page>, Dress),
}

/// What a page must know of its place.
#[derive(Debug, Default)]
pub struct Dress {
    pub look: Look,
    /// Origin or scheme to which the browser may be sent on from its forms.
    pub form_action: Option<String>,
    /// Origins that it frames.
    pub frames: Vec<String>,
}

/// A response to the client (RFC 6749 §4.1.2). Only a request whose client and redirect URI are known
/// good can come to one: [`KnownUri`] is made nowhere else.
#[derive(Debug)]
pub struct Back {
    pub to: KnownUri,
    pub mode: ResponseMode,
    pub parameters: Vec<(&'static str, Secret)>,
    /// Why nothing is given; the parameters say it in our words.
    pub refusal: Option<OAuthError>,
    pub client_id: Option<String>,
    /// Whose it is, where tokens or a code are given.
    pub user: Option<RowKey>,
    pub issued_at: Time,
}

/// How a response travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}
