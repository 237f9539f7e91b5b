//! Sessions of operators: their text, how long they live, and which one a browser has.

use std::sync::Arc;

use super::Role;
use crate::{
    browser::{Browser, Cookie, Reach},
    context::Context,
    facts::{Facts, Space},
    model::{Named, OperatorSession, Tenant, Ticket, TicketBody, User},
    outcome::{Change, Stop, Write},
    secret::Secret,
    ticket,
    token_format::parse_ticket,
};

pub const COOKIE: &str = "vidimus-console";
pub const PREFIX: &str = "vos_";
pub const IDLE_SECONDS: i64 = 30 * 60;
pub const ABSOLUTE_SECONDS: i64 = 12 * 3600;
/// That it is used is written down once in so long.
const SEEN_SECONDS: i64 = 60;

/// A session that is good now.
pub struct Live<'a> {
    pub text: Secret,
    pub ticket: Arc<Ticket>,
    pub session: OperatorSession,
    pub user: Named<'a, User>,
    pub role: Role,
}

/// The user has just proven who it is. Whatever the browser had before ends.
pub fn begin(
    user: &User,
    key: crate::row_key::RowKey,
    before: Option<&Ticket>,
    tenant: Named<'_, Tenant>,
    cx: &mut Context<'_>,
) -> (Cookie, Vec<Write>) {
    let session = OperatorSession {
        user: key,
        username: user.username.clone(),
        authenticated_at: cx.now,
        seen_at: cx.now,
        ends_at: cx.now.plus_seconds(ABSOLUTE_SECONDS),
    };
    let body = TicketBody::Operator(session);
    let (text, ticket) = ticket::mint(PREFIX, tenant, cx.now.plus_seconds(IDLE_SECONDS), body, cx);
    let write = |change| Write { tenant: tenant.key(), change };
    let mut writes = vec![write(Change::InsertTicket(ticket))];
    writes.extend(before.map(|ticket| write(end(ticket))));
    (cookie(text), writes)
}

pub const fn end(ticket: &Ticket) -> Change {
    Change::DeleteTicket { key: ticket.key, version: ticket.version }
}

/// Gone where the text is empty.
pub fn cookie(text: Secret) -> Cookie {
    Cookie { name: COOKIE.to_owned(), value: text, max_age_seconds: None, reach: Reach::Alone }
}

/// Its text, its row, and what that says.
type Held<'a> = (Secret, &'a Arc<Ticket>, &'a OperatorSession);

/// The browser's, whoever it is of and whatever that one may do.
pub fn held<'a>(
    browser: &Browser,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Option<Held<'a>>, Stop> {
    let Some(text) = browser.cookie(COOKIE) else { return Ok(None) };
    let key = parse_ticket(PREFIX, text.expose());
    let found = ticket::held(text.expose(), key, tenant, facts, cx)?;
    Ok(found.and_then(|ticket| match &ticket.body {
        TicketBody::Operator(session) => Some((text.clone(), ticket, session)),
        _ => None,
    }))
}

/// The same, where it is good now and its user may still use the console.
pub fn live<'a>(
    browser: &Browser,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Option<Live<'a>>, Stop> {
    let Some((text, ticket, session)) = held(browser, tenant, facts, cx)? else {
        return Ok(None);
    };
    if cx.now >= ticket.expires_at || cx.now >= session.ends_at {
        return Ok(None);
    }
    facts.look(Space::User, &session.username)?;
    let is_cut_off = |standing: crate::model::Standing| {
        standing.disabled || standing.cuts_off(session.authenticated_at)
    };
    let user = facts.user(&session.username).filter(|user| {
        user.key() == session.user
            && !user.is_inactive()
            && !is_cut_off(user.standing())
            && !is_cut_off(tenant.standing())
    });
    Ok(user.and_then(|user| {
        let role = Role::of(user.body)?;
        Some(Live { text, ticket: Arc::clone(ticket), session: session.clone(), user, role })
    }))
}

impl Live<'_> {
    /// That it is used now; `None` where that is written down already.
    pub fn touch(&self, cx: &Context<'_>) -> Option<Change> {
        if cx.now < self.session.seen_at.plus_seconds(SEEN_SECONDS) {
            return None;
        }
        let session = OperatorSession { seen_at: cx.now, ..self.session.clone() };
        let expires_at = cx.now.plus_seconds(IDLE_SECONDS).min(session.ends_at);
        let next = self.ticket.next(TicketBody::Operator(session));
        Some(Change::ReplaceTicket(Ticket { expires_at, ..next }))
    }
}
