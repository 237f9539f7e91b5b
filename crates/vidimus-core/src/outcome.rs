//! What a decision comes to: writes, a reply, and what the operator should hear of it.

use std::sync::Arc;

use crate::{
    error::{Cause, Fault, OAuthError},
    facts::{Needs, Space},
    introspect::Reason,
    model::{Family, Object, Revocation, Ticket, Token},
    row_key::RowKey,
    time::Time,
};

/// All writes or none are committed before the reply leaves.
#[derive(Debug)]
pub struct Outcome<R> {
    pub writes: Vec<Write>,
    /// A refusal is a reply too, and may carry writes.
    pub reply: Result<R, OAuthError>,
    pub events: Vec<Event>,
}

impl<R> Outcome<R> {
    pub const fn reply(reply: R) -> Self {
        Self { writes: Vec::new(), reply: Ok(reply), events: Vec::new() }
    }

    pub const fn refuse(error: OAuthError) -> Self {
        Self { writes: Vec::new(), reply: Err(error), events: Vec::new() }
    }

    pub fn write(mut self, tenant: RowKey, change: Change) -> Self {
        self.writes.push(Write { tenant, change });
        self
    }

    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

/// Why a decision stopped before its end. `?` on an [`OAuthError`] refuses.
#[derive(Debug)]
pub enum Stop {
    Refuse(OAuthError),
    /// A refusal that must be remembered: a replay refuses and revokes the family.
    RefuseAnd(Box<Refusal>),
    /// Ask again with these facts as well: one more turn of the loop.
    Need(Box<Needs>),
    Fault(Fault),
}

/// A refusal with what must be written for it.
#[derive(Debug)]
pub struct Refusal {
    pub error: OAuthError,
    pub writes: Vec<Write>,
    pub events: Vec<Event>,
}

impl Stop {
    /// A refusal is an outcome; what is left asks for facts or is a fault.
    ///
    /// # Errors
    /// This stop, where it is no refusal.
    pub fn refused<R>(self) -> Result<Outcome<R>, Self> {
        match self {
            Self::Refuse(error) => Ok(Outcome::refuse(error)),
            Self::RefuseAnd(refusal) => {
                let Refusal { error, writes, events } = *refusal;
                Ok(Outcome { writes, reply: Err(error), events })
            }
            other => Err(other),
        }
    }
}

impl From<OAuthError> for Stop {
    fn from(error: OAuthError) -> Self {
        Self::Refuse(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

pub type Decision<R> = Result<Outcome<R>, Stop>;

#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    pub tenant: RowKey,
    pub change: Change,
}

/// One change with the condition under which it may happen. Where the condition does not hold the
/// whole commit is a conflict, and the operation loads and decides again.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Insert, if no other object has the key or one of its unique names.
    Create(Arc<Object>),
    /// Replace, if the stored version is `object.version - 1`; names follow the new object.
    Replace(Arc<Object>),
    /// Delete with all its names, if the stored version is this one.
    Delete { key: RowKey, version: i64 },
    /// Insert, if the key is free.
    InsertToken(Token),
    /// Insert, if the key is free.
    InsertFamily(Family),
    /// If it exists and is not revoked yet.
    RevokeToken { key: RowKey, revocation: Revocation },
    /// If it exists and is not revoked yet.
    RevokeFamily { key: RowKey, revocation: Revocation },
    /// Revoke, where it exists and is not revoked yet; else nothing is to be done.
    CutFamily { key: RowKey, revocation: Revocation },
    /// The same of every authorization that the user has given the client by now.
    CutFamiliesOf { user: RowKey, client: RowKey, revocation: Revocation },
    /// Delete, if it exists; with what locates it.
    DeleteToken { key: RowKey },
    /// Point a digest at a token, if it points at `was` now (`None`: at nothing that is there).
    Locate { digest: [u8; 32], was: Option<RowKey>, token: RowKey, expires_at: Time },
    /// Insert, if the key and the alias are free.
    InsertTicket(Ticket),
    /// Replace, if the stored version is `ticket.version - 1`.
    ReplaceTicket(Ticket),
    /// Delete, if the stored version is this one.
    DeleteTicket { key: RowKey, version: i64 },
    /// Nothing changes: the others may, if the object is there.
    HoldObject { key: RowKey },
    /// Nothing changes: the others may, if the ticket is there.
    HoldTicket { key: RowKey },
    /// Find this client of the tenant at the root, if no other tenant's is found there by the id.
    ReachAtRoot { client_id: String },
    /// The opposite; nothing to do where it is not found there.
    LeaveRoot { client_id: String },
    /// Nothing changes: the others may, if no other tenant's client is found at the root by the id.
    HoldAtRoot { client_id: String },
    /// Nothing changes: the others may, if the tenant has fewer names than so many in a space.
    Room { space: Space, fewer_than: u64 },
    /// Put an entry of the audit trail at the end of its chain, whoever else does so at the same time.
    Link { entry: RowKey, digest: [u8; 32], expires_at: Time },
    /// Remember that the object was used at this moment, or later.
    Used { key: RowKey, at: Time },
    /// Remember a digest until `expires_at`, if nobody has before (RFC 7523 §3 item 7).
    Once { space: OnceSpace, digest: [u8; 32], expires_at: Time },
}

/// Which single-use fact a digest stands for. One space never answers for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum OnceSpace {
    /// `jti` of a client assertion.
    ClientAssertion = 1,
    /// `jti` of an assertion that is a grant (RFC 7523 §2.1).
    AssertionGrant = 2,
    /// Under which something was created, and with which body.
    IdempotencyKey = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    Done,
    /// A condition did not hold; nothing was written.
    Conflict,
}

/// For logs, metrics and the sandbox's request list; never for the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Introspected {
        caller: String,
        reason: Option<Reason>,
        /// Its row, where there is one.
        token: Option<RowKey>,
    },
    Issued {
        grant: &'static str,
        client_id: String,
        token: RowKey,
    },
    Revoked {
        caller: String,
        token: RowKey,
    },
    NotRevoked {
        caller: String,
        reason: Reason,
    },
    Administered {
        by: String,
        action: String,
    },
    KeyMade {
        kid: String,
    },
    /// Somebody who said to be a user is asked again. Nothing that was typed is told: a password may
    /// be among it, in the wrong field.
    SignInFailed {
        cause: Cause,
        client_id: Option<String>,
        /// As it is registered; none where nobody has such a name.
        username: Option<String>,
    },
    /// A `post_logout_redirect_uri` is not its client's: the user stays here.
    NotReturned {
        client_id: String,
        address: String,
    },
    Registered {
        client_id: String,
    },
    /// A rotated refresh token came again; its family is revoked.
    Reused {
        client_id: Option<String>,
        token: RowKey,
    },
}

/// A name's owner is one object, except where several may share it.
pub const fn is_unique(space: Space) -> bool {
    !matches!(space, Space::Audience | Space::ConsentOf)
}
