//! The device grant (RFC 8628 §3.4): a device asks until its user has answered elsewhere.

use std::sync::Arc;

use super::{Asked, Continues, Grant, GrantRequest, Granted};
use crate::{
    consent::{self, Wish},
    context::Context,
    device::{GRANT_TYPE, INTERVAL_SECONDS, PREFIX},
    error::{Cause, ErrorCode, OAuthError},
    facts::{Needs, Space, TicketRef},
    model::{
        Authentication, Client, Consent, DeviceState, Family, Named, Ticket, TicketBody, User,
    },
    outcome::{Change, Refusal, Stop, Write},
    row_key::RowKey,
    scope::Scope,
    ticket,
    token_format::parse_ticket,
    vault::Vault,
};

pub const GRANT: Grant = Grant {
    name: GRANT_TYPE,
    is_on: |_| true,
    allows_public: true,
    assertion: None,
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, mut needs: Needs, _: &Vault) -> Needs {
    let key = asked.form.get("device_code").and_then(|text| parse_ticket(PREFIX, text));
    needs.tickets.extend(key.map(TicketRef::Key));
    needs
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let ticket = held(request, cx)?;
    let TicketBody::Device { client: of, scope, audience, state, .. } = &ticket.body else {
        return Err(unknown("it is no device code").into());
    };
    if *of != client.key() {
        return Err(unknown("the device code is another client's").into());
    }
    if cx.now >= ticket.expires_at || *state == DeviceState::Redeemed {
        let what = "The device code has expired or was used.";
        return Err(OAuthError::new(ErrorCode::ExpiredToken, what).into());
    }
    let (user, username, authentication) = match state {
        DeviceState::Pending => return Err(wait(request, ticket, cx)),
        DeviceState::Denied | DeviceState::Redeemed => return Err(denied("the user denied it")),
        DeviceState::Approved { user, username, authentication } => {
            (*user, username, authentication)
        }
    };
    let user = approver(user, username, ticket, client, request)?;
    let tenant = request.tenant.key();
    let approved = Scope::stored(scope);
    let mut writes = vec![Write { tenant, change: moved_on(ticket, DeviceState::Redeemed) }];
    let wish = Wish { scope: approved.clone(), audience: audience.clone(), ..Wish::default() };
    writes.extend(consent::remember(client, user, &wish, request.facts, cx)?);
    Ok(Granted {
        user: Some(user),
        audience: (!audience.is_empty()).then(|| audience.clone()),
        continues: continued(authentication.as_deref(), client, user, request, cx),
        writes,
        ..Granted::of(approved.within(&Scope::stored(&client.metadata.scope)))
    })
}

/// What the user has allowed ends where that is taken back; an administrator's word does not.
fn continued<'a>(
    authentication: Option<&Authentication>,
    client: Named<'_, Client>,
    user: Named<'_, User>,
    request: &GrantRequest<'_>,
    cx: &mut Context<'_>,
) -> Continues<'a> {
    let Some(authentication) = authentication else { return Continues::Anew };
    let family = Family {
        key: RowKey::draw(cx.now, cx.entropy),
        client: Some(client.key()),
        user: Some(user.key()),
        expires_at: cx.now.expiry(request.tenant.policy.authorization_ttl_seconds),
        revocation: None,
        authentication: Some(Arc::new(authentication.clone())),
    };
    Continues::Begun { family, is_stored: false }
}

/// The ticket whose very text was presented.
fn held<'a>(request: &GrantRequest<'a>, cx: &Context<'_>) -> Result<&'a Ticket, Stop> {
    let text = request.form.require("device_code")?.expose();
    let key = parse_ticket(PREFIX, text);
    let ticket = ticket::held(text, key, request.tenant, request.facts, cx)?;
    Ok(ticket.ok_or_else(|| unknown("there is no such device code"))?)
}

/// Not answered yet. Who asks too soon must wait longer from then on (RFC 8628 §3.5).
fn wait(request: &GrantRequest<'_>, ticket: &Ticket, cx: &Context<'_>) -> Stop {
    let mut next = Ticket { version: ticket.version + 1, ..ticket.clone() };
    let TicketBody::Device { next_poll, interval_seconds, .. } = &mut next.body else {
        return unknown("it is no device code").into();
    };
    let error = if cx.now < *next_poll {
        *interval_seconds = interval_seconds.saturating_add(INTERVAL_SECONDS);
        OAuthError::new(ErrorCode::SlowDown, "The device asks too often.")
    } else {
        let what = "The user has not answered yet.";
        OAuthError::new(ErrorCode::AuthorizationPending, what)
    };
    *next_poll = cx.now.plus_seconds(*interval_seconds);
    let tenant = request.tenant.key();
    let writes = vec![Write { tenant, change: Change::ReplaceTicket(next) }];
    Stop::RefuseAnd(Box::new(Refusal { error, writes, events: Vec::new() }))
}

/// The user who approved, if nothing has cut off what was approved before.
fn approver<'a>(
    key: RowKey,
    username: &str,
    ticket: &Ticket,
    client: Named<'_, Client>,
    request: &GrantRequest<'a>,
) -> Result<Named<'a, User>, Stop> {
    let facts = request.facts;
    facts.known(
        Needs::default()
            .object(Space::User, username)
            .object(Space::Consent, Consent::id_of(client.key(), key)),
    )?;
    let user = facts.user(username).filter(|user| user.key() == key);
    let user = user.ok_or_else(|| denied("the user is deleted"))?;
    if user.is_inactive() {
        return Err(denied("the user is locked or disabled"));
    }
    let asked_at = ticket.key.made_at();
    let standings = [request.tenant.standing(), client.standing(), user.standing()];
    if standings.iter().any(|standing| standing.cuts_off(asked_at)) {
        return Err(denied("what was approved before is cut off"));
    }
    Ok(user)
}

/// The ticket in its next state, on condition that it is still in this one.
pub fn moved_on(ticket: &Ticket, to: DeviceState) -> Change {
    let mut next = Ticket { version: ticket.version + 1, ..ticket.clone() };
    if let TicketBody::Device { state, .. } = &mut next.body {
        *state = to;
    }
    Change::ReplaceTicket(next)
}

fn denied(why: &'static str) -> Stop {
    OAuthError::new(ErrorCode::AccessDenied, "The user denied the request.").because(why).into()
}

fn unknown(why: &'static str) -> OAuthError {
    OAuthError::invalid_grant(Cause::DeviceUnknown, "The device code is not valid.").because(why)
}

#[cfg(test)]
mod tests;
