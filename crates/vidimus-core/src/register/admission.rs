//! Who may register a client (RFC 7591 §3): by the tenant's policy the bearer of an initial access
//! token, whoever brings a software statement, or anybody; by a route's manner an administrator.

use std::net::IpAddr;

use super::credentials::bearer;
use crate::{
    admission::place,
    client_auth::user::Login,
    context::Context,
    errand::{Done, Errand},
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, mismatch},
    manner::RegistrationManner,
    model::{Body, Named, Registered, RegistrationToken, Tenant, User},
    outcome::{Change, Stop, Write},
    policy::Registration,
    secret::Secret,
    username,
    vault::{Vault, hex},
};

/// The role of users that may register clients.
pub const ADMIN: &str = "admin";

const HOUR_SECONDS: u32 = 3600;

/// What the request carries for it.
pub enum Presented {
    Nothing,
    InitialToken(Secret),
    User(Login),
    Unreadable,
}

/// By what right the client is registered.
#[derive(Clone, Copy)]
pub enum Registrar<'a> {
    InitialToken(Named<'a, RegistrationToken>),
    User(Named<'a, User>),
    Statement,
    Anybody,
}

impl Presented {
    pub fn find(authorization: Option<&str>, manner: &RegistrationManner) -> Self {
        let Some(header) = authorization else { return Self::Nothing };
        if let Some(token) = bearer(authorization) {
            return Self::InitialToken(token);
        }
        let login = Login::find(header).filter(|_| manner.by_users);
        login.map_or(Self::Unreadable, Self::User)
    }

    pub fn needs(&self, needs: Needs, vault: &Vault) -> Needs {
        match self {
            Self::InitialToken(token) => {
                needs.object(Space::RegistrationTokenDigest, digest(token, vault))
            }
            Self::User(login) => username::needs(needs, &login.username),
            Self::Nothing | Self::Unreadable => needs,
        }
    }

    /// Whatever is presented must be good, also where nothing is needed.
    ///
    /// # Errors
    /// `access_denied` where registration is closed, `invalid_token` in all other cases but a
    /// user's.
    pub fn admit<'a>(
        &self,
        tenant: Named<'_, Tenant>,
        has_statement: bool,
        peer: Option<IpAddr>,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<Registrar<'a>, Stop> {
        if tenant.standing().disabled {
            return Err(closed("the tenant is disabled").into());
        }
        if let Self::User(login) = self {
            return administrator(login, peer, tenant, facts, cx).map(Registrar::User);
        }
        let registration = tenant.body.policy.registration;
        if registration == Registration::Closed {
            return Err(closed("the policy is closed").into());
        }
        match self {
            Self::InitialToken(token) => {
                Ok(Registrar::InitialToken(initial_token(token, facts, cx)?))
            }
            Self::User(_) | Self::Unreadable => Err(refused("it is no bearer token").into()),
            Self::Nothing => match registration {
                Registration::Open => Ok(Registrar::Anybody),
                Registration::SoftwareStatement if has_statement => Ok(Registrar::Statement),
                _ => Err(refused("there is no initial access token").into()),
            },
        }
    }
}

impl Registrar<'_> {
    /// Whether it is known who this is; of the others nobody knows whether they are the same.
    const fn is_known(self) -> bool {
        matches!(self, Self::InitialToken(_) | Self::User(_))
    }

    /// Whether registering the same again also gives its management: an answer may be lost. Several
    /// may hold one initial access token, so nobody gets by it what another one uses already.
    pub const fn takes_over(self, registered: &Registered) -> bool {
        match self {
            Self::User(_) => true,
            Self::InitialToken(_) => !registered.used,
            Self::Statement | Self::Anybody => false,
        }
    }

    pub fn name(self) -> Option<String> {
        match self {
            Self::InitialToken(token) => Some(token.id().to_owned()),
            Self::User(user) => Some(user.id().to_owned()),
            Self::Statement | Self::Anybody => None,
        }
    }

    /// Whom the client belongs to.
    pub fn owner(self) -> Option<String> {
        match self {
            Self::User(user) => Some(user.id().to_owned()),
            Self::InitialToken(_) | Self::Statement | Self::Anybody => None,
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::InitialToken(_) => "token",
            Self::User(_) => "user",
            Self::Statement => "statement",
            Self::Anybody => "anybody",
        }
    }

    /// One use of the token less, if nobody else took it meanwhile.
    pub fn spend(self) -> Option<Write> {
        let Self::InitialToken(token) = self else { return None };
        let uses_left = token.uses_left.saturating_sub(1);
        let spent = RegistrationToken { uses_left, ..token.body.clone() };
        let object = token.object.changed(token.standing(), Body::RegistrationToken(spent));
        Some(Write { tenant: token.object.tenant, change: Change::Replace(object) })
    }

    /// # Errors
    /// `too_many_requests`.
    pub fn pace(
        self,
        peer: Option<IpAddr>,
        tenant: Named<'_, Tenant>,
        facts: &Facts,
    ) -> Result<(), Stop> {
        let times_max = tenant.policy.registrations_per_hour_max;
        if self.is_known() || times_max == 0 {
            return Ok(());
        }
        let errand = Errand::Admit {
            who: format!(
                "register {} {}",
                tenant.key().0,
                peer.map_or_else(String::new, |peer| place(peer).to_string())
            ),
            within_seconds: HOUR_SECONDS,
            times_max,
        };
        match facts.errand(errand)? {
            Done::Admitted(Ok(())) => Ok(()),
            Done::Admitted(Err(seconds)) => {
                Err(full(*seconds).because("too many registrations from this address").into())
            }
            other => Err(mismatch(other)),
        }
    }
}

/// # Errors
/// `too_many_requests`: the tenant has as many registered clients as it may.
pub fn check_room(tenant: Named<'_, Tenant>, facts: &Facts) -> Result<(), OAuthError> {
    let max = u64::from(tenant.body.policy.registered_clients_max);
    if facts.count.is_some_and(|count| count < max) {
        return Ok(());
    }
    Err(full(HOUR_SECONDS).because("the tenant has registered_clients_max of them"))
}

fn full(retry_after_seconds: u32) -> OAuthError {
    OAuthError::too_many(retry_after_seconds).caused(Cause::Registration)
}

fn digest(token: &Secret, vault: &Vault) -> String {
    hex(&vault.locator(token.expose()))
}

fn initial_token<'a>(
    token: &Secret,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Named<'a, RegistrationToken>, OAuthError> {
    let found = facts.find(Space::RegistrationTokenDigest, &digest(token, cx.vault));
    let found: Named<'_, RegistrationToken> = found
        .and_then(Named::of)
        .ok_or_else(|| refused("there is no such initial access token"))?;
    if found.standing().disabled || found.expires_at <= cx.now {
        return Err(refused("the initial access token is disabled or has expired"));
    }
    if found.uses_left == 0 {
        return Err(refused("the initial access token is used up"));
    }
    Ok(found)
}

/// A user who proves to be one with the role for it.
fn administrator<'a>(
    login: &Login,
    peer: Option<IpAddr>,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Named<'a, User>, Stop> {
    let user = login.prove(peer, tenant, facts, cx).map_err(|stop| match stop {
        Stop::Refuse(error) => Stop::Refuse(OAuthError { to_user: true, ..error }),
        other => other,
    })?;
    if !user.body.roles.iter().any(|role| role == ADMIN) {
        let what = "The user may not register clients.";
        let error = OAuthError::new(ErrorCode::InsufficientScope, what);
        let error = error.caused(Cause::Registration);
        return Err(OAuthError { to_user: true, ..error }.into());
    }
    Ok(user)
}

fn closed(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, "Clients cannot register themselves here.")
        .caused(Cause::Registration)
        .because(why)
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::invalid_token(why).caused(Cause::Registration)
}
