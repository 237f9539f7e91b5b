//! Declarations (the keys of world files and of the admin API) turned into what is stored.
//!
//! A declaration is checked whole before anything is hashed; what it leaves out takes the default
//! of RFC 7591 §2 or of the policy.

mod api_token;
mod certificate;
mod claims;
pub mod client;
mod keys;
mod look;
mod marks;
mod password_hash;
mod registration_token;
mod resource_server;
pub mod secret;
mod sign_in;
mod tenant;
mod token_text;
mod trusted_issuer;
mod user;

pub use api_token::{API_TOKEN_KEYS, withdraw};
pub use client::CLIENT_KEYS;
pub use marks::Marks;
pub use password_hash::is_readable_hash;
pub use registration_token::{REGISTRATION_TOKEN_KEYS, REGISTRATION_TOKEN_PREFIX};
pub use resource_server::RESOURCE_SERVER_KEYS;
pub use secret::{CALLER_PREFIX, expiry_key};
pub use tenant::TENANT_KEYS;
pub use trusted_issuer::TRUSTED_ISSUER_KEYS;
pub use user::USER_KEYS;

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::{
    context::Context,
    error::OAuthError,
    facts::{Facts, Needs, Space, TokenFact, TokenRef},
    limits::CLIENT_ID_BYTES_MAX,
    model::{Body, Kind, Object},
    outcome::{Stop, Write},
    row_key::RowKey,
    secret::Secret,
    time::Time,
    vault::{Vault, hex},
};

/// Where a declaration comes from: a file can be read again, a reply cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A secret that is left out is made and shown once.
    Api,
    /// A secret that is left out makes the client public.
    World,
}

pub struct Declaration<'a> {
    pub kind: Kind,
    pub map: &'a Map<String, Value>,
    pub pointer: &'a str,
    pub origin: Origin,
}

/// Where the object will live, and what was there before.
pub struct Place<'a> {
    pub tenant: RowKey,
    /// Of what was there before, its own.
    pub key: RowKey,
    /// Of an object that takes the place of what was there before.
    pub fresh: RowKey,
    pub before: Option<&'a Object>,
    /// The user that the declaration names.
    pub user: Option<RowKey>,
    /// What was loaded of the tenant, for [`named`] and for rows of tokens.
    pub stored: &'a [&'a Facts],
}

impl Place<'_> {
    fn find(&self, space: Space, name: &str) -> Option<&Object> {
        self.stored.iter().find_map(|facts| facts.find(space, name)).map(|object| &**object)
    }

    /// A row of a token, or the need for it. A tenant that is not there yet has none.
    fn further(&self, token: TokenRef) -> Result<Option<&TokenFact>, Stop> {
        if self.stored.iter().all(|facts| facts.tenant.is_none()) {
            return Ok(None);
        }
        let needs = Needs { further: vec![token], ..Needs::default() };
        let mut known = self.stored.iter().filter_map(|facts| facts.further(token).ok());
        known.next().ok_or_else(|| Stop::Need(Box::new(needs)))
    }
}

/// A body ready to be stored, and the secret that was made for it.
#[derive(Debug)]
pub struct Declared {
    pub body: Body,
    pub made_secret: Option<Secret>,
    /// When the object may be purged.
    pub expires_at: Option<Time>,
    /// What stands beside the object.
    pub writes: Vec<Write>,
    /// It is not what was there before: that one ends, with all that hangs on it.
    pub is_anew: bool,
}

impl Declared {
    fn of(body: Body, place: &Place<'_>) -> Self {
        let expires_at = place.before.and_then(|object| object.expires_at);
        Self { body, made_secret: None, expires_at, writes: Vec::new(), is_anew: false }
    }
}

/// What a declaration, or a patch of one, names beside its own id.
pub fn named(kind: Kind, map: &Map<String, Value>, vault: &Vault, mut needs: Needs) -> Needs {
    let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    match kind {
        Kind::RegistrationToken => {
            if let Some(token) = text("token") {
                let digest = hex(&vault.locator(token));
                needs = needs.object(Space::RegistrationTokenDigest, digest);
            }
        }
        Kind::ApiToken => {
            if let Some(username) = text("username") {
                needs = needs.object(Space::User, username);
            }
            if let Some(token) = text("token") {
                needs.further.push(TokenRef::Digest(vault.locator(token)));
            }
        }
        Kind::Tenant
        | Kind::Client
        | Kind::ResourceServer
        | Kind::User
        | Kind::SigningKey
        | Kind::TrustedIssuer
        | Kind::Consent
        | Kind::AuditEntry => {}
    }
    needs
}

impl Declaration<'_> {
    pub fn fields(&self) -> Fields<'_> {
        Fields { map: self.map, pointer: self.pointer }
    }

    /// The id, under its own key. Some may leave it out: one is made for them then.
    pub fn id(&self) -> Result<Option<&str>, OAuthError> {
        let fields = self.fields();
        let key = id_key(self.kind);
        let id = fields.text(key)?.filter(|id| !id.is_empty());
        let may_be_made = match self.kind {
            Kind::Client => self.origin == Origin::Api,
            Kind::RegistrationToken | Kind::ApiToken => true,
            _ => false,
        };
        if id.is_none() && !may_be_made {
            return Err(fields.wrong(key, format!("{key} is missing")));
        }
        if let Some(id) = id
            && (id.len() > CLIENT_ID_BYTES_MAX || id.chars().any(char::is_control))
        {
            return Err(fields.wrong(key, format!("{key} is too long or has control characters")));
        }
        // Neither can be a segment of a URL, whatever the escape (RFC 3986 §5.2.4): nobody could
        // show, change or delete it.
        if let Some("." | "..") = id {
            return Err(fields.wrong(key, format!("{key} cannot be \".\" or \"..\"")));
        }
        Ok(id)
    }

    /// Checks everything, then hashes what must be hashed.
    pub fn settle(
        &self,
        id: &str,
        place: &Place<'_>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Result<Declared, Stop> {
        match self.kind {
            Kind::Tenant => tenant::settle(self, id, place, cx),
            Kind::Client => client::settle(self, id, place, facts, cx),
            Kind::ResourceServer => resource_server::settle(self, id, place, facts, cx),
            Kind::User => user::settle(self, id, place, facts),
            Kind::TrustedIssuer => Ok(trusted_issuer::settle(self, id, place)?),
            Kind::RegistrationToken => registration_token::settle(self, id, place, cx),
            Kind::ApiToken => api_token::settle(self, id, place, cx),
            Kind::Consent | Kind::SigningKey | Kind::AuditEntry => {
                Err(OAuthError::invalid_request("this kind is not declared").into())
            }
        }
    }
}

pub const fn id_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Client => "client_id",
        Kind::User => "username",
        Kind::TrustedIssuer => "issuer",
        Kind::Tenant
        | Kind::ResourceServer
        | Kind::SigningKey
        | Kind::RegistrationToken
        | Kind::ApiToken
        | Kind::Consent
        | Kind::AuditEntry => "id",
    }
}

/// What a declaration may hold.
pub const fn known_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Tenant => &TENANT_KEYS,
        Kind::Client => &CLIENT_KEYS,
        Kind::ResourceServer => &RESOURCE_SERVER_KEYS,
        Kind::User => &USER_KEYS,
        Kind::TrustedIssuer => &TRUSTED_ISSUER_KEYS,
        Kind::RegistrationToken => &REGISTRATION_TOKEN_KEYS,
        Kind::ApiToken => &API_TOKEN_KEYS,
        Kind::Consent | Kind::SigningKey | Kind::AuditEntry => &[],
    }
}
