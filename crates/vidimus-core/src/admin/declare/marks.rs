//! What an object brings that its tenant must know of before any caller is looked at.

use crate::{
    admin::operator::Role,
    client_auth::user::INTROSPECT,
    model::{Body, SecretHash, StoredSecret, Tenant},
};

/// Set once, and left: a tenant forgets none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// A secret that is slow to compare: from then on all failures of the tenant are as slow.
    pub slow_secret: bool,
    pub introspecting_user: bool,
    pub operator: bool,
}

impl Marks {
    /// What an object of this body brings.
    pub fn of(body: &Body) -> Self {
        match body {
            Body::Client(client) => Self::of_secret(client.secret.as_ref()),
            Body::ResourceServer(server) => Self::of_secret(server.secret.as_ref()),
            Body::User(user) => {
                let asks = user.roles.iter().any(|role| role == INTROSPECT);
                // Such a user's password is compared as a caller's secret is.
                let is_caller = asks && user.password_hash.is_some();
                let operator = Role::of(user) == Some(Role::Administrator);
                Self { slow_secret: is_caller, introspecting_user: is_caller, operator }
            }
            Body::Tenant(_)
            | Body::SigningKey(_)
            | Body::TrustedIssuer(_)
            | Body::RegistrationToken(_)
            | Body::ApiToken(_)
            | Body::Consent(_)
            | Body::AuditEntry(_) => Self::default(),
        }
    }

    fn of_secret(secret: Option<&StoredSecret>) -> Self {
        let is_slow = secret.is_some_and(|stored| !matches!(stored.hash, SecretHash::Keyed(_)));
        Self { slow_secret: is_slow, ..Self::default() }
    }

    /// What has been left on a tenant.
    pub fn left(body: &Body) -> Self {
        match body {
            Body::Tenant(tenant) => Self {
                slow_secret: tenant.has_chosen_secrets,
                introspecting_user: tenant.has_introspecting_users,
                operator: tenant.has_operators,
            },
            _ => Self::default(),
        }
    }

    pub const fn and(self, other: Self) -> Self {
        Self {
            slow_secret: self.slow_secret || other.slow_secret,
            introspecting_user: self.introspecting_user || other.introspecting_user,
            operator: self.operator || other.operator,
        }
    }

    /// The tenant with these marks as well; `None` where it has them all.
    pub fn put_on(self, body: &Body) -> Option<Body> {
        let Body::Tenant(tenant) = body else { return None };
        let marks = self.and(Self::left(body));
        (marks != Self::left(body)).then(|| {
            Body::Tenant(Tenant {
                has_chosen_secrets: marks.slow_secret,
                has_introspecting_users: marks.introspecting_user,
                has_operators: marks.operator,
                ..tenant.clone()
            })
        })
    }
}
