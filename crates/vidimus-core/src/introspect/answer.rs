//! The introspection response (RFC 7662 §2.2), before a dialect spells it.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    facts::TokenFact,
    model::{Body, Confirmation, Object, TokenKind},
    row_key::RowKey,
    scope::Scope,
    subject,
    vault::Vault,
};

/// `Inactive` is one value: whatever the reason, callers get the same bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    Active(Box<Active>),
    Inactive,
}

/// Every member of RFC 7662 §2.2 that applies. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Active {
    pub kind: TokenKind,
    pub scope: String,
    pub client_id: Option<String>,
    pub username: Option<String>,
    pub exp: i64,
    pub iat: i64,
    pub nbf: Option<i64>,
    pub sub: Option<String>,
    pub aud: Vec<String>,
    pub iss: String,
    pub jti: String,
    pub cnf: Option<Confirmation>,
    /// Row keys, for dialects whose ids are made of them.
    pub user: Option<RowKey>,
    /// `sub` is a user's name in the asker's sector, and nothing else here tells of the user.
    pub is_pairwise: bool,
    pub client: Option<RowKey>,
    /// The client's owner, by name.
    pub owner: Option<String>,
}

impl Active {
    /// `scope` is cut to what the asker is told of.
    pub fn of(fact: &TokenFact, issuer: &str, told: Option<&Scope>) -> Self {
        let token = &fact.token;
        let client_id = fact.client().map(|client| client.id().to_owned());
        let user = fact.user();
        Self {
            kind: token.kind,
            scope: match told {
                Some(ceiling) => Scope::stored(&token.scope).within(ceiling).to_string(),
                None => token.scope.clone(),
            },
            username: user.map(|user| user.username.clone()),
            sub: user.map(|user| user.key().to_text()).or_else(|| client_id.clone()),
            client_id,
            exp: token.expires_at.seconds(),
            iat: token.issued_at.seconds(),
            nbf: token.not_before.map(crate::time::Time::seconds),
            aud: token.audience.clone(),
            iss: issuer.to_owned(),
            jti: token.key.to_text(),
            cnf: token.confirmation.clone(),
            user: token.user,
            is_pairwise: false,
            client: token.client,
            owner: fact.client().and_then(|client| client.body.metadata.owner.clone()),
        }
    }

    /// As a client sees it that knows users by names of its own (OpenID Connect Core §8): whatever
    /// token it asks about, it must not learn by what others know the user. Resource servers are told
    /// the public name, so that all of them speak of the same user whichever client sent the token.
    pub fn seen_by(mut self, caller: &Object, vault: &Vault) -> Self {
        let Body::Client(client) = &caller.body else { return self };
        let pairwise = |user| subject::pairwise(client, user, caller.tenant, vault);
        if let Some(sub) = self.user.and_then(pairwise) {
            self.sub = Some(sub);
            self.is_pairwise = true;
            (self.user, self.username) = (None, None);
        }
        self
    }

    /// `Bearer`, `DPoP` (RFC 9449 §5), or for a refresh token the name of its hint, which no
    /// resource server can take for an access token's type.
    pub const fn token_type(&self) -> &'static str {
        match (self.kind, &self.cnf) {
            (TokenKind::Refresh, _) => "refresh_token",
            (TokenKind::Access, Some(Confirmation::Jkt(_))) => "DPoP",
            (TokenKind::Access, _) => "Bearer",
        }
    }
}

impl Serialize for Introspection {
    /// The standard members, in the order of RFC 7662 §2.2.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        let Self::Active(active) = self else {
            body.serialize_entry("active", &false)?;
            return body.end();
        };
        body.serialize_entry("active", &true)?;
        if !active.scope.is_empty() {
            body.serialize_entry("scope", &active.scope)?;
        }
        put(&mut body, "client_id", active.client_id.as_ref())?;
        put(&mut body, "username", active.username.as_ref())?;
        body.serialize_entry("token_type", active.token_type())?;
        body.serialize_entry("exp", &active.exp)?;
        body.serialize_entry("iat", &active.iat)?;
        put(&mut body, "nbf", active.nbf)?;
        put(&mut body, "sub", active.sub.as_ref())?;
        match active.aud.as_slice() {
            [] => {}
            [one] => body.serialize_entry("aud", one)?,
            several => body.serialize_entry("aud", several)?,
        }
        body.serialize_entry("iss", &active.iss)?;
        body.serialize_entry("jti", &active.jti)?;
        put(&mut body, "cnf", active.cnf.as_ref())?;
        body.end()
    }
}

fn put<M: SerializeMap>(
    body: &mut M,
    name: &str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| body.serialize_entry(name, &value))
}
