//! The page of a request that cannot go on.

use vidimus_core::page::Look;

use crate::Rendered;

#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Of HTTP.
    pub status: u16,
    /// Of OAuth, such as `invalid_request`.
    pub code: &'a str,
    pub description: &'a str,
    /// What to tell an operator.
    pub request_id: &'a str,
}

/// Names the problem and what to do, and links to nothing: whatever the request named is not known good.
pub fn failure(failure: &Failure<'_>, _look: &Look, _languages: &[String]) -> Rendered {
    Rendered { html: failure.code.to_owned(), content_security_policy: String::new() }
}
