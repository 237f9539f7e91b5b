//! The page of a request that cannot go on: it names the problem and links to nothing, because nothing
//! that the request named is known good.

use askama::Template;
use vidimus_core::page::Look;

use crate::{Rendered, frame::Frame, pages::html, policy::Policy};

#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Of HTTP.
    pub status: u16,
    /// Of OAuth, such as `invalid_request`.
    pub code: &'a str,
    pub description: &'a str,
    /// What to tell an operator; empty where there is none.
    pub request_id: &'a str,
}

/// The code stands in `#error-code`.
pub fn failure(failure: &Failure<'_>, look: &Look, languages: &[String]) -> Rendered {
    let frame = Frame::new(look, languages);
    Rendered {
        html: html(&FailurePage { frame, failure }),
        content_security_policy: Policy::default().to_text(),
    }
}

#[derive(Template)]
#[template(path = "failure.html", whitespace = "minimize")]
struct FailurePage<'a> {
    frame: Frame<'a>,
    failure: &'a Failure<'a>,
}

impl FailurePage<'_> {
    fn is_busy(&self) -> bool {
        matches!(self.failure.status, 429 | 503)
            || matches!(self.failure.code, "slow_down" | "temporarily_unavailable")
    }

    fn is_ours(&self) -> bool {
        self.failure.status >= 500 || self.failure.code == "server_error"
    }

    fn title(&self) -> &'static str {
        match (self.is_busy(), self.is_ours()) {
            (true, _) => "failure.busy_title",
            (false, true) => "failure.ours_title",
            (false, false) => "failure.title",
        }
    }

    fn what(&self) -> &'static str {
        match self.failure.code {
            _ if self.is_busy() => "failure.busy",
            _ if self.is_ours() => "failure.ours",
            "invalid_client" | "unauthorized_client" | "invalid_redirect_uri" => "failure.client",
            "access_denied" | "invalid_scope" => "failure.denied",
            _ => "failure.request",
        }
    }

    fn advice(&self) -> &'static str {
        if self.is_busy() || self.is_ours() { "failure.later" } else { "failure.again" }
    }
}
