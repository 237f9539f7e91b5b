//! The code that a user's browser brought (RFC 6749 §4.1.3): exchanged once, by the client it was given
//! to, with what proves the request to be its own (RFC 7636 §4.6). A second try costs what the first one
//! gave.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Asked, Continues, Grant, GrantRequest, Granted};
use crate::{
    consent,
    context::Context,
    error::{Cause, OAuthError},
    facts::{Needs, Space, TicketRef},
    limits::CODE_REMEMBERED_SECONDS,
    model::{
        Client, Code, Consent, Family, Named, Revocation, RevokedBy, Ticket, TicketBody, User,
    },
    outcome::{Change, Event, Refusal, Stop, Write},
    redirect_uri,
    row_key::RowKey,
    scope::{OFFLINE_ACCESS, Scope},
    secret::same,
    ticket,
    token_format::parse_code,
    vault::{Vault, sha256},
};

pub const GRANT: Grant = Grant {
    name: "authorization_code",
    is_on: |_| true,
    allows_public: true,
    assertion: None,
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, mut needs: Needs, _: &Vault) -> Needs {
    let key = asked.form.get("code").and_then(parse_code);
    needs.tickets.extend(key.map(TicketRef::Key));
    needs
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    // No request of the client's own can have had it, whatever the code.
    let sent = request.form.get("redirect_uri");
    if sent.is_some_and(|uri| !redirect_uri::matches(&client.metadata.redirect_uris, uri)) {
        return Err(mismatch().into());
    }
    let (ticket, code) = held(request, cx)?;
    // Whatever is not the caller's own stays as it is: nobody can use it up for somebody else.
    if code.client != client.key() {
        return Err(unknown("the code is another client's").into());
    }
    if code.is_redeemed {
        return Err(reused(request, ticket, code, cx));
    }
    if cx.now >= ticket.expires_at {
        return Err(unknown("the code has expired").into());
    }
    check_redirect_uri(request, code)?;
    check_verifier(request, code)?;
    let user = approver(request, client, ticket, code)?;
    let tenant = request.tenant.key();
    let redeemed = Code { is_redeemed: true, ..code.clone() };
    let next = Ticket {
        expires_at: cx.now.plus_seconds(CODE_REMEMBERED_SECONDS),
        ..ticket.next(TicketBody::Code(Box::new(redeemed)))
    };
    let family = Family {
        key: code.family,
        client: Some(client.key()),
        user: Some(user.key()),
        expires_at: cx.now.expiry(request.tenant.policy.authorization_ttl_seconds),
        revocation: None,
        authentication: Some(Arc::new(code.authentication.clone())),
    };
    let mut writes = vec![Write { tenant, change: Change::ReplaceTicket(next) }];
    // Whoever signs out or takes the consent back meanwhile does not know of the family that begins
    // here.
    let session = code.authentication.session.filter(|_| !is_offline(code));
    writes.extend(session.map(|key| Write { tenant, change: Change::HoldTicket { key } }));
    writes.extend(consent::hold(client, user, request.facts)?);
    let granted = Scope::stored(&code.scope).within(&Scope::stored(&client.metadata.scope));
    Ok(Granted {
        user: Some(user),
        audience: Some(code.audience.clone()).filter(|audience| !audience.is_empty()),
        continues: Continues::Begun { family, is_stored: code.family_is_stored },
        nonce: code.nonce.clone(),
        writes,
        ..Granted::of(granted)
    })
}

/// The code whose very text was presented.
fn held<'a>(request: &GrantRequest<'a>, cx: &Context<'_>) -> Result<(&'a Ticket, &'a Code), Stop> {
    let text = request.form.require("code")?.expose();
    let none = || unknown("there is no such code");
    let ticket = ticket::held(text, parse_code(text), request.tenant, request.facts, cx)?;
    let ticket = ticket.ok_or_else(none)?;
    Ok((ticket, ticket.code().ok_or_else(none)?))
}

/// Two hold the code, and nobody can tell who may.
fn reused(request: &GrantRequest<'_>, ticket: &Ticket, code: &Code, cx: &Context<'_>) -> Stop {
    let what = "The authorization code was used before.";
    let revocation = Revocation { at: cx.now, by: RevokedBy::Reuse };
    let change = Change::CutFamily { key: code.family, revocation };
    let client_id = request.client.map(|client| client.id().to_owned());
    Stop::RefuseAnd(Box::new(Refusal {
        error: OAuthError::invalid_grant(Cause::CodeReused, what),
        writes: vec![Write { tenant: request.tenant.key(), change }],
        events: vec![Event::Reused { client_id, token: ticket.key }],
    }))
}

/// The very one of the request; where that left it out, it may be left out here as well.
fn check_redirect_uri(request: &GrantRequest<'_>, code: &Code) -> Result<(), OAuthError> {
    match (&code.redirect_uri, request.form.get("redirect_uri")) {
        (Some(wanted), Some(sent)) if wanted == sent => Ok(()),
        (None, None) => Ok(()),
        (None, Some(sent)) if request.client()?.metadata.redirect_uris == [sent] => Ok(()),
        _ => Err(mismatch()),
    }
}

fn mismatch() -> OAuthError {
    let what = "The redirect_uri is not the one of the authorization request.";
    OAuthError::invalid_grant(Cause::RedirectUriMismatch, what)
}

fn check_verifier(request: &GrantRequest<'_>, code: &Code) -> Result<(), OAuthError> {
    let sent = request.form.get("code_verifier");
    let (Some(challenge), Some(verifier)) = (&code.challenge, sent) else {
        // A verifier without a challenge is a request whose challenge somebody took away.
        return match (&code.challenge, sent) {
            (None, None) => Ok(()),
            (Some(_), _) => {
                let what = "The code_verifier is missing.";
                Err(OAuthError::invalid_grant(Cause::CodeVerifierMissing, what))
            }
            (None, Some(_)) => Err(wrong_verifier()),
        };
    };
    let is_unreserved = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
    let is_verifier = (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved);
    let made = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
    if is_verifier && same(made.as_bytes(), challenge.as_bytes()) {
        return Ok(());
    }
    Err(wrong_verifier())
}

fn wrong_verifier() -> OAuthError {
    OAuthError::invalid_grant(Cause::CodeVerifier, "The code_verifier does not match.")
}

/// The user who approved, if nothing has cut that off since: the user, the session, the consent.
fn approver<'a>(
    request: &GrantRequest<'a>,
    client: Named<'_, Client>,
    ticket: &Ticket,
    code: &Code,
) -> Result<Named<'a, User>, Stop> {
    let facts = request.facts;
    let session = code.authentication.session.map(TicketRef::Key);
    let mut needs = Needs::default()
        .object(Space::User, &code.username)
        .object(Space::Consent, Consent::id_of(client.key(), code.user));
    needs.tickets.extend(session);
    facts.known(needs)?;
    let user = facts.user(&code.username).filter(|user| user.key() == code.user);
    let user = user.ok_or_else(|| unknown("the user is deleted"))?;
    if user.is_inactive() {
        return Err(unknown("the user is locked or disabled").caused(Cause::InactiveUser).into());
    }
    let given_at = ticket.key.made_at();
    let standings = [request.tenant.standing(), client.standing(), user.standing()];
    if standings.iter().any(|standing| standing.cuts_off(given_at)) {
        return Err(unknown("what was approved before is cut off").into());
    }
    if let Some(session) = session.filter(|_| !is_offline(code))
        && !facts.ticket(session)?.is_some_and(|ticket| knows(ticket, code.family))
    {
        return Err(unknown("the user has signed out").into());
    }
    if !consent::allows(client, user, facts)? {
        return Err(unknown("the user has taken the consent back").into());
    }
    Ok(user)
}

/// Whether the authorization that begins here would end with the session.
fn knows(session: &Ticket, family: RowKey) -> bool {
    let clients = session.session().map_or(&[][..], |session| &session.clients);
    clients.iter().any(|into| into.families.contains(&family))
}

/// It goes on in the user's absence.
fn is_offline(code: &Code) -> bool {
    Scope::stored(&code.scope).contains(OFFLINE_ACCESS)
}

fn unknown(why: &'static str) -> OAuthError {
    let what = "The authorization code is not valid.";
    OAuthError::invalid_grant(Cause::CodeUnknown, what).because(why)
}
