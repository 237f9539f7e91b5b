//! The frame that clients ask whether a session is still the one it was (OpenID Connect Session
//! Management 1.0 §3.2).

use crate::Rendered;

/// `cookie` is the name, as the browser spells it, of the cookie with the browser's state. A
/// `session_state` is `base64url(SHA-256(client_id ' ' origin ' ' state ' ' salt)) '.' salt`.
pub fn check_session(_cookie: &str) -> Rendered {
    Rendered { html: String::new(), content_security_policy: String::new() }
}
