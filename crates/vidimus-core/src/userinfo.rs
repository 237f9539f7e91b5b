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
    secret::Secret,
    time::Time,
    vault::Vault,
};

pub struct UserinfoRequest {
    bearer: Bearer,
    scopes: &'static [&'static str],
    named: Option<Named>,
}

/// The rows that a URL names, where its words are ids of any.
struct Named {
    organization: Option<RowKey>,
    user: Option<RowKey>,
}

/// Neutral facts; each dialect picks and spells its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Userinfo {
    pub user: RowKey,
    pub username: String,
    pub tenant: RowKey,
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
    /// The token is the header's or, where a route takes it elsewhere, `given`. Any of `scopes`
    /// opens the endpoint.
    ///
    /// # Errors
    /// `invalid_token` without a token, `invalid_request` for two (RFC 6750 §2).
    pub fn parse(
        authorization: Option<&str>,
        given: Option<Secret>,
        scopes: &'static [&'static str],
    ) -> Result<Self, OAuthError> {
        let bearer = match (Bearer::find(authorization), given) {
            (Some(_), Some(_)) => {
                let what = "More than one access token was sent.";
                return Err(OAuthError::invalid_request(what).caused(Cause::TwoMethods));
            }
            (Some(bearer), None) => bearer,
            (None, Some(given)) => Bearer::of(given),
            (None, None) => {
                let error = OAuthError::invalid_token("no access token was sent");
                return Err(error.caused(Cause::NoBearer));
            }
        };
        Ok(Self { bearer, scopes, named: None })
    }

    /// Only for a token of this user in this organization.
    #[must_use]
    pub fn named(self, organization: &str, user: &str) -> Self {
        let organization = entity_id::parse(entity_id::ORGANIZATION, organization);
        let user = entity_id::parse(entity_id::USER, user);
        Self { named: Some(Named { organization, user }), ..self }
    }
}

impl Named {
    fn is(&self, organization: RowKey, user: RowKey) -> bool {
        self.organization == Some(organization) && self.user == Some(user)
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
        if self.named.as_ref().is_some_and(|named| !named.is(tenant.key(), user.key())) {
            return Err(OAuthError::new(ErrorCode::NotFound, "There is nothing here.").into());
        }
        Ok(Outcome::reply(Userinfo {
            user: user.key(),
            username: user.username.clone(),
            tenant: tenant.key(),
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
