//! The page that carries a response to its client (OAuth 2.0 Form Post Response Mode §2).

use crate::Rendered;

/// `origin` is that of `to`, or its scheme alone (`com.example.app:`).
pub fn form_post(
    _to: &str,
    _parameters: &[(&str, &str)],
    _origin: &str,
    _languages: &[String],
) -> Rendered {
    Rendered { html: String::new(), content_security_policy: String::new() }
}
