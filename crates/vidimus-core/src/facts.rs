//! What a decision must know, as plain data, and the same fields filled in.

use std::{collections::HashMap, sync::Arc};

use crate::{
    errand::{Done, Errand},
    error::Fault,
    model::{Body, Client, Family, Named, Object, ResourceServer, SigningKey, Tenant, Token, User},
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
}

impl TenantRef {
    pub const DEFAULT_ID: &str = "default";

    pub fn default_tenant() -> Self {
        Self::Id(Self::DEFAULT_ID.to_owned())
    }

    pub const fn space(&self) -> Space {
        match self {
            Self::Id(_) => Space::Tenant,
            Self::Path(_) => Space::TenantPath,
            Self::Host(_) => Space::TenantHost,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Id(name) | Self::Path(name) | Self::Host(name) => name,
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
}

/// A stored token, by the row key that it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenRef(pub RowKey);

/// Rows, all nameable from the request. An empty need costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Objects of the tenant by name.
    pub objects: Vec<(Space, String)>,
    pub token: Option<TokenRef>,
    /// The access token a caller authenticates with.
    pub bearer: Option<TokenRef>,
    pub once: Option<(OnceSpace, [u8; 32])>,
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
        let Self { objects, token, bearer, once, whole, errands: _, others } = self;
        !objects.is_empty()
            || token.is_some()
            || bearer.is_some()
            || once.is_some()
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
    pub token: Option<TokenFact>,
    /// The token's row belongs to another tenant; nothing more is told of it.
    pub token_elsewhere: bool,
    pub bearer: Option<TokenFact>,
    pub once_used: bool,
    /// The spaces asked for whole, each with all its objects.
    pub whole: Vec<(Space, Vec<Arc<Object>>)>,
    pub errands: HashMap<Errand, Done>,
    pub others: Vec<Facts>,
}

/// A token with what its validity hangs on. `None` of a member that the token names: it is deleted.
#[derive(Clone, Debug)]
pub struct TokenFact {
    pub token: Token,
    pub client: Option<Arc<Object>>,
    pub user: Option<Arc<Object>>,
    pub family: Option<Family>,
}

impl Facts {
    /// Adds what a further turn loaded. The first answer to a question stays.
    pub fn absorb(&mut self, more: Self) {
        self.objects.extend(more.objects);
        self.token = self.token.take().or(more.token);
        self.bearer = self.bearer.take().or(more.bearer);
        self.token_elsewhere |= more.token_elsewhere;
        self.once_used |= more.once_used;
        self.whole.extend(more.whole);
        for (errand, done) in more.errands {
            self.errands.entry(errand).or_insert(done);
        }
        self.others.extend(more.others);
    }

    pub fn tenant(&self) -> Option<Named<'_, Tenant>> {
        Named::of(self.tenant.as_ref()?)
    }

    pub fn find(&self, space: Space, name: &str) -> Option<&Arc<Object>> {
        self.objects.iter().find(|(s, n, _)| *s == space && n == name).map(|(_, _, object)| object)
    }

    pub fn client(&self, client_id: &str) -> Option<Named<'_, Client>> {
        Named::of(self.find(Space::Caller, client_id)?)
    }

    pub fn resource_server(&self, id: &str) -> Option<Named<'_, ResourceServer>> {
        Named::of(self.find(Space::Caller, id)?)
    }

    pub fn user(&self, username: &str) -> Option<Named<'_, User>> {
        Named::of(self.find(Space::User, username)?)
    }

    /// The tenant's signing keys, or the need for them.
    pub fn signing_keys(&self) -> Result<Vec<Named<'_, SigningKey>>, Stop> {
        match self.whole.iter().find(|(space, _)| *space == Space::SigningKey) {
            Some((_, keys)) => Ok(keys.iter().filter_map(Named::of).collect()),
            None => Err(Stop::Need(Box::new(Needs::whole(Space::SigningKey)))),
        }
    }

    pub fn signing_key(&self, kid: &str) -> Option<Named<'_, SigningKey>> {
        Named::of(self.find(Space::SigningKey, kid)?)
    }

    /// The result of an errand, or the need for it.
    pub fn errand(&self, errand: Errand) -> Result<&Done, Stop> {
        match self.errands.get(&errand) {
            Some(done) => Ok(done),
            None => Err(Stop::Need(Box::new(Needs::errand(errand)))),
        }
    }

    /// Whether a secret matches an argon2id string; needs the errand first.
    pub fn verified(
        &self,
        phc: &Arc<str>,
        presented: &crate::secret::Secret,
    ) -> Result<bool, Stop> {
        let errand = Errand::VerifySecret { phc: Arc::clone(phc), presented: presented.clone() };
        match self.errand(errand)? {
            Done::Verified(matches) => Ok(*matches),
            other => Err(mismatch(other)),
        }
    }

    pub fn hashed(&self, chosen: &crate::secret::Secret) -> Result<Arc<str>, Stop> {
        match self.errand(Errand::HashSecret { chosen: chosen.clone() })? {
            Done::Hashed(phc) => Ok(Arc::clone(phc)),
            other => Err(mismatch(other)),
        }
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
