//! What happened to a token and what will, in the order of time: as far as its row and all that it hangs
//! on tell.

use serde_json::{Value, json};

use crate::{
    facts::{Facts, TokenFact},
    model::{RevokedBy, TokenKind},
    time::Time,
};

/// Each with `at` in seconds, `event`, and `what` in words; `future` where it has not happened yet.
pub fn time_line(fact: &TokenFact, facts: &Facts, now: Time) -> Value {
    let token = &fact.token;
    let mut line = Line { events: Vec::new() };
    if let Some(family) = token.family {
        let user = fact.user().map(|user| format!(" by user {}", user.id()));
        let what = format!("The authorization began{}.", user.unwrap_or_default());
        line.add(family.made_at().min(token.issued_at), "authorized", what);
    }
    let client = fact.client().map(|client| format!(" to client {}", client.id()));
    let issued = match token.kind {
        TokenKind::Access => "Issued",
        TokenKind::Refresh => "Issued as a refresh token",
    };
    line.add(token.issued_at, "issued", format!("{issued}{}.", client.unwrap_or_default()));
    if let Some(from) = token.not_before {
        line.add(from, "valid_from", "Valid from here on (nbf).".to_owned());
    }
    match token.revocation.as_ref().map(|revocation| (revocation.at, &revocation.by)) {
        Some((at, RevokedBy::Rotation { successor })) => {
            line.add(
                at,
                "refreshed",
                format!("Exchanged for its successor {}.", successor.to_text()),
            );
        }
        Some((at, by)) => line.add(at, "revoked", format!("Revoked by {}.", who(by))),
        None => {}
    }
    if let Some(end) = fact.family.as_ref().and_then(|family| family.revocation.as_ref()) {
        let what = format!("The whole authorization was revoked by {}.", who(&end.by));
        line.add(end.at, "family_revoked", what);
    }
    let began = token.family.map_or(token.issued_at, |key| key.made_at().min(token.issued_at));
    let levels = [("tenant", &facts.tenant), ("client", &fact.client), ("user", &fact.user)];
    for (level, object) in levels {
        let standing = object.as_ref().map(|object| object.standing).unwrap_or_default();
        if standing.cuts_off(began) {
            let what = format!("All tokens of the {level} until then were revoked.");
            line.add(standing.not_before.plus_seconds(-1), "cut_off", what);
        }
        if standing.disabled {
            line.add(now, "disabled", format!("The {level} is disabled."));
        }
    }
    line.add(token.expires_at, "expires", "Its life ends.".to_owned());
    line.shown(now)
}

struct Line {
    events: Vec<(Time, &'static str, String)>,
}

impl Line {
    fn add(&mut self, at: Time, event: &'static str, what: String) {
        self.events.push((at, event, what));
    }

    fn shown(mut self, now: Time) -> Value {
        self.events.sort_by_key(|(at, ..)| *at);
        let shown = self.events.into_iter().map(|(at, event, what)| {
            json!({"at": at.seconds(), "event": event, "what": what, "future": at > now})
        });
        shown.collect()
    }
}

/// In words.
pub fn who(by: &RevokedBy) -> String {
    match by {
        RevokedBy::Client(id) => format!("client {id}"),
        RevokedBy::Administrator(id) => format!("administrator {id}"),
        RevokedBy::Rotation { .. } => "its exchange for a new one".to_owned(),
        RevokedBy::Holder => "whoever held it".to_owned(),
        RevokedBy::SignOut => "the end of the user's session".to_owned(),
        RevokedBy::User(sub) => format!("its user {sub}, in the account"),
        RevokedBy::Reuse => {
            "the second use of an authorization code, or of a refresh token that was exchanged"
                .to_owned()
        }
    }
}
