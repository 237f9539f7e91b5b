//! Administrative and security events as JSON lines, for machines that collect them. One event, one
//! line: whatever a name holds, it ends no line and moves no terminal's cursor.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

use serde::Serialize;
use vidimus_core::{error::OAuthError, outcome::Event, time::Time};

use crate::exchange::Exchange;

/// What a deed is done to; what follows it in words is a name.
const THINGS: [&str; 12] = [
    "tenant",
    "client",
    "resource_server",
    "user",
    "signing_key",
    "trusted_issuer",
    "registration_token",
    "api_token",
    "consent",
    "token of",
    "token",
    "family",
];

pub struct AuditLines {
    to: Mutex<Sink>,
}

struct Sink {
    writes: Box<dyn Write + Send>,
    is_broken: bool,
}

/// What happened, and who made it so.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Deed {
    by: Option<String>,
    action: String,
    target: Option<String>,
    result: String,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    request_id: String,
    tenant: &'a str,
    #[serde(flatten)]
    deed: Deed,
    peer: String,
    endpoint: &'static str,
}

impl AuditLines {
    pub fn new(writes: Box<dyn Write + Send>) -> Self {
        Self { to: Mutex::new(Sink { writes, is_broken: false }) }
    }

    /// Issuing and introspection are no deeds: they are counted, and the logs have them.
    pub fn record(&self, event: &Event, now: Time, tenant: &str, exchange: &Exchange) {
        if let Some(deed) = deed(event) {
            self.write(deed, now, tenant, exchange);
        }
    }

    /// Somebody who did not prove who they are, or may not do what they asked for.
    pub fn refused(&self, error: &OAuthError, now: Time, tenant: &str, exchange: &Exchange) {
        let deed = Deed {
            by: exchange.caller.clone(),
            action: "authenticate".to_owned(),
            result: error.code.as_str().to_owned(),
            ..Deed::default()
        };
        self.write(deed, now, tenant, exchange);
    }

    pub fn guessed(&self, caller: &str, now: Time, tenant: &str, exchange: &Exchange) {
        let deed = Deed {
            by: Some(caller.to_owned()),
            action: "guess tokens".to_owned(),
            result: "noticed".to_owned(),
            ..Deed::default()
        };
        self.write(deed, now, tenant, exchange);
    }

    fn write(&self, deed: Deed, now: Time, tenant: &str, exchange: &Exchange) {
        let line = Line {
            time: time(now),
            request_id: exchange.id.to_string(),
            tenant,
            deed,
            peer: exchange.peer.address.to_string(),
            endpoint: exchange.label.as_str(),
        };
        let Ok(text) = serde_json::to_string(&line) else { return };
        let mut sink = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        // In one write, so that lines of several processes do not mix.
        let line = plain(&text) + "\n";
        let written = sink.writes.write_all(line.as_bytes()).and_then(|()| sink.writes.flush());
        match written {
            Ok(()) => sink.is_broken = false,
            // Said once: what happened stands in the trail in the store all the same.
            Err(why) if !sink.is_broken => {
                sink.is_broken = true;
                tracing::error!(%why, "audit lines are lost: log.audit cannot be written");
            }
            Err(_) => {}
        }
    }
}

fn deed(event: &Event) -> Option<Deed> {
    let deed = |by: Option<&str>, action: &str, target: Option<&str>, result: &str| Deed {
        by: by.map(str::to_owned),
        action: action.to_owned(),
        target: target.map(str::to_owned),
        result: result.to_owned(),
    };
    Some(match event {
        Event::Introspected { .. } | Event::Issued { .. } => return None,
        Event::Administered { by, action } => {
            let (action, target) = parted(action);
            deed(Some(by), action, target, "done")
        }
        Event::KeyMade { kid } => deed(None, "make signing key", Some(kid), "done"),
        Event::Revoked { caller, token } => {
            deed(Some(caller), "revoke token", Some(&token.to_text()), "done")
        }
        Event::NotRevoked { caller, reason } => {
            deed(Some(caller), "revoke token", None, reason.label())
        }
        Event::Registered { client_id } => deed(None, "register client", Some(client_id), "done"),
        Event::Reused { client_id, token } => {
            let by = client_id.as_deref();
            deed(by, "use again", Some(&token.to_text()), "authorization_revoked")
        }
        Event::SignInFailed { cause, client_id, username } => {
            let result = format!("refused: {cause:?}");
            deed(username.as_deref(), "sign in", client_id.as_deref(), &result)
        }
        Event::NotReturned { client_id, .. } => {
            deed(None, "sign out", Some(client_id), "not_returned")
        }
    })
}

/// `update client billing`: the last word is a name where the one before it is a kind of thing.
fn parted(action: &str) -> (&str, Option<&str>) {
    let of = |kind: &str| {
        let (verb, rest) = action.split_once(' ')?;
        let id = rest.strip_prefix(kind)?.strip_prefix(' ')?;
        Some((action.get(..verb.len() + 1 + kind.len())?, Some(id)))
    };
    THINGS.into_iter().find_map(of).unwrap_or((action, None))
}

fn time(now: Time) -> String {
    let seconds = now.rfc_3339();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), now.0.rem_euclid(1000))
}

/// JSON escapes what lies below U+0020; terminals and readers of lines know other controls.
fn plain(json: &str) -> String {
    let is_control = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut text = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        if is_control(character) {
            text.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_parted_from_what_it_was_done_to() {
        for (action, parts) in [
            ("update client billing", ("update client", Some("billing"))),
            ("delete user a b", ("delete user", Some("a b"))),
            ("revoke token 7f", ("revoke token", Some("7f"))),
            ("mint token of web", ("mint token of", Some("web"))),
            ("apply", ("apply", None)),
            ("sign in to the console", ("sign in to the console", None)),
        ] {
            assert_eq!(parted(action), parts);
        }
    }

    #[test]
    fn sec_265_no_character_ends_a_line_or_moves_a_cursor() {
        let name = "x\r\n\u{1b}[31m\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}ü";
        let line = plain(&serde_json::to_string(name).unwrap());
        assert!(!line.chars().any(|c| c.is_control() || "\u{2028}\u{2029}".contains(c)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), name);
    }

    #[test]
    fn moments_have_milliseconds() {
        assert_eq!(time(Time(1_800_000_000_045)), "2027-01-15T08:00:00.045Z");
    }
}
