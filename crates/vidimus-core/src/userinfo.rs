//! The UserInfo endpoint (OpenID Connect Core §5.3): what an access token's holder may know of its
//! user.

use serde_json::{Map, Value, json};

use crate::{
    claims,
    client_auth::{bearer::Bearer, tenant},
    context::Context,
    engine::Operation,
    entity_id,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    outcome::{Decision, Outcome},
    row_key::RowKey,
    scope::Scope,
    time::Time,
    vault::Vault,
};

/// The scope of which one must be there, where a product has no other.
pub const OPENID: &[&str] = &["openid"];

pub struct UserinfoRequest {
    bearer: Bearer,
    named: Vec<String>,
    scopes: &'static [&'static str],
}

/// Neutral facts; each dialect picks and spells its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Userinfo {
    pub user: RowKey,
    pub username: String,
    pub tenant: RowKey,
    pub tenant_id: String,
    pub email: Option<String>,
    pub roles: Vec<String>,
    /// The standard claims that the scope is for, without `sub`.
    pub claims: Map<String, Value>,
    /// All that are known of the user, whatever the scope.
    pub all: Map<String, Value>,
    pub client_id: Option<String>,
    pub scope: String,
    /// When the user's row was made.
    pub made_at: Time,
}

impl UserinfoRequest {
    /// `named`: organization and user, where the URL has them; the token must be that user's.
    ///
    /// # Errors
    /// `invalid_token` without a token.
    pub fn parse(bearer: Option<Bearer>, named: &[String]) -> Result<Self, OAuthError> {
        let bearer = bearer.ok_or_else(|| {
            OAuthError::invalid_token("no access token was sent").caused(Cause::NoBearer)
        })?;
        Ok(Self { bearer, named: named.to_vec(), scopes: OPENID })
    }

    /// Any of these scopes opens it, where a product has others.
    #[must_use]
    pub fn opened_by(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes, ..self }
    }

    fn names(&self, tenant: RowKey, user: RowKey) -> bool {
        match self.named.as_slice() {
            [] => true,
            [organization, id] => {
                entity_id::parse(entity_id::ORGANIZATION, organization) == Some(tenant)
                    && entity_id::parse(entity_id::USER, id) == Some(user)
            }
            _ => false,
        }
    }
}

impl Userinfo {
    /// The members of OpenID Connect Core §5.3.2.
    pub fn standard(&self) -> Value {
        let mut members = Map::new();
        members.insert("sub".to_owned(), json!(self.user.to_text()));
        members.extend(self.claims.clone());
        Value::Object(members)
    }
}

impl Operation for UserinfoRequest {
    type Reply = Userinfo;

    fn needs(&self, vault: &Vault) -> Needs {
        self.bearer.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Userinfo> {
        let tenant = tenant(facts)?;
        let fact = self.bearer.check_any(facts, cx, self.scopes).map_err(|error| {
            if error.code == ErrorCode::InsufficientScope {
                error.caused(Cause::NoOpenidScope)
            } else {
                error
            }
        })?;
        let user = fact.user().ok_or_else(|| {
            OAuthError::invalid_token("it is nobody's").caused(Cause::TokenUnknown)
        })?;
        if !self.names(tenant.key(), user.key()) {
            let what = "There is no such user for this access token.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).into());
        }
        Ok(Outcome::reply(Userinfo {
            user: user.key(),
            username: user.username.clone(),
            tenant: tenant.key(),
            tenant_id: tenant.id().to_owned(),
            email: user.email.clone(),
            roles: user.roles.clone(),
            claims: claims::within(&Scope::stored(&fact.token.scope), user.body),
            all: claims::all(user.body),
            client_id: fact.client().map(|client| client.id().to_owned()),
            scope: fact.token.scope.clone(),
            made_at: user.key().made_at(),
        }))
    }
}

#[cfg(test)]
mod tests;
