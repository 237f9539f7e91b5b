//! The common form of everything an administrator declares: key, version, standing, names, body.

use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    facts::{InBody, Space},
    model::{Client, ResourceServer, SigningKey, Tenant, User},
    row_key::RowKey,
    time::Time,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub key: RowKey,
    /// The tenant's key; [`RowKey::ROOT`] for tenants themselves.
    pub tenant: RowKey,
    /// Counts changes from 1; a replace is conditional on it.
    pub version: i64,
    pub standing: Standing,
    pub body: Body,
}

/// What cuts off every token that hangs on the object, at the next introspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub disabled: bool,
    /// Tokens issued before this moment are revoked; 0 = none.
    pub not_before: Time,
}

/// The body is the stored document: JSON, tagged with its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Tenant(Tenant),
    Client(Box<Client>),
    ResourceServer(ResourceServer),
    User(User),
    SigningKey(SigningKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Tenant,
    Client,
    ResourceServer,
    User,
    SigningKey,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Client => "client",
            Self::ResourceServer => "resource_server",
            Self::User => "user",
            Self::SigningKey => "signing_key",
        }
    }

    /// Where its id lives; lists go through this space.
    pub const fn space(self) -> Space {
        match self {
            Self::Tenant => Space::Tenant,
            Self::Client | Self::ResourceServer => Space::Caller,
            Self::User => Space::User,
            Self::SigningKey => Space::SigningKey,
        }
    }
}

impl Object {
    pub const fn kind(&self) -> Kind {
        match self.body {
            Body::Tenant(_) => Kind::Tenant,
            Body::Client(_) => Kind::Client,
            Body::ResourceServer(_) => Kind::ResourceServer,
            Body::User(_) => Kind::User,
            Body::SigningKey(_) => Kind::SigningKey,
        }
    }

    pub fn id(&self) -> &str {
        match &self.body {
            Body::Tenant(tenant) => &tenant.id,
            Body::Client(client) => &client.metadata.client_id,
            Body::ResourceServer(server) => &server.id,
            Body::User(user) => &user.username,
            Body::SigningKey(key) => &key.kid,
        }
    }

    /// Every name by which it can be found. The first is its id, in [`Kind::space`].
    pub fn names(&self) -> Vec<(Space, &str)> {
        let mut names = vec![(self.kind().space(), self.id())];
        match &self.body {
            Body::Tenant(tenant) => {
                names.extend(tenant.path_aliases.iter().map(|p| (Space::TenantPath, p.as_str())));
                names.extend(tenant.hosts.iter().map(|h| (Space::TenantHost, h.as_str())));
            }
            Body::ResourceServer(server) => {
                names.extend(server.audiences.iter().map(|a| (Space::Audience, a.as_str())));
            }
            Body::SigningKey(key) => names.push((Space::SigningKeySlot, &key.slot)),
            Body::Client(_) | Body::User(_) => {}
        }
        names
    }

    /// The next version of this object, for [`crate::outcome::Change::Replace`].
    pub fn changed(&self, standing: Standing, body: Body) -> Arc<Self> {
        Arc::new(Self { version: self.version + 1, standing, body, ..*self })
    }
}

/// An object together with the typed view of its body.
#[derive(Debug)]
pub struct Named<'a, T> {
    pub object: &'a Arc<Object>,
    pub body: &'a T,
}

impl<T> Clone for Named<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Named<'_, T> {}

impl<'a, T: InBody> Named<'a, T> {
    /// `None` where the object is of another kind.
    pub fn of(object: &'a Arc<Object>) -> Option<Self> {
        Some(Self { object, body: T::of(&object.body)? })
    }
}

impl<'a, T> Named<'a, T> {
    pub fn id(&self) -> &'a str {
        self.object.id()
    }

    pub fn key(&self) -> RowKey {
        self.object.key
    }

    pub fn standing(&self) -> Standing {
        self.object.standing
    }
}

impl<T> Deref for Named<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.body
    }
}

impl InBody for Tenant {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::Tenant(tenant) = body { Some(tenant) } else { None }
    }
}

impl InBody for Client {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::Client(client) = body { Some(client) } else { None }
    }
}

impl InBody for ResourceServer {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::ResourceServer(server) = body { Some(server) } else { None }
    }
}

impl InBody for User {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::User(user) = body { Some(user) } else { None }
    }
}

impl InBody for SigningKey {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::SigningKey(key) = body { Some(key) } else { None }
    }
}
