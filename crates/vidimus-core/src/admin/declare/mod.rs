//! Declarations (the keys of world files and of the admin API) turned into what is stored.
//!
//! A declaration is checked whole before anything is hashed; what it leaves out takes the default
//! of RFC 7591 §2 or of the policy.

mod client;
mod keys;
mod password_hash;
mod resource_server;
mod secret;
mod tenant;
mod user;

pub use client::CLIENT_KEYS;
pub use resource_server::RESOURCE_SERVER_KEYS;
pub use secret::expiry_key;
pub use tenant::{LATER_TENANT_KEYS, TENANT_KEYS};
pub use user::USER_KEYS;

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::{
    context::Context,
    error::OAuthError,
    facts::Facts,
    limits::CLIENT_ID_BYTES_MAX,
    model::{Body, Kind, Object},
    outcome::Stop,
    row_key::RowKey,
    secret::Secret,
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
    pub key: RowKey,
    pub before: Option<&'a Object>,
}

/// A body ready to be stored, and the secret that was made for it.
#[derive(Debug)]
pub struct Declared {
    pub body: Body,
    pub made_secret: Option<Secret>,
}

impl Declaration<'_> {
    pub fn fields(&self) -> Fields<'_> {
        Fields { map: self.map, pointer: self.pointer }
    }

    /// The id, under its own key. A client's may be left out over the API: one is made then.
    pub fn id(&self) -> Result<Option<&str>, OAuthError> {
        let fields = self.fields();
        let key = id_key(self.kind);
        let id = fields.text(key)?.filter(|id| !id.is_empty());
        if id.is_none() && (self.origin == Origin::World || self.kind != Kind::Client) {
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
            Kind::TrustedIssuer
            | Kind::RegistrationToken
            | Kind::ApiToken
            | Kind::Consent
            | Kind::SigningKey => {
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
        | Kind::Consent => "id",
    }
}

/// What a declaration may hold.
pub const fn known_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Tenant => &TENANT_KEYS,
        Kind::Client => &CLIENT_KEYS,
        Kind::ResourceServer => &RESOURCE_SERVER_KEYS,
        Kind::User => &USER_KEYS,
        Kind::TrustedIssuer
        | Kind::RegistrationToken
        | Kind::ApiToken
        | Kind::Consent
        | Kind::SigningKey => &[],
    }
}

/// Whether the body holds a secret that is slow to compare.
pub const fn has_chosen_secret(body: &Body) -> bool {
    let stored = match body {
        Body::Client(client) => &client.secret,
        Body::ResourceServer(server) => &server.secret,
        Body::Tenant(_)
        | Body::User(_)
        | Body::SigningKey(_)
        | Body::TrustedIssuer(_)
        | Body::RegistrationToken(_)
        | Body::ApiToken(_)
        | Body::Consent(_) => return false,
    };
    match stored {
        Some(stored) => matches!(stored.hash, crate::model::SecretHash::Argon2id(_)),
        None => false,
    }
}
