//! Who may use the console: users of the default tenant with a role for it, in sessions of their own.

mod check;
mod invite;
mod read_token;
mod session;
mod sign_in;
mod sign_out;
mod welcome;

pub use check::{Operator, OperatorCheck};
pub use invite::{Invite, PREFIX as INVITATION_PREFIX};
pub use read_token::ReadToken;
pub use session::{ABSOLUTE_SECONDS, COOKIE, IDLE_SECONDS};
pub use sign_in::{Asked, OperatorSignIn, SignIn, SignInFailure};
pub use sign_out::OperatorSignOut;
pub use welcome::{Welcome, WelcomeAnswer, WelcomeFailure};

use crate::{
    error::OAuthError,
    facts::{Facts, TenantRef},
    model::{Named, Tenant, User},
};

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees everything, changes nothing.
    Auditor,
    Administrator,
}

impl Role {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Administrator => "admin",
        }
    }

    /// The higher one, where a user has both.
    pub fn of(user: &User) -> Option<Self> {
        let has = |role: Self| user.roles.iter().any(|name| name == role.as_str());
        [Self::Administrator, Self::Auditor].into_iter().find(|role| has(*role))
    }
}

/// Operators are users of this tenant and of no other.
fn home(facts: &Facts) -> Result<Named<'_, Tenant>, OAuthError> {
    let tenant = crate::client_auth::tenant(facts)?;
    if tenant.id() == TenantRef::DEFAULT_ID {
        Ok(tenant)
    } else {
        Err(OAuthError::invalid_token("of a tenant that does not administer"))
    }
}

#[cfg(test)]
mod tests;
