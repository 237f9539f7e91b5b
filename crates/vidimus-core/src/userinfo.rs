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
    facts::{Facts, Needs, TokenFact},
    manner::Manner,
    model::User,
    outcome::{Decision, Outcome},
    rotation,
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    subject,
    time::Time,
    vault::Vault,
};

pub struct UserinfoRequest {
    bearer: Bearer,
    manner: &'static Manner,
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
    /// `sub`: as in the ID token of the same client.
    pub subject: String,
    pub username: String,
    pub tenant: RowKey,
    pub email: Option<String>,
    pub roles: Vec<String>,
    /// The standard claims that the scope is for, and those asked for by name; without `sub`.
    pub claims: Map<String, Value>,
    /// [`Self::standard`] as a JWT, where the client registered for one.
    pub signed: Option<String>,
    /// All that are known of the user, whatever the scope.
    pub all: Map<String, Value>,
    pub client_id: Option<String>,
    pub scope: String,
    /// When the user's row was made.
    pub made_at: Time,
}

impl UserinfoRequest {
    /// The token is the header's or, where a route takes it elsewhere, `given`.
    ///
    /// # Errors
    /// `invalid_token` without a token, `invalid_request` for two (RFC 6750 §2).
    pub fn parse(
        authorization: Option<&str>,
        given: Option<Secret>,
        manner: &'static Manner,
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
        Ok(Self { bearer, manner, named: None })
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
        Value::Object(self.members())
    }

    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("sub".to_owned(), json!(self.subject));
        members.extend(self.claims.clone());
        members
    }
}

impl Operation for UserinfoRequest {
    type Reply = Userinfo;

    fn needs(&self, vault: &Vault) -> Needs {
        self.bearer.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Userinfo> {
        let tenant = tenant(facts)?;
        let fact =
            self.bearer.check_any(facts, cx, self.manner.userinfo_scopes).map_err(|error| {
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
        let (client, key) = (fact.client(), user.key());
        let mut told = Userinfo {
            user: key,
            subject: subject::of(client, key, tenant.key(), self.manner, cx),
            username: user.username.clone(),
            tenant: tenant.key(),
            email: user.email.clone(),
            roles: user.roles.clone(),
            claims: released(fact, user.body),
            signed: None,
            all: claims::all(user.body),
            client_id: client.map(|client| client.id().to_owned()),
            scope: fact.token.scope.clone(),
            made_at: key.made_at(),
        };
        let Some((client, algorithm)) = client
            .and_then(|client| Some((client, client.body.metadata.userinfo_signed_response_alg?)))
        else {
            return Ok(Outcome::reply(told));
        };
        let (signer, writes) = rotation::signer(facts, tenant, algorithm, cx)?;
        let mut members = told.members();
        members.insert("iss".to_owned(), json!(cx.issuer));
        members.insert("aud".to_owned(), json!(client.id()));
        told.signed = Some(signer.sign("JWT", &Value::Object(members))?);
        Ok(Outcome { writes, reply: Ok(told), events: Vec::new() })
    }
}

/// By the token's scope, and by name as the authorization request had it (§5.5).
fn released(fact: &TokenFact, user: &User) -> Map<String, Value> {
    let mut claims = claims::within(&Scope::stored(&fact.token.scope), user);
    // Another client's token may have joined the authorization.
    let own = fact.family.as_ref().filter(|family| family.client == fact.token.client);
    let authentication = own.and_then(|family| family.authentication.as_ref());
    if let (Some(authentication), Some(client)) = (authentication, fact.client()) {
        let ceiling = Scope::stored(&client.body.metadata.scope);
        claims.extend(claims::named(&authentication.userinfo_claims, &ceiling, user));
    }
    claims
}

#[cfg(test)]
mod tests;
