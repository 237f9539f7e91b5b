//! Resource owner password credentials (RFC 6749 §4.3): for clients that cannot do otherwise. Off
//! unless the tenant and the client allow it (RFC 9700 §2.4).

use super::{Asked, Continues, Grant, GrantRequest, Granted};
use crate::{
    context::Context,
    facts::Needs,
    outcome::Stop,
    password::{self, Attempt},
    scope::Scope,
    username,
    vault::Vault,
};

pub const GRANT: Grant = Grant {
    name: "password",
    is_on: |policy| policy.allow_password_grant,
    allows_public: true,
    assertion: None,
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, needs: Needs, _: &Vault) -> Needs {
    match asked.form.get("username") {
        Some(presented) => username::needs(needs, presented),
        None => needs,
    }
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let presented = request.form.require("username")?.expose();
    let password = request.form.require("password")?;
    let attempt = Attempt { presented, password, peer: request.peer, device: None };
    let user = password::authenticate(&attempt, request.tenant, request.facts, cx)?;
    let renewed = password::renewal(user, password, request.facts)?;
    Ok(Granted {
        writes: renewed.into_iter().map(|(_, write)| write).collect(),
        user: Some(user),
        default_scope: request.default_scope(),
        continues: Continues::Anew,
        ..Granted::of(Scope::stored(&client.metadata.scope))
    })
}

#[cfg(test)]
mod tests;
