//! A client changes its registration (RFC 7592 §2.2): the whole of it is replaced, and judged like a
//! new one. What an administrator had added to it goes, too: it was given to another client.

use super::{
    RegistrationReply,
    credentials::{Owner, access_token, client_secret},
    manage::{Managed, Manager},
    members::{self, Members, wrong},
    metadata::{Wish, resulting},
    statement::Statement,
    uris::check_sector,
};
use crate::{
    context::Context,
    engine::Operation,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    limits::SECRET_BYTES_MAX,
    manner::Manner,
    model::{Body, Client, ClientMetadata, Registered, SecretHash},
    outcome::{Change, Decision, Event, Outcome, Stop},
    policy::Registration,
    scope::Scope,
    secret::Secret,
    vault::Vault,
};

/// What the server alone says.
const NOT_SENT: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

pub struct UpdateClient {
    manager: Manager,
    sent: Members,
    statement: Option<Statement>,
    manner: &'static Manner,
}

impl UpdateClient {
    /// # Errors
    /// `invalid_token` without a bearer token; else what is malformed.
    pub fn parse(
        client_id: &str,
        authorization: Option<&str>,
        body: &[u8],
        manner: &'static Manner,
    ) -> Result<Self, OAuthError> {
        let manager = Manager::find(client_id, authorization)?;
        let sent = members::read(body)?;
        let statement = Statement::find(&sent)?;
        Ok(Self { manager, sent, statement, manner })
    }

    /// The secret, if it was sent and is the client's own.
    fn proven_secret(
        &self,
        managed: Managed<'_>,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Result<Option<Secret>, Stop> {
        let Some(sent) = self.sent.get("client_secret") else { return Ok(None) };
        let client = managed.client;
        let presented = sent.as_str().filter(|text| text.len() <= SECRET_BYTES_MAX);
        let stored = client.body.secret.as_ref().map(|stored| &stored.hash);
        let matches = match (presented, stored) {
            (Some(text), Some(SecretHash::Keyed(hash))) => {
                cx.vault.secret_matches(hash, managed.tenant.key(), client.key(), text)
            }
            (Some(text), Some(SecretHash::Argon2id(phc) | SecretHash::Imported(phc))) => {
                facts.verified(phc, &Secret::new(text))?
            }
            (None, _) | (_, None) => false,
        };
        if !matches {
            return Err(wrong("client_secret", "client_secret is not the client's.").into());
        }
        Ok(presented.map(Secret::new))
    }

    fn metadata(
        &self,
        managed: Managed<'_>,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Result<ClientMetadata, Stop> {
        let policy = &managed.tenant.body.policy;
        let attested = match &self.statement {
            Some(statement) => Some(statement.claims(facts, cx)?),
            None if policy.registration == Registration::SoftwareStatement => {
                return Err(no_statement().into());
            }
            None => None,
        };
        let wish = Wish {
            sent: &self.sent,
            attested: attested.as_ref(),
            policy,
            manner: &self.manner.registration,
            by_administrator: false,
        };
        let mut metadata = resulting(&wish, managed.client.id())?;
        // What is left out falls back to the default, and never beyond what there was.
        if !self.sent.contains_key("scope") {
            let before = Scope::stored(&managed.client.body.metadata.scope);
            metadata.scope = Scope::stored(&metadata.scope).within(&before).to_string();
        }
        check_sector(&metadata, facts)?;
        let owner = managed.client.body.metadata.owner.clone();
        Ok(ClientMetadata { owner, ..metadata })
    }
}

pub fn no_statement() -> OAuthError {
    let what = "A software statement is needed.";
    OAuthError::new(ErrorCode::UnapprovedSoftwareStatement, what).caused(Cause::Registration)
}

impl Operation for UpdateClient {
    type Reply = RegistrationReply;

    fn needs(&self, _: &Vault) -> Needs {
        let needs = self.manager.needs();
        match &self.statement {
            Some(statement) => statement.needs(needs),
            None => needs,
        }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<RegistrationReply> {
        let managed = self.manager.managed(facts, cx)?;
        if let Some(name) = NOT_SENT.iter().find(|name| self.sent.contains_key(**name)) {
            return Err(wrong(name, format!("{name} cannot be sent.")).into());
        }
        let named = self.sent.get("client_id").and_then(|id| id.as_str());
        if named != Some(managed.client.id()) {
            return Err(wrong("client_id", "client_id is not the client's.").into());
        }
        let proven = self.proven_secret(managed, facts, cx)?;
        let metadata = self.metadata(managed, facts, cx)?;
        let (tenant, object) = (managed.tenant.key(), managed.client.object);
        let owner = Owner { tenant, key: object.key };
        let method = &metadata.token_endpoint_auth_method;
        let before = managed.client.body.secret.as_ref();
        let (secret, made) = client_secret(method, before, owner, cx)?;
        let kept = proven.filter(|_| secret.is_some());
        let (token, token_hash) = access_token(owner, cx);
        // It is no longer what was sent at first.
        let registered = Registered { token_hash, digest: None, ..managed.registered.clone() };
        let client = Client {
            metadata,
            secret,
            assertion_jwks: None,
            registration: Some(registered.clone()),
            fingerprint: None,
        };
        let reply = RegistrationReply {
            client_secret: made.or(kept),
            registration_access_token: Some(token),
            software_statement: self.statement.as_ref().map(|s| s.text().to_owned()),
            ..RegistrationReply::of(&client, &registered)
        };
        let by = managed.client.id().to_owned();
        let action = format!("update registration {by}");
        let changed = object.changed(object.standing, Body::Client(Box::new(client)));
        Ok(Outcome::reply(reply)
            .write(tenant, Change::Replace(changed))
            .event(Event::Administered { by, action }))
    }
}
