//! What a decision must know, as plain data, and the same fields filled in.

mod ask;

use std::{collections::HashMap, sync::Arc};

use crate::{
    errand::{Done, Errand},
    error::Fault,
    model::{Body, Client, Family, Named, Object, Tenant, Ticket, Token, User},
    outcome::{OnceSpace, Stop},
    row_key::RowKey,
};

/// Which tenant a request is for. The store resolves it in the same round trip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TenantRef {
    Id(String),
    /// A path prefix that belongs to the tenant, `/customers`.
    Path(String),
    Host(String),
    /// The row key of the tenant in decimal: ids made of it name the tenant.
    Key(String),
    /// The tenant whose client is found by this id at the root; else the default tenant.
    OfClient(String),
}

impl TenantRef {
    pub const DEFAULT_ID: &str = "default";

    pub fn default_tenant() -> Self {
        Self::Id(Self::DEFAULT_ID.to_owned())
    }

    pub fn of_key(key: RowKey) -> Self {
        Self::Key(key.0.to_string())
    }

    /// Where a tenant's own name is looked for; of [`Self::OfClient`] that is the default tenant,
    /// unless the id is a client's that is reachable at the root.
    pub const fn space(&self) -> Space {
        match self {
            Self::Id(_) | Self::OfClient(_) => Space::Tenant,
            Self::Path(_) => Space::TenantPath,
            Self::Host(_) => Space::TenantHost,
            Self::Key(_) => Space::TenantKey,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Id(name) | Self::Path(name) | Self::Host(name) | Self::Key(name) => name,
            Self::OfClient(_) => Self::DEFAULT_ID,
        }
    }

    /// The client that may be reachable at the root.
    pub fn client_at_root(&self) -> Option<&str> {
        match self {
            Self::OfClient(client_id) => Some(client_id),
            Self::Id(_) | Self::Path(_) | Self::Host(_) | Self::Key(_) => None,
        }
    }
}

/// A space of names within a tenant (the tenant spaces: within [`RowKey::ROOT`]). Stored as the
/// number; numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum Space {
    Tenant = 1,
    TenantPath = 2,
    TenantHost = 3,
    /// Clients and resource servers: their ids are unique together.
    Caller = 4,
    User = 5,
    /// Of resource servers; several may share one.
    Audience = 6,
    SigningKey = 7,
    /// `ES256#2`: the second key of an algorithm; makes two nodes agree on one successor.
    SigningKeySlot = 8,
    /// RFC 7523 grants signed by somebody else: the issuer's identifier.
    TrustedIssuer = 9,
    RegistrationToken = 10,
    /// The same by the keyed digest of its text.
    RegistrationTokenDigest = 11,
    /// Of every tenant, its row key in decimal.
    TenantKey = 12,
    /// `{client}.{user}`, both row keys in decimal.
    Consent = 13,
    /// Clients that registered themselves, by their id; counted against the tenant's cap.
    Registered = 14,
    ApiToken = 15,
    /// The same by the keyed digest of what they sent, where that makes them the same client.
    RegisteredDigest = 16,
    /// Of consents, their user's row key in decimal; several may share one.
    ConsentOf = 17,
    /// The audit trail of all tenants, within [`RowKey::ROOT`]; the newest first.
    Audit = 18,
    /// The same by [`crate::model::AuditEntry::name_in_tenant`].
    AuditOf = 19,
}

/// A stored token, by what its text tells of where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRef {
    /// The row key that the text carries.
    Key(RowKey),
    /// The keyed digest of a text that carries none, [`crate::vault::Vault::locator`].
    Digest([u8; 32]),
}

/// A stored ticket, by the row key its text carries or by the keyed digest of its alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TicketRef {
    Key(RowKey),
    Alias([u8; 32]),
}

/// Rows, all nameable from the request. An empty need costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Objects of the tenant by name.
    pub objects: Vec<(Space, String)>,
    pub token: Option<TokenRef>,
    /// The access token a caller authenticates with.
    pub bearer: Option<TokenRef>,
    pub tickets: Vec<TicketRef>,
    /// The sessions of this user, wherever they are; the newest [`crate::limits::LISTED_MAX`] of them.
    pub sessions_of: Option<RowKey>,
    /// The same of the user's authorizations that stand.
    pub families_of: Option<RowKey>,
    /// Further tokens, of which only the row and what it hangs on count.
    pub further: Vec<TokenRef>,
    pub once: Vec<(OnceSpace, [u8; 32])>,
    /// How many names there are in a space.
    pub count: Option<Space>,
    /// All objects of a space; for the few signing keys, and for `apply`.
    pub whole: Vec<Space>,
    /// Slow things outside the store.
    pub errands: Vec<Errand>,
    /// The same of further tenants, for operations over several of them (`apply`).
    pub others: Vec<(TenantRef, Needs)>,
}

impl Needs {
    pub fn object(mut self, space: Space, name: impl Into<String>) -> Self {
        self.objects.push((space, name.into()));
        self
    }

    pub fn errand(errand: Errand) -> Self {
        Self { errands: vec![errand], ..Self::default() }
    }

    /// Whether the store is asked for anything; errands are not its business.
    pub const fn has_rows(&self) -> bool {
        let Self {
            objects,
            token,
            bearer,
            tickets,
            sessions_of,
            families_of,
            further,
            once,
            count,
            whole,
            errands: _,
            others,
        } = self;
        !objects.is_empty()
            || token.is_some()
            || bearer.is_some()
            || !tickets.is_empty()
            || sessions_of.is_some()
            || families_of.is_some()
            || !further.is_empty()
            || !once.is_empty()
            || count.is_some()
            || !whole.is_empty()
            || !others.is_empty()
    }

    pub fn whole(space: Space) -> Self {
        Self { whole: vec![space], ..Self::default() }
    }
}

/// The answer to [`Needs`], field by field.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `None`: there is no such tenant, and no other field is filled.
    pub tenant: Option<Arc<Object>>,
    /// In the order asked; an audience may have several objects.
    pub objects: Vec<(Space, String, Arc<Object>)>,
    /// The names that were looked for, found or not.
    pub asked: Vec<(Space, String)>,
    /// Rows are boxed: facts move often, and most have one row or none.
    pub token: Option<Box<TokenFact>>,
    /// The token's row belongs to another tenant; nothing more is told of it.
    pub token_elsewhere: bool,
    pub bearer: Option<Box<TokenFact>>,
    /// In the order asked; with or without an answer.
    pub tickets: Vec<(TicketRef, Option<Arc<Ticket>>)>,
    pub sessions_of: Option<(RowKey, Vec<Arc<Ticket>>)>,
    pub families_of: Option<(RowKey, Vec<Family>)>,
    /// In the order asked.
    pub further: Vec<(TokenRef, Option<TokenFact>)>,
    /// What of that asked for was used.
    pub once: Vec<(OnceSpace, [u8; 32])>,
    pub count: Option<u64>,
    /// The spaces asked for whole, each with all its objects.
    pub whole: Vec<(Space, Vec<Arc<Object>>)>,
    pub errands: HashMap<Errand, Done>,
    pub others: Vec<Facts>,
}

/// A token with what its validity hangs on. `None` of a member that the token names: it is deleted.
#[derive(Clone, Debug)]
pub struct TokenFact {
    /// Shared with a store that keeps it at hand.
    pub token: Arc<Token>,
    pub client: Option<Arc<Object>>,
    pub user: Option<Arc<Object>>,
    pub family: Option<Arc<Family>>,
}

impl Facts {
    /// Adds what a further turn loaded. The first answer to a question stays.
    pub fn absorb(&mut self, more: Self) {
        self.objects.extend(more.objects);
        self.asked.extend(more.asked);
        self.token = self.token.take().or(more.token);
        self.bearer = self.bearer.take().or(more.bearer);
        self.token_elsewhere |= more.token_elsewhere;
        self.tickets.extend(more.tickets);
        self.sessions_of = self.sessions_of.take().or(more.sessions_of);
        self.families_of = self.families_of.take().or(more.families_of);
        self.further.extend(more.further);
        self.once.extend(more.once);
        self.count = self.count.or(more.count);
        self.whole.extend(more.whole);
        for (errand, done) in more.errands {
            self.errands.entry(errand).or_insert(done);
        }
        self.others.extend(more.others);
    }

    pub fn tenant(&self) -> Option<Named<'_, Tenant>> {
        Named::of(self.tenant.as_ref()?)
    }

    /// Every object that was loaded, of whatever tenant.
    pub fn each_object<'a>(&'a self, seen: &mut impl FnMut(&'a Arc<Object>)) {
        self.tenant.iter().for_each(&mut *seen);
        self.objects.iter().for_each(|(_, _, object)| seen(object));
        self.whole.iter().flat_map(|(_, objects)| objects).for_each(&mut *seen);
        for token in self.token.iter().chain(&self.bearer) {
            token.client.iter().chain(&token.user).for_each(&mut *seen);
        }
        self.others.iter().for_each(|other| other.each_object(seen));
    }

    /// Whether both were loaded of one tenant, or of none.
    pub fn is_of_tenant_of(&self, other: &Self) -> bool {
        let key = |facts: &Self| facts.tenant.as_ref().map(|tenant| tenant.key);
        key(self) == key(other)
    }
}

/// An errand came back with another errand's result: ours to answer for, not the client's.
pub fn mismatch(done: &Done) -> Stop {
    Stop::Fault(Fault::Corrupt(format!("errand answered {done:?}")))
}

impl TokenFact {
    pub fn client(&self) -> Option<Named<'_, Client>> {
        Named::of(self.client.as_ref()?)
    }

    pub fn user(&self) -> Option<Named<'_, User>> {
        Named::of(self.user.as_ref()?)
    }
}

/// Every typed view of an object goes through its body's kind.
pub trait InBody: Sized {
    fn of(body: &Body) -> Option<&Self>;
}
