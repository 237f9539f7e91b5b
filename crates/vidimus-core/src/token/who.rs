//! Who asks for a token: a client by its credentials, a client by the assertion that is its grant
//! (RFC 7523 §3.1), or the holder of a refresh token that belongs to no client.

use std::net::IpAddr;

use crate::{
    admission,
    client_auth::{self, Presented, Sent},
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    grant::{self, Grant, jwt_bearer::JWT_BEARER},
    jwt::Unverified,
    limits::CLIENT_ID_BYTES_MAX,
    model::{Client, Named},
    outcome::{Outcome, Stop},
    secret::Secret,
    vault::Vault,
};

pub enum Who {
    Presented(Presented),
    /// The `iss` of the assertion. Whether it is a client the facts say.
    Asserted(String),
    Holder,
}

impl Who {
    pub fn find(sent: &Sent<'_>, grant: Option<&'static Grant>) -> Result<Self, OAuthError> {
        let name = grant.map(|grant| grant.name);
        let given = |name: &str| sent.form.get(name).is_some();
        let proves = sent.authorization.is_some()
            || given("client_secret")
            || given("client_assertion")
            || given("client_assertion_type");
        if proves {
            return Presented::find(sent).map(Self::Presented);
        }
        if name == Some(JWT_BEARER) && sent.manner.assertion.names_client {
            let issuer = issuer(sent)?;
            if sent.form.get("client_id").is_none_or(|id| id == issuer) {
                return Ok(Self::Asserted(issuer));
            }
        }
        if name == Some("refresh_token")
            && sent.manner.refreshes_without_client
            && !given("client_id")
        {
            return Ok(Self::Holder);
        }
        Presented::find(sent).map(Self::Presented)
    }

    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Presented(presented) => Some(presented.id()),
            Self::Asserted(issuer) => Some(issuer),
            Self::Holder => None,
        }
    }

    /// The secret that the client has just proven itself by.
    pub const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Presented(presented) => presented.secret(),
            Self::Asserted(_) | Self::Holder => None,
        }
    }

    pub fn needs(&self, vault: &Vault) -> Needs {
        match self {
            Self::Presented(presented) => presented.needs(vault),
            Self::Asserted(issuer) => Needs::default().object(Space::Caller, issuer),
            Self::Holder => Needs::default(),
        }
    }
}

fn issuer(sent: &Sent<'_>) -> Result<String, OAuthError> {
    let assertion = sent.form.require("assertion")?;
    let malformed = || {
        OAuthError::invalid_grant(Cause::AssertionMalformed, "The assertion is no JWT.")
            .because("the assertion is no JWT")
    };
    let token = Unverified::parse(assertion.expose()).ok_or_else(malformed)?;
    let issuer = token.claim("iss").filter(|id| id.len() <= CLIENT_ID_BYTES_MAX);
    issuer.map(str::to_owned).ok_or_else(|| {
        OAuthError::invalid_grant(Cause::AssertionIncomplete, "The assertion has no iss.")
    })
}

/// The client that an assertion names. Its signature is the grant's to check.
pub fn asserted<'a>(issuer: &str, facts: &'a Facts) -> Result<Named<'a, Client>, OAuthError> {
    client_auth::tenant(facts)?;
    let client = facts.client(issuer).ok_or_else(|| {
        OAuthError::invalid_grant(Cause::AssertionIssuer, "The assertion's issuer is not trusted.")
            .because("no client has the id in iss, and none has authenticated")
    })?;
    match client_auth::disabled(client.object, facts) {
        Some(error) => Err(error),
        None => Ok(client),
    }
}

/// The assertion has proven who it is by now; whoever only names a client uses up nothing of its own.
pub fn admit_asserted<R>(
    outcome: Outcome<R>,
    client: Named<'_, Client>,
    facts: &Facts,
) -> Result<Outcome<R>, Stop> {
    if outcome.reply.is_ok() {
        admission::caller(client_auth::tenant(facts)?, client.key(), None, facts)?;
    }
    Ok(outcome)
}

/// Whether the tenant serves anybody at all.
pub fn standing(facts: &Facts) -> Result<(), OAuthError> {
    let tenant = client_auth::tenant(facts)?;
    if tenant.standing().disabled { Err(grant::unauthorized()) } else { Ok(()) }
}

/// Who holds a token is a caller by that; who holds none is a guesser, whatever is written for it.
pub fn admit_holder<R>(
    outcome: Outcome<R>,
    peer: Option<IpAddr>,
    facts: &Facts,
) -> Result<Outcome<R>, Stop> {
    let is_miss = matches!(&outcome.reply, Err(error) if error.code == ErrorCode::InvalidGrant);
    let held = facts.token.as_ref().filter(|_| outcome.reply.is_ok());
    let admitted = match held {
        Some(fact) => admission::caller(client_auth::tenant(facts)?, fact.token.key, None, facts),
        None if is_miss => admission::miss(peer, facts),
        None => Ok(()),
    };
    match (admitted, is_miss) {
        (Err(Stop::Refuse(error)), true) => Ok(Outcome { reply: Err(error), ..outcome }),
        (Err(stop), _) => Err(stop),
        (Ok(()), _) => Ok(outcome),
    }
}
