//! Pages for people: what core says of them, put into words and HTML that needs no script. Every
//! page comes with the Content-Security-Policy that it was written for.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod accent;
mod agent;
mod assets;
mod check_session;
mod failure;
mod form_post;
mod frame;
mod moment;
pub mod operator;
mod pages;
mod policy;
mod words;

pub use accent::accent;
pub use assets::{Asset, assets};
pub use check_session::check_session;
pub use failure::{Failure, failure};
pub use form_post::form_post;
pub use pages::render;

/// A page and the policy to send it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub html: String,
    pub content_security_policy: String,
}
