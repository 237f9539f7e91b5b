//! Minting: an administrator issues a token as the client would have got it, for tests and tools.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    limits::TOKEN_TTL_SECONDS_MAX,
    manner::Manner,
    model::{Confirmation, Family, TokenKind},
    outcome::{Change, Decision, Event, Outcome, Write},
    resource,
    row_key::RowKey,
    scope::{self, Scope},
    time::Time,
    token::{Issue, issue},
    vault::Vault,
};

/// What to mint. Times in seconds since 1970.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MintOrder {
    pub client_id: String,
    pub username: Option<String>,
    pub scope: Option<String>,
    pub resource: Vec<String>,
    pub ttl_seconds: Option<i64>,
    pub not_before: Option<i64>,
    /// With a refresh token, both in one family.
    pub refresh: bool,
    pub cnf: Option<Confirmation>,
    /// The dialect whose tokens are spelled like this one; the standard's, if left out.
    pub profile: Option<String>,
    /// The same, once its name is known to the edge.
    #[serde(skip)]
    pub manner: Option<&'static Manner>,
}

impl MintOrder {
    const fn token_type(&self) -> &'static str {
        match self.cnf {
            Some(Confirmation::Jkt(_)) => "DPoP",
            _ => "Bearer",
        }
    }

    fn scope(&self, allowed: &Scope) -> Result<Scope, OAuthError> {
        let asked = self.scope.as_deref().map(Scope::parse).transpose()?;
        scope::narrow(asked.as_ref(), allowed)
    }
}

pub struct Mint {
    pub order: MintOrder,
    pub by: String,
}

impl Mint {
    fn events(&self, client_id: &str, token: RowKey) -> Vec<Event> {
        let action = format!("mint token of {client_id}");
        vec![
            Event::Issued { grant: "mint", client_id: client_id.to_owned(), token },
            Event::Administered { by: self.by.clone(), action },
        ]
    }
}

impl Operation for Mint {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        let order = &self.order;
        let mut needs = Needs::default().object(Space::Caller, &order.client_id);
        if let Some(username) = &order.username {
            needs = needs.object(Space::User, username);
        }
        order.resource.iter().fold(needs, |needs, uri| needs.object(Space::Audience, uri))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let order = &self.order;
        let tenant = tenant(facts)?;
        let missing = |what: &'static str| OAuthError::new(ErrorCode::NotFound, what);
        let client =
            facts.client(&order.client_id).ok_or_else(|| missing("There is no such client."))?;
        let user = match &order.username {
            Some(name) => Some(facts.user(name).ok_or_else(|| missing("There is no such user."))?),
            None => None,
        };
        for uri in &order.resource {
            facts.find(Space::Audience, uri).ok_or_else(resource::unknown)?;
        }
        let scope = order.scope(&Scope::stored(&client.metadata.scope))?;
        let ttl_seconds = order.ttl_seconds.unwrap_or(tenant.policy.access_token_ttl_seconds);
        if !(1..=TOKEN_TTL_SECONDS_MAX).contains(&ttl_seconds) {
            return Err(OAuthError::invalid_request("ttl_seconds is out of range.")
                .at("/ttl_seconds")
                .into());
        }
        let not_before = order.not_before.map(Time::from_seconds);
        if not_before.is_some_and(|from| from >= cx.now.expiry(ttl_seconds)) {
            return Err(OAuthError::invalid_request("not_before is after the end of the token.")
                .at("/not_before")
                .into());
        }
        let family = order.refresh.then(|| RowKey::draw(cx.now, cx.entropy));
        let access = Issue {
            facts,
            tenant,
            client: Some(client),
            user,
            scope: &scope,
            audience: &order.resource,
            expires_at: cx.now.expiry(ttl_seconds),
            not_before,
            family,
            kind: TokenKind::Access,
            confirmation: order.cnf.clone(),
            manner: order.manner.unwrap_or(&Manner::STANDARD),
            derived: false,
        };
        let issued = issue(&access, cx)?;
        let mut reply = Map::new();
        reply.insert("access_token".to_owned(), json!(issued.text.expose()));
        reply.insert("token_type".to_owned(), json!(order.token_type()));
        reply.insert("expires_in".to_owned(), json!(ttl_seconds));
        reply.insert("scope".to_owned(), json!(scope.to_string()));
        let mut writes = issued.writes;
        if let Some(key) = family {
            let ttl_seconds = tenant.policy.refresh_token_ttl_seconds.max(ttl_seconds);
            let kind = TokenKind::Refresh;
            let expires_at = cx.now.expiry(ttl_seconds);
            let refresh = issue(&Issue { expires_at, kind, ..access.again() }, cx)?;
            reply.insert("refresh_token".to_owned(), json!(refresh.text.expose()));
            let expires_at =
                cx.now.expiry(tenant.policy.authorization_ttl_seconds).max(refresh.expires_at);
            let client = Some(client.key());
            let user = user.map(|user| user.key());
            let family =
                Family { key, client, user, expires_at, revocation: None, authentication: None };
            writes.push(Write { tenant: tenant.key(), change: Change::InsertFamily(family) });
            writes.extend(refresh.writes);
        }
        let events = self.events(client.id(), issued.key);
        Ok(Outcome { writes, reply: Ok(Value::Object(reply)), events })
    }
}
