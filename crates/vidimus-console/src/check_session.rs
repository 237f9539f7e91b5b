//! The frame that clients ask whether a session is still the one it was (OpenID Connect Session
//! Management 1.0 §3.2).

use askama::Template;

use crate::{Rendered, pages::html, policy::Policy};

const SCRIPT: &str = include_str!("../assets/check_session.js");

/// `cookie` is the name, as the browser knows it, of the cookie with the browser's state: one that a
/// script may read. A `session_state` is
/// `base64url(SHA-256(client_id ' ' origin ' ' state ' ' salt)) '.' salt`, the salt without a `.`.
pub fn check_session(cookie: &str) -> Rendered {
    let policy = Policy { script: Some(SCRIPT), is_framed: true, ..Policy::default() };
    Rendered {
        html: html(&CheckSessionPage { cookie, script: SCRIPT }),
        content_security_policy: policy.to_text(),
    }
}

#[derive(Template)]
#[template(path = "check_session.html", whitespace = "minimize")]
struct CheckSessionPage<'a> {
    cookie: &'a str,
    script: &'static str,
}
