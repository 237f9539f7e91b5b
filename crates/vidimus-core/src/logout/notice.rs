//! A notice in the outbox: who sends it next, and when. It is claimed before it is sent, so that of
//! many nodes one does, and until it is known to have arrived it is not forgotten.

use super::told_of;
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, TicketRef},
    model::{Notice, Ticket, TicketBody},
    outcome::{Change, Decision, Outcome},
    row_key::RowKey,
    time::Time,
    vault::Vault,
};

/// After the first try, the second, and so on; then always the last. The first is longer than a try
/// may take: whoever claims the notice again knows that the one before has given up.
const RETRY_SECONDS: [i64; 5] = [10, 30, 120, 600, 3600];

/// Takes a notice that is due, for one try.
pub struct ClaimNotice {
    pub ticket: RowKey,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The version that was made of it: who has this one sends it.
    Ours { version: i64 },
    /// Another node has it, or it is there no more.
    Theirs,
    /// Its client is gone or no longer wants to hear.
    Unwanted,
    /// It was tried long enough.
    GivenUp { client_id: String },
}

impl Operation for ClaimNotice {
    type Reply = Claimed;

    fn needs(&self, _: &Vault) -> Needs {
        Needs { tickets: vec![TicketRef::Key(self.ticket)], ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Claimed> {
        let tenant = tenant(facts)?;
        let Some((ticket, notice)) = stored(facts, self.ticket)? else {
            return Ok(Outcome::reply(Claimed::Theirs));
        };
        if ticket.due_at.is_none_or(|due| due > cx.now) {
            return Ok(Outcome::reply(Claimed::Theirs));
        }
        let dropped = Change::DeleteTicket { key: ticket.key, version: ticket.version };
        if ticket.expires_at <= cx.now {
            let client_id = notice.client_id.clone();
            return Ok(Outcome::reply(Claimed::GivenUp { client_id }).write(tenant.key(), dropped));
        }
        let Some((client, _)) = told_of(notice, facts)? else {
            return Ok(Outcome::reply(Claimed::Unwanted).write(tenant.key(), dropped));
        };
        // Published before anything that it signs is out.
        let (_, mut writes) = super::notify::signer(client, tenant, facts, cx)?;
        let next = claimed(ticket, notice, cx.now);
        let mut outcome = Outcome::reply(Claimed::Ours { version: next.version });
        outcome.writes.append(&mut writes);
        Ok(outcome.write(tenant.key(), Change::ReplaceTicket(next)))
    }
}

/// The notice as it is stored.
pub fn stored(
    facts: &Facts,
    key: RowKey,
) -> Result<Option<(&Ticket, &Notice)>, crate::outcome::Stop> {
    let Some(ticket) = facts.ticket(TicketRef::Key(key))? else { return Ok(None) };
    Ok(match &ticket.body {
        TicketBody::Notice(notice) => Some((ticket, notice)),
        _ => None,
    })
}

/// Due again as if this try had failed: so it is where nobody comes back to say.
fn claimed(ticket: &Ticket, notice: &Notice, now: Time) -> Ticket {
    let attempts = notice.attempts.saturating_add(1);
    let notice = Notice { attempts, ..notice.clone() };
    let due_at = Some(now.plus_seconds(retry_seconds(attempts)));
    Ticket { due_at, ..ticket.next(TicketBody::Notice(notice)) }
}

fn retry_seconds(attempts: u32) -> i64 {
    let [.., last] = RETRY_SECONDS;
    let before = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
    RETRY_SECONDS.get(before).copied().unwrap_or(last)
}
