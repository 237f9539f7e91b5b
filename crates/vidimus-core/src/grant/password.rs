//! Resource owner password credentials (RFC 6749 §4.3): for clients that cannot do otherwise. Off
//! unless the tenant and the client allow it (RFC 9700 §2.4).

use std::sync::Arc;

use super::{Asked, Continues, Grant, GrantRequest, Granted};
use crate::{
    context::Context,
    errand::NOBODYS_PHC,
    error::{Cause, OAuthError},
    facts::Needs,
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::{Named, User},
    outcome::Stop,
    scope::Scope,
    secret::Secret,
    username,
    vault::Vault,
};

pub const GRANT: Grant = Grant {
    name: "password",
    is_on: |policy| policy.allow_password_grant,
    allows_public: true,
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, needs: Needs, _: &Vault) -> Needs {
    match asked.form.get("username") {
        Some(presented) => username::needs(needs, presented),
        None => needs,
    }
}

fn decide<'a>(request: &GrantRequest<'a>, _: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let presented = request.form.require("username")?.expose();
    let password = request.form.require("password")?;
    let user = authenticate(presented, password, request)?;
    Ok(Granted {
        user: Some(user),
        default_scope: request.default_scope(),
        continues: Continues::Anew,
        ..Granted::of(Scope::stored(&client.metadata.scope))
    })
}

/// One comparison whatever is wrong: neither text nor time tells which names exist.
fn authenticate<'a>(
    presented: &str,
    password: &Secret,
    request: &GrantRequest<'a>,
) -> Result<Named<'a, User>, Stop> {
    let facts = request.facts;
    // Longer ones are never hashed, for anybody.
    if password.expose().len() > SECRET_BYTES_MAX || presented.len() > CLIENT_ID_BYTES_MAX {
        return refuse(Cause::WrongPassword, "the name or the password is too long");
    }
    let user = username::find(presented, request.tenant, facts);
    let Some((user, phc)) = user.and_then(|user| Some((user, user.body.password_hash.as_ref()?)))
    else {
        // The edge remembers what it verified. Each name must cost anew, as it does where each
        // has a hash of its own.
        let tenant = request.tenant.key().0;
        let mixed = format!("{tenant} {} {presented}{}", presented.len(), password.expose());
        facts.verified(&Arc::from(NOBODYS_PHC), &Secret::new(mixed))?;
        return match user {
            None => refuse(Cause::UnknownUser, "there is no such user"),
            Some(_) => refuse(Cause::WrongPassword, "the user has no password"),
        };
    };
    if !facts.verified(phc, password)? {
        return refuse(Cause::WrongPassword, "the password is wrong");
    }
    if user.locked || user.standing().disabled {
        return refuse(Cause::InactiveUser, "the user is locked or disabled");
    }
    Ok(user)
}

fn refuse<T>(cause: Cause, why: &'static str) -> Result<T, Stop> {
    let what = "The user name or the password is wrong.";
    Err(OAuthError::invalid_grant(cause, what).because(why).into())
}

#[cfg(test)]
mod tests;
