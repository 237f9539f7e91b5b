//! One request as the log keeps it: what was asked and answered, without secrets, and why.

use std::time::Duration;

use hyper::{Response, http::request::Parts};
use serde::Serialize;
use vidimus_core::{
    error::{Cause, OAuthError},
    facts::TenantRef,
    outcome::Event,
    row_key::RowKey,
    time::Time,
};

use super::{
    body, headers,
    redacted::{Pair, is_shaped_like_a_secret},
};
use crate::{body::Body, exchange::Exchange, path};

/// Of the operator's own explanation.
const WHY_CHARS_MAX: usize = 300;

#[derive(Debug, Default, Serialize)]
pub struct Entry {
    /// As in the reply's `X-Request-Id`.
    pub request_id: String,
    /// Seconds since 1970, by the server's clock; a sandbox's may have been moved.
    pub time: i64,
    pub tenant: String,
    /// Whose words the answer is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    pub endpoint: &'static str,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub milliseconds: f64,
    /// The client, resource server or user that proved to be who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Why a token was inactive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The token that was introspected, by its `jti`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Of a refusal: its code, what exactly was wrong, and that in words for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What a sandbox did to the request or its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    pub peer: String,
    pub request: Asked,
    pub response: Given,
}

#[derive(Debug, Default, Serialize)]
pub struct Asked {
    pub headers: Vec<Pair>,
    /// Of the query and the body.
    pub parameters: Vec<Pair>,
}

#[derive(Debug, Default, Serialize)]
pub struct Given {
    pub headers: Vec<Pair>,
    pub members: Vec<Pair>,
}

/// Whether a request is to be kept; where its endpoint decided so, with what it saw of the body.
#[derive(Debug)]
pub enum Keep {
    Undecided,
    No,
    Yes(Box<Asked>),
}

/// What a refusal said to the operator.
#[derive(Debug)]
pub struct Told {
    pub error: &'static str,
    pub cause: Cause,
    pub why: String,
}

impl Asked {
    pub fn of(parts: &Parts, sent: &[u8]) -> Self {
        let parameters = body::parameters(parts.uri.query(), &parts.headers, sent);
        Self { headers: headers::redacted(&parts.headers), parameters }
    }
}

impl Told {
    pub fn of(error: &OAuthError) -> Self {
        let why = error.why.as_ref().unwrap_or(&error.description);
        Self { error: error.code.as_str(), cause: error.cause, why: why.to_string() }
    }
}

impl Entry {
    pub fn of(
        parts: &Parts,
        response: &Response<Body>,
        exchange: Exchange,
        now: Time,
        took: Duration,
    ) -> Self {
        let asked = match exchange.keep {
            Keep::Yes(asked) => *asked,
            Keep::Undecided | Keep::No => Asked::of(parts, &[]),
        };
        let members = match response.body() {
            Body::Whole(bytes) => body::reply(response.headers(), bytes),
            Body::Added(_) => Vec::new(),
        };
        let (error, cause, why) = match exchange.told {
            Some(told) => (Some(told.error), label(told.cause), Some(bounded(&told.why))),
            None => (None, None, None),
        };
        Self {
            request_id: exchange.id.to_string(),
            time: now.seconds(),
            tenant: tenant(exchange.tenant, parts.uri.path()),
            dialect: exchange.dialect,
            endpoint: exchange.label.as_str(),
            method: parts.method.to_string(),
            path: visible(parts.uri.path()),
            status: response.status().as_u16(),
            milliseconds: took.as_secs_f64() * 1000.0,
            caller: exchange.caller,
            reason: exchange.reason,
            jti: exchange.token.map(RowKey::to_text),
            error,
            cause,
            why,
            fault: exchange.fault,
            peer: exchange.peer.address.to_string(),
            request: asked,
            response: Given { headers: headers::redacted(response.headers()), members },
        }
    }

    /// In one word why it ended as it did; the finest there is.
    pub fn because(&self) -> Option<&str> {
        self.reasons().next()
    }

    /// From the finest to the coarsest.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        let all = [self.fault, self.reason, self.cause.as_deref(), self.error];
        all.into_iter().flatten()
    }

    pub fn weight(&self) -> usize {
        let texts = [&self.request_id, &self.tenant, &self.method, &self.path, &self.peer];
        let may_be = [&self.caller, &self.cause, &self.why, &self.jti];
        let pairs = [
            &self.request.headers,
            &self.request.parameters,
            &self.response.headers,
            &self.response.members,
        ];
        size_of::<Self>()
            + texts.iter().map(|text| text.len()).sum::<usize>()
            + may_be.iter().filter_map(|text| text.as_ref()).map(String::len).sum::<usize>()
            + pairs.iter().flat_map(|pairs| pairs.iter()).map(Pair::weight).sum::<usize>()
    }
}

/// Who asked, by what the decision told.
pub fn caller(events: Vec<Event>) -> Option<String> {
    events.into_iter().find_map(|event| match event {
        Event::Introspected { caller, .. }
        | Event::Revoked { caller, .. }
        | Event::NotRevoked { caller, .. } => Some(caller),
        Event::Issued { client_id, .. } | Event::Registered { client_id } => Some(client_id),
        Event::Reused { client_id, .. } => client_id,
        Event::Administered { by, .. } => Some(by),
        _ => None,
    })
}

fn tenant(known: Option<String>, path: &str) -> String {
    let of_path = || path.strip_prefix("/t/")?.split('/').next().map(super::redacted::name);
    known.or_else(of_path).unwrap_or_else(|| TenantRef::DEFAULT_ID.to_owned())
}

fn visible(path: &str) -> String {
    let hidden = |segment: &str| {
        let decoded = path::decode(segment);
        let decoded = decoded.as_deref().unwrap_or(segment);
        is_shaped_like_a_secret(decoded) || decoded.len() > 128
    };
    // Paths may be UTF-8, and what they steer is a terminal.
    let plain = path.replace(char::is_control, "\u{fffd}");
    let shown = path::visible(&plain);
    let segments = shown.split('/').map(|segment| if hidden(segment) { "…" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// `WrongSecret` is `wrong_secret`, `Missing("token")` is `missing_token`.
fn label(cause: Cause) -> Option<String> {
    if cause == Cause::Other {
        return None;
    }
    let mut label = String::new();
    for c in format!("{cause:?}").chars() {
        match c {
            'A'..='Z' if label.is_empty() => label.push(c.to_ascii_lowercase()),
            'A'..='Z' => label.extend(['_', c.to_ascii_lowercase()]),
            '(' => label.push('_'),
            'a'..='z' | '0'..='9' | '_' => label.push(c),
            _ => {}
        }
    }
    Some(label)
}

fn bounded(text: &str) -> String {
    if is_shaped_like_a_secret(text) {
        return format!("<{} bytes>", text.len());
    }
    text.chars().take(WHY_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_have_labels() {
        assert_eq!(label(Cause::WrongSecret).unwrap(), "wrong_secret");
        assert_eq!(label(Cause::Missing("token")).unwrap(), "missing_token");
        assert_eq!(label(Cause::Other), None);
    }

    #[test]
    fn paths_hide_what_is_shaped_like_a_secret() {
        for (path, shown) in [
            ("/oauth2/token", "/oauth2/token"),
            ("/oauth2/authorize/vfl_0SFfe4a1b2c3", "/oauth2/authorize/vfl_…"),
            ("/x/eyJhbGciOiJSUzI1NiJ9.e30.x/y", "/x/…/y"),
            ("/x\u{9b}2J", "/x\u{fffd}2J"),
            ("/x/%65yJhbGciOiJSUzI1NiJ9.e30.x/y", "/x/…/y"),
        ] {
            assert_eq!(visible(path), shown);
        }
        assert_eq!(tenant(None, "/t/foo.com/oauth2/token"), "foo.com");
        assert_eq!(tenant(None, "/t/vat_0123456789abc/x"), "<name: 17 bytes>");
        assert_eq!(tenant(None, "/oauth2/token"), "default");
    }
}
