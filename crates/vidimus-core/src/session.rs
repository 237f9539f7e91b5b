//! Sessions of users at browsers (OpenID Connect Core §3.1.2.3): who is signed in, since when, and until
//! when. A handle is good at the tenant that gave it, as long as its text is the stored one.

mod binding;
mod handles;

pub use binding::{Bound, bound, check_csrf, csrf};
pub use handles::{Begun, begin, cookies, replaced, state};

use std::sync::Arc;

use serde_json::Value;

use crate::{
    browser::Browser,
    claims,
    context::Context,
    facts::{Facts, Needs, Space, TicketRef},
    model::{Named, Session, Standing, Tenant, Ticket, User},
    outcome::Stop,
    row_key::RowKey,
    secret::Secret,
    ticket,
    time::Time,
    token_format::parse_ticket,
};

/// Of handles.
pub const PREFIX: &str = "vss_";
/// Accounts of one browser at one tenant.
pub const ACCOUNTS_MAX: usize = 5;
/// That it is used is written down once in so long.
const SEEN_SECONDS: i64 = 60;

/// A session that is good now, with its user.
#[derive(Clone)]
pub struct Live<'a> {
    pub handle: Secret,
    pub ticket: Arc<Ticket>,
    pub session: Session,
    pub user: Named<'a, User>,
}

pub fn cookie_name(tenant: Named<'_, Tenant>) -> String {
    format!("vidimus-session-{}", tenant.key().to_text())
}

/// Every live session of the browser, the current one first.
pub fn all<'a>(
    browser: &Browser,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Vec<Live<'a>>, Stop> {
    let Some(cookie) = browser.cookie(&cookie_name(tenant)) else { return Ok(Vec::new()) };
    let texts = cookie.expose().split('~').take(ACCOUNTS_MAX);
    let handles: Vec<(&str, Option<RowKey>)> =
        texts.map(|text| (text, parse_ticket(PREFIX, text))).collect();
    let tickets = handles.iter().filter_map(|(_, key)| key.map(TicketRef::Key)).collect();
    facts.known(Needs { tickets, ..Needs::default() })?;
    let mut found = Vec::new();
    for (text, key) in handles {
        if let Some(ticket) = ticket::held(text, key, tenant, facts, cx)?
            && let Some(session) = lasting(ticket, cx.now)
        {
            found.push((Secret::new(text), ticket, session));
        }
    }
    let needs = found
        .iter()
        .fold(Needs::default(), |needs, (.., s)| needs.object(Space::User, &s.username));
    facts.known(needs)?;
    let live = found.into_iter().filter_map(|(handle, ticket, session)| {
        let user = facts.user(&session.username).filter(|user| stands(session, *user, tenant))?;
        Some(Live { handle, ticket: Arc::clone(ticket), session: session.clone(), user })
    });
    Ok(live.collect())
}

/// The session of the row, if its time is not over.
pub fn lasting(ticket: &Ticket, now: Time) -> Option<&Session> {
    ticket.session().filter(|session| now < ticket.expires_at && now < session.ends_at)
}

/// Whatever cuts off tokens cuts off sessions.
pub fn stands(session: &Session, user: Named<'_, User>, tenant: Named<'_, Tenant>) -> bool {
    let is_cut_off = |standing: Standing| standing.cuts_off(session.authenticated_at);
    user.key() == session.user
        && !user.is_inactive()
        && !tenant.standing().disabled
        && !is_cut_off(tenant.standing())
        && !is_cut_off(user.standing())
}

impl Live<'_> {
    /// What the user is called, beside the name to sign in with.
    pub fn name(&self) -> Option<String> {
        claims::all(self.user.body).get("name").and_then(Value::as_str).map(str::to_owned)
    }

    /// Its row as it is after this use.
    pub fn used(&self, tenant: Named<'_, Tenant>, cx: &Context<'_>) -> Ticket {
        handles::used(&self.ticket, self.session.clone(), tenant, cx)
    }

    /// The same; `None` where that is written down already.
    pub fn touched(&self, tenant: Named<'_, Tenant>, cx: &Context<'_>) -> Option<Ticket> {
        let due = cx.now >= self.session.seen_at.plus_seconds(SEEN_SECONDS);
        due.then(|| self.used(tenant, cx))
    }
}
