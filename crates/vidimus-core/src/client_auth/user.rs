//! A user as a caller, by HTTP Basic (RFC 7617) with name and password: where a tenant has users with
//! the role for it.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{client_secret_basic::after_scheme, secret_check};
use crate::{
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::{Named, Object, Tenant},
    outcome::Stop,
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

    /// A name with an `@` is most likely a user's, so it is looked for at once; any other only
    /// where no client and no resource server has it.
    pub fn first_needs(&self, needs: Needs) -> Needs {
        if self.username.contains('@') { self.needs(needs) } else { needs }
    }

    fn needs(&self, needs: Needs) -> Needs {
        username::needs(needs, &self.username)
    }

    /// The user, once the password is right and the role is there.
    pub fn verify<'a>(
        &self,
        tenant: Named<'_, Tenant>,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<&'a Arc<Object>, Stop> {
        facts.known(self.needs(Needs::default()))?;
        let refuse = |why: &'static str| {
            let stop = secret_check::refuse_unknown(
                &self.username,
                &self.password,
                tenant,
                facts,
                why,
                cx,
            );
            Err(super::caused(stop, Cause::UnknownUser))
        };
        let Some(user) = username::find(&self.username, tenant, facts) else {
            return refuse("there is no such client and no such user");
        };
        let Some(phc) = &user.body.password_hash else {
            return refuse("the user has no password");
        };
        if !facts.verified(phc, &self.password)? {
            let error = OAuthError::invalid_client("the password is wrong");
            return Err(error.caused(Cause::WrongPassword).into());
        }
        if user.body.locked || user.standing().disabled {
            let error = OAuthError::invalid_client("the user is locked or disabled");
            return Err(error.caused(Cause::InactiveUser).into());
        }
        if !user.body.roles.iter().any(|role| role == INTROSPECT) {
            let what = "The user may not ask about tokens.";
            let error = OAuthError::new(ErrorCode::InsufficientScope, what);
            return Err(
                OAuthError { to_user: true, ..error.caused(Cause::NotIntrospecting) }.into()
            );
        }
        Ok(user.object)
    }
}
