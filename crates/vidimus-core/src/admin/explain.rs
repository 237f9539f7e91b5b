//! What a caller sees of a token, and why: the operator's view of introspection.

use std::sync::Arc;

use serde_json::{Value, json};

use super::time_line::{time_line, who};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TokenFact},
    introspect::{Active, Asker, InHand, Introspection, Level, Reason, asker},
    model::{IntrospectRight, Object, Revocation, RevokedBy, Token, TokenKind},
    outcome::{Decision, Outcome},
    scope::Scope,
    secret::Secret,
    time::Time,
    vault::Vault,
};

/// The RFC 7662 answer as a caller with the right to the whole tenant gets it.
pub struct IntrospectAny {
    pub token: Secret,
}

/// The answer to one caller, the reason, and the row.
pub struct Explain {
    pub token: Secret,
    /// A client or a resource server; without one, somebody with the right to the whole tenant.
    pub caller: Option<String>,
}

fn needs(token: &Secret, vault: &Vault) -> Needs {
    InHand::new(token.clone()).needs(vault, Needs::default())
}

fn verdict<'a>(
    token: &Secret,
    caller: Option<&Arc<Object>>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<(&'a TokenFact, Option<Scope>), Reason> {
    let held = InHand::new(token.clone()).held(facts, cx)?;
    let anyone = Asker { client: None, right: IntrospectRight::Tenant, audiences: &[] };
    let (asker, told) = caller.map_or((anyone, None), asker);
    match held.judge(&asker) {
        Some(reason) => Err(reason),
        None => Ok((held.fact, told)),
    }
}

impl Operation for IntrospectAny {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        needs(&self.token, vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        tenant(facts)?;
        let answer = match verdict(&self.token, None, facts, cx) {
            Ok((fact, _)) => Introspection::Active(Box::new(Active::of(fact, cx.issuer, None))),
            Err(_) => Introspection::Inactive,
        };
        Ok(Outcome::reply(json!(answer)))
    }
}

impl Operation for Explain {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        match &self.caller {
            Some(caller) => needs(&self.token, vault).object(Space::Caller, caller),
            None => needs(&self.token, vault),
        }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        tenant(facts)?;
        let caller = match &self.caller {
            None => None,
            Some(id) => Some(facts.find(Space::Caller, id).ok_or_else(|| {
                OAuthError::new(ErrorCode::NotFound, "There is no such client or resource server.")
            })?),
        };
        let (answer, reason) = match verdict(&self.token, caller, facts, cx) {
            Ok((fact, told)) => {
                let active = Active::of(fact, cx.issuer, told.as_ref());
                let active = match caller {
                    Some(caller) => active.seen_by(caller, cx.vault),
                    None => active,
                };
                (Introspection::Active(Box::new(active)), None)
            }
            Err(reason) => (Introspection::Inactive, Some(reason)),
        };
        let why = match &reason {
            None => "The token is valid and this caller may know of it.".to_owned(),
            Some(reason) => sentence(reason, self, facts, cx.now),
        };
        // A forged text says nothing about the row whose key it borrowed.
        let row = facts.token.as_deref().filter(|_| reason != Some(Reason::Forged));
        Ok(Outcome::reply(json!({
            "active": reason.is_none(),
            "answer": answer,
            "reason": reason.as_ref().map(Reason::label),
            "why": why,
            "token": row.map(describe),
            "time_line": row.map(|row| time_line(row, facts, cx.now)),
        })))
    }
}

pub fn describe(fact: &TokenFact) -> Value {
    let token = &fact.token;
    json!({
        "jti": token.key.to_text(),
        "kind": kind(token),
        "client_id": fact.client().map(|client| client.id()),
        "username": fact.user().map(|user| user.id()),
        "scope": token.scope,
        "aud": token.audience,
        "iat": token.issued_at.seconds(),
        "exp": token.expires_at.seconds(),
        "nbf": token.not_before.map(Time::seconds),
        "family": token.family.map(crate::row_key::RowKey::to_text),
        "kid": token.kid,
        "revoked": token.revocation.as_ref().map(revoked),
        "family_revoked":
            fact.family.as_ref().and_then(|family| family.revocation.as_ref()).map(revoked),
    })
}

const fn kind(token: &Token) -> &'static str {
    match token.kind {
        TokenKind::Access => "access_token",
        TokenKind::Refresh if token.client.is_none() => "api_token",
        TokenKind::Refresh => "refresh_token",
    }
}

/// In seconds, as every other time here.
fn revoked(revocation: &Revocation) -> Value {
    json!({"at": revocation.at.seconds(), "by": revocation.by})
}

/// The reason in words, with what the operator can do or look at.
fn sentence(reason: &Reason, explain: &Explain, facts: &Facts, now: Time) -> String {
    match reason {
        Reason::Malformed => malformed(explain.token.expose()),
        Reason::Unknown => unknown(&explain.token, now),
        Reason::OtherTenant => "The token belongs to another tenant.".to_owned(),
        Reason::Forged => {
            "It names a row of ours, but it is not the token that was issued with that row."
                .to_owned()
        }
        Reason::WrongKind if is_api_token(facts) => {
            "It is an API token, which is of a user and of no client; only callers with the right \
             to the whole tenant are told of those."
                .to_owned()
        }
        Reason::WrongKind => {
            "It is a refresh token; only its own client and callers with the right to the whole \
             tenant are told of those."
                .to_owned()
        }
        Reason::Expired { at } => format!("It expired {}.", ago(*at, now)),
        Reason::NotYetValid { from } => {
            format!("It is valid only from {} on (nbf).", from.seconds())
        }
        Reason::Revoked { at, by: RevokedBy::Rotation { successor } } => format!(
            "It is a refresh token that was exchanged for its successor, {}, {}.",
            successor.to_text(),
            ago(*at, now)
        ),
        Reason::Revoked { at, by } => format!("It was revoked {} by {}.", ago(*at, now), who(by)),
        Reason::FamilyRevoked { at, by } => {
            format!("Its whole family was revoked {} by {}.", ago(*at, now), who(by))
        }
        Reason::CutOff { level, at } => format!(
            "All tokens of the {} that were issued until {} were revoked.",
            level_name(*level),
            ago(at.plus_seconds(-1), now)
        ),
        Reason::Disabled { level } => format!("The {} is disabled.", level_name(*level)),
        Reason::Locked => "The user is locked.".to_owned(),
        Reason::Deleted { level } => format!("The {} was deleted.", level_name(*level)),
        Reason::KeyRevoked => {
            "The key that signed it is revoked as compromised, or is not ours.".to_owned()
        }
        Reason::WrongAudience => wrong_audience(explain, facts),
    }
}

/// What else operators have at hand that was made here, by how it begins.
const NO_TOKENS: [(&str, &str); 6] = [
    ("vac_", "an authorization code"),
    ("vcs_", "a client's secret"),
    ("vdc_", "a device code"),
    ("vit_", "an initial access token, with which clients are registered"),
    ("vrr_", "a registration access token, with which a client manages itself"),
    ("vss_", "a browser's session"),
];

fn malformed(text: &str) -> String {
    if let Some((_, what)) = NO_TOKENS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return format!("It begins as {what} does: nobody introspects those.");
    }
    if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return "It begins with the word Bearer: the token is what stands behind it.".to_owned();
    }
    if text.split('.').count() == 3 {
        return "It is no access token of ours. If it is a JWT, it may be an ID token, which \
                tells a client who signed in and is not introspected, or of a different issuer; \
                or it was cut short."
            .to_owned();
    }
    "The text is no token of ours: wrong prefix, length or checksum. Look for truncation, line \
     breaks or a different issuer. If it was an API token with a text of somebody's choice, it \
     is gone."
        .to_owned()
}

fn is_api_token(facts: &Facts) -> bool {
    facts.token.as_ref().is_some_and(|fact| kind(&fact.token) == "api_token")
}

fn unknown(token: &Secret, now: Time) -> String {
    match InHand::new(token.clone()).made_at() {
        Some(made_at) => format!(
            "It is well-formed and says that it was issued {}, but there is no such row: it \
             expired and was purged, or it is of another installation.",
            ago(made_at, now)
        ),
        None => "There is no such token: it was never issued or declared here, or it expired and \
                 was purged, or it was changed or deleted since."
            .to_owned(),
    }
}

fn wrong_audience(explain: &Explain, facts: &Facts) -> String {
    let audience = facts.token.as_ref().map(|fact| fact.token.audience.as_slice());
    let caller = explain.caller.as_deref().unwrap_or("the caller");
    match audience {
        None | Some([]) => format!(
            "{caller} may not know of it: the token has no audience (no resource was asked for), \
             and {caller} neither owns it nor may ask about the whole tenant."
        ),
        Some(audience) => {
            format!("{caller} may not know of it: the token is for {}.", audience.join(", "))
        }
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Tenant => "tenant",
        Level::Client => "client",
        Level::User => "user",
        Level::Family => "family",
    }
}

fn ago(at: Time, now: Time) -> String {
    let seconds = now.seconds() - at.seconds();
    let (amount, unit) = match seconds.abs() {
        s if s < 120 => (s, "s"),
        s if s < 7200 => (s / 60, "min"),
        s if s < 172_800 => (s / 3600, "h"),
        s => (s / 86_400, "d"),
    };
    if seconds < 0 { format!("in {amount} {unit}") } else { format!("{amount} {unit} ago") }
}
