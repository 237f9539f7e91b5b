//! The common form of everything an administrator declares: key, version, standing, names, body.

use std::{borrow::Cow, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    facts::{InBody, Space},
    model::{
        ApiToken, AuditEntry, Client, Consent, RegistrationToken, ResourceServer, SigningKey,
        Tenant, TrustedIssuer, User,
    },
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
    /// When it may be purged; until then it is as good as any.
    pub expires_at: Option<Time>,
    pub body: Body,
}

/// What cuts off every token that hangs on the object, at the next introspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub disabled: bool,
    /// Tokens issued before this moment are revoked; 0 = none.
    pub not_before: Time,
}

impl Standing {
    /// Whether what was made at this moment is good no longer.
    pub fn cuts_off(&self, made_at: Time) -> bool {
        made_at < self.not_before
    }

    /// The same of what tells its moment in whole seconds.
    pub const fn cuts_off_second(&self, made_at: Time) -> bool {
        made_at.seconds() < self.not_before.seconds()
    }
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
    TrustedIssuer(TrustedIssuer),
    RegistrationToken(RegistrationToken),
    ApiToken(ApiToken),
    Consent(Consent),
    AuditEntry(Box<AuditEntry>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Tenant,
    Client,
    ResourceServer,
    User,
    SigningKey,
    TrustedIssuer,
    RegistrationToken,
    ApiToken,
    Consent,
    AuditEntry,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Client => "client",
            Self::ResourceServer => "resource_server",
            Self::User => "user",
            Self::SigningKey => "signing_key",
            Self::TrustedIssuer => "trusted_issuer",
            Self::RegistrationToken => "registration_token",
            Self::ApiToken => "api_token",
            Self::Consent => "consent",
            Self::AuditEntry => "audit_entry",
        }
    }

    /// Where its id lives; lists go through this space.
    pub const fn space(self) -> Space {
        match self {
            Self::Tenant => Space::Tenant,
            Self::Client | Self::ResourceServer => Space::Caller,
            Self::User => Space::User,
            Self::SigningKey => Space::SigningKey,
            Self::TrustedIssuer => Space::TrustedIssuer,
            Self::RegistrationToken => Space::RegistrationToken,
            Self::ApiToken => Space::ApiToken,
            Self::Consent => Space::Consent,
            Self::AuditEntry => Space::Audit,
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
            Body::TrustedIssuer(_) => Kind::TrustedIssuer,
            Body::RegistrationToken(_) => Kind::RegistrationToken,
            Body::ApiToken(_) => Kind::ApiToken,
            Body::Consent(_) => Kind::Consent,
            Body::AuditEntry(_) => Kind::AuditEntry,
        }
    }

    pub fn id(&self) -> &str {
        match &self.body {
            Body::Tenant(tenant) => &tenant.id,
            Body::Client(client) => &client.metadata.client_id,
            Body::ResourceServer(server) => &server.id,
            Body::User(user) => &user.username,
            Body::SigningKey(key) => &key.kid,
            Body::TrustedIssuer(trusted) => &trusted.issuer,
            Body::RegistrationToken(token) => &token.id,
            Body::ApiToken(token) => &token.id,
            Body::Consent(consent) => &consent.id,
            Body::AuditEntry(entry) => &entry.id,
        }
    }

    /// Every name by which it can be found. The first is its id, in [`Kind::space`].
    pub fn names(&self) -> Vec<(Space, Cow<'_, str>)> {
        let mut names = vec![(self.kind().space(), Cow::Borrowed(self.id()))];
        let mut add = |space, name| names.push((space, Cow::Borrowed(name)));
        match &self.body {
            Body::Tenant(tenant) => {
                tenant.path_aliases.iter().for_each(|path| add(Space::TenantPath, path));
                tenant.hosts.iter().for_each(|host| add(Space::TenantHost, host));
                names.push((Space::TenantKey, Cow::Owned(self.key.0.to_string())));
            }
            Body::ResourceServer(server) => {
                server.audiences.iter().for_each(|audience| add(Space::Audience, audience));
            }
            Body::SigningKey(key) => add(Space::SigningKeySlot, &key.slot),
            Body::Client(client) if client.registration.is_some() => {
                add(Space::Registered, &client.metadata.client_id);
                let registered = client.registration.as_ref();
                if let Some(digest) = registered.and_then(|made| made.digest.as_deref()) {
                    add(Space::RegisteredDigest, digest);
                }
            }
            Body::RegistrationToken(token) => add(Space::RegistrationTokenDigest, &token.digest),
            Body::Consent(consent) => {
                names.push((Space::ConsentOf, Cow::Owned(consent.user.0.to_string())));
            }
            Body::AuditEntry(entry) => {
                names.push((Space::AuditOf, Cow::Owned(entry.name_in_tenant())));
            }
            Body::Client(_) | Body::User(_) | Body::TrustedIssuer(_) | Body::ApiToken(_) => {}
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

impl Named<'_, User> {
    /// Nobody signs in as this user, and no token of theirs is good.
    pub fn is_inactive(&self) -> bool {
        self.locked || self.standing().disabled
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

impl InBody for TrustedIssuer {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::TrustedIssuer(trusted) = body { Some(trusted) } else { None }
    }
}

impl InBody for RegistrationToken {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::RegistrationToken(token) = body { Some(token) } else { None }
    }
}

impl InBody for ApiToken {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::ApiToken(token) = body { Some(token) } else { None }
    }
}

impl InBody for Consent {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::Consent(consent) = body { Some(consent) } else { None }
    }
}

impl InBody for AuditEntry {
    fn of(body: &Body) -> Option<&Self> {
        if let Body::AuditEntry(entry) = body { Some(entry) } else { None }
    }
}
