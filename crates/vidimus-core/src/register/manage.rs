//! Who manages a registration (RFC 7592 §2): the bearer of its registration access token, and nobody
//! else. Whatever is wrong, the answer is the same, and so is its cost.

use super::credentials::{HASH_OF_NONE, bearer};
use crate::{
    client_auth::tenant,
    context::Context,
    error::{Cause, OAuthError},
    facts::{Facts, Needs, Space},
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::{Client, Named, Registered, Tenant},
    secret::Secret,
};

pub struct Manager {
    client_id: String,
    token: Secret,
}

/// A registration and what it belongs to.
#[derive(Clone, Copy)]
pub struct Managed<'a> {
    pub tenant: Named<'a, Tenant>,
    pub client: Named<'a, Client>,
    pub registered: &'a Registered,
}

impl Manager {
    /// # Errors
    /// `invalid_token`: there is no token, or it cannot be one.
    pub fn find(client_id: &str, authorization: Option<&str>) -> Result<Self, OAuthError> {
        let token = bearer(authorization)
            .filter(|token| token.expose().len() <= SECRET_BYTES_MAX)
            .ok_or_else(|| refused("there is no bearer token, or it is too long"))?;
        if client_id.is_empty() || client_id.len() > CLIENT_ID_BYTES_MAX {
            return Err(refused("there is no such client"));
        }
        Ok(Self { client_id: client_id.to_owned(), token })
    }

    pub const fn token(&self) -> &Secret {
        &self.token
    }

    pub fn needs(&self) -> Needs {
        Needs::default().object(Space::Caller, &self.client_id)
    }

    /// # Errors
    /// `invalid_token`.
    pub fn managed<'a>(
        &self,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<Managed<'a>, OAuthError> {
        let tenant = tenant(facts)?;
        let found = facts.client(&self.client_id);
        let found = found.and_then(|client| {
            let registered = client.body.registration.as_ref()?;
            Some(Managed { tenant, client, registered })
        });
        let (hash, owner) = match &found {
            Some(found) => (found.registered.token_hash.as_str(), found.client.key()),
            None => (HASH_OF_NONE, tenant.key()),
        };
        let matches = cx.vault.secret_matches(hash, tenant.key(), owner, self.token.expose());
        let managed =
            found.filter(|_| matches).ok_or_else(|| refused("no client has the token"))?;
        if tenant.standing().disabled || managed.client.standing().disabled {
            return Err(refused("the client or its tenant is disabled"));
        }
        Ok(managed)
    }
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::invalid_token(why).caused(Cause::Registration)
}
