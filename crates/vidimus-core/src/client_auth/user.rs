//! A user as a caller, by HTTP Basic (RFC 7617) with name and password: where a tenant has users with
//! the role for it.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::client_secret_basic::after_scheme;
use crate::{
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::{Named, Object, Tenant, User},
    outcome::Stop,
    password::{self, Attempt, Purpose},
    secret::Secret,
    username,
};

/// The role of users that may ask about tokens.
pub const INTROSPECT: &str = "introspect";

/// A name and a password as they were sent.
pub struct Login {
    pub username: String,
    pub password: Secret,
}

impl Login {
    /// `None`: no Basic credentials that a user could have.
    pub fn find(authorization: &str) -> Option<Self> {
        let decoded = STANDARD.decode(after_scheme(authorization, "basic")?).ok()?;
        let text = std::str::from_utf8(&decoded).ok()?;
        let (username, password) = text.split_once(':')?;
        let fits = (1..=CLIENT_ID_BYTES_MAX).contains(&username.len())
            && (1..=SECRET_BYTES_MAX).contains(&password.len())
            && !text.chars().any(char::is_control);
        let password = Secret::new(password);
        fits.then(|| Self { username: username.to_owned(), password })
    }

    /// Whoever the name may mean.
    pub fn needs(&self, needs: Needs) -> Needs {
        username::needs(needs, &self.username)
    }

    /// The user, once the password is right and the role is there.
    pub fn verify<'a>(
        &self,
        peer: Option<IpAddr>,
        tenant: Named<'_, Tenant>,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<&'a Arc<Object>, Stop> {
        let user = self.prove(peer, tenant, facts, cx)?;
        if !user.body.roles.iter().any(|role| role == INTROSPECT) {
            let what = "The user may not ask about tokens.";
            let error = OAuthError::new(ErrorCode::InsufficientScope, what);
            return Err(
                OAuthError { to_user: true, ..error.caused(Cause::NotIntrospecting) }.into()
            );
        }
        Ok(user.object)
    }

    /// The user, once the password is right.
    ///
    /// # Errors
    /// `invalid_client`, `too_many_requests`, or a need.
    pub fn prove<'a>(
        &self,
        peer: Option<IpAddr>,
        tenant: Named<'_, Tenant>,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<Named<'a, User>, Stop> {
        let (presented, password) = (self.username.as_str(), &self.password);
        let attempt = Attempt { presented, password, peer, device: None };
        password::compare(&attempt, Purpose::Caller, tenant, facts, cx)?
            .map_err(|failed| OAuthError::invalid_client(failed.why).caused(failed.cause).into())
    }
}
