//! A client registers itself (RFC 7591 §3). A public one that sends the same again is the same
//! client; a confidential one is always new, since its secret is nobody else's.

use std::{net::IpAddr, sync::Arc};

use super::{
    RegistrationReply,
    admission::{Presented, Registrar, check_room},
    credentials::{Owner, access_token, client_secret},
    members::{self, Members},
    metadata::{Wish, resulting},
    statement::Statement,
    update::no_statement,
    uris::check_sector,
};
use crate::{
    admin::object::made_id,
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TenantRef},
    manner::Manner,
    model::{Body, Client, ClientMetadata, Named, Object, Registered, Standing, Tenant},
    outcome::{Change, Decision, Event, Outcome, Stop, Write},
    policy::Registration,
    row_key::RowKey,
    vault::Vault,
};

pub struct RegisterRequest {
    presented: Presented,
    sent: Members,
    statement: Option<Statement>,
    manner: &'static Manner,
    peer: Option<IpAddr>,
}

impl RegisterRequest {
    /// # Errors
    /// `invalid_client_metadata` or `invalid_software_statement`: what is malformed.
    pub fn parse(
        authorization: Option<&str>,
        body: &[u8],
        manner: &'static Manner,
        peer: Option<IpAddr>,
    ) -> Result<Self, OAuthError> {
        let sent = members::read(body)?;
        let statement = Statement::find(&sent)?;
        let presented = Presented::find(authorization, &manner.registration);
        Ok(Self { presented, sent, statement, manner, peer })
    }

    fn metadata(
        &self,
        tenant: Named<'_, Tenant>,
        registrar: Registrar<'_>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Result<ClientMetadata, Stop> {
        let policy = &tenant.body.policy;
        let attested = match &self.statement {
            Some(statement) => Some(statement.claims(facts, cx)?),
            None => None,
        };
        let needs_statement = policy.registration == Registration::SoftwareStatement;
        if needs_statement && attested.is_none() && registrar.owner().is_none() {
            return Err(no_statement().into());
        }
        let wish = Wish {
            sent: &self.sent,
            attested: attested.as_ref(),
            policy,
            manner: &self.manner.registration,
            by_administrator: registrar.owner().is_some(),
        };
        let metadata = resulting(&wish, &made_id(cx))?;
        // Before anything is fetched for somebody nobody knows.
        registrar.pace(self.peer, tenant, facts)?;
        check_sector(&metadata, facts)?;
        Ok(ClientMetadata { owner: registrar.owner(), ..metadata })
    }

    /// What was sent, what came of it here and by whom, in one spelling: another route makes another
    /// client of it. Of confidential clients none is the same.
    fn digest(
        &self,
        metadata: &ClientMetadata,
        registrar: Registrar<'_>,
        vault: &Vault,
    ) -> Option<String> {
        if metadata.token_endpoint_auth_method != "none" {
            return None;
        }
        let mut sent = serde_json::Value::Object(self.sent.clone());
        sent.sort_all_objects();
        let metadata = ClientMetadata { client_id: String::new(), ..metadata.clone() };
        let made = serde_json::to_string(&metadata).unwrap_or_default();
        let by = registrar.name().unwrap_or_default();
        let text = format!("register {} {} {by}{sent}{made}", registrar.label(), by.len());
        Some(vault.fingerprint(text.as_bytes()))
    }

    fn reply(&self, client: &Client, registered: &Registered) -> RegistrationReply {
        RegistrationReply {
            software_statement: self.statement.as_ref().map(|s| s.text().to_owned()),
            ..RegistrationReply::of(client, registered)
        }
    }

    /// The client that was registered with the same before. Its metadata is public, so whoever sends
    /// it proves nothing: only a registrar that made it takes over its management.
    fn again(
        &self,
        known: Named<'_, Client>,
        registered: &Registered,
        registrar: Registrar<'_>,
        tenant: Named<'_, Tenant>,
        cx: &mut Context<'_>,
    ) -> Result<(RegistrationReply, Write), Stop> {
        let object = known.object;
        if object.standing.disabled {
            let what = "The client is disabled.";
            let error = OAuthError::new(ErrorCode::AccessDenied, what);
            return Err(error.caused(Cause::Registration).into());
        }
        let mut registered = registered.clone();
        let mut token = None;
        if registrar.takes_over(&registered) {
            let (text, hash) = access_token(Owner { tenant: tenant.key(), key: object.key }, cx);
            (registered.token_hash, token) = (hash, Some(text));
        }
        let client = Client { registration: Some(registered.clone()), ..known.body.clone() };
        let reply = RegistrationReply {
            registration_access_token: token,
            ..self.reply(&client, &registered)
        };
        let ttl_seconds = tenant.body.policy.unused_client_ttl_seconds;
        let expires_at = (!registered.used).then(|| cx.now.plus_seconds(ttl_seconds));
        let body = Body::Client(Box::new(client));
        let changed = Object { version: object.version + 1, expires_at, body, ..**object };
        let change = Change::Replace(Arc::new(changed));
        Ok((reply, Write { tenant: tenant.key(), change }))
    }

    fn anew(
        &self,
        metadata: ClientMetadata,
        digest: Option<String>,
        registrar: Registrar<'_>,
        tenant: Named<'_, Tenant>,
        cx: &mut Context<'_>,
    ) -> Result<(RegistrationReply, Object), Stop> {
        let owner = Owner { tenant: tenant.key(), key: RowKey::draw(cx.now, cx.entropy) };
        let method = &metadata.token_endpoint_auth_method;
        let (secret, made) = client_secret(method, None, owner, cx)?;
        let (token, token_hash) = access_token(owner, cx);
        let (issued_at, by) = (cx.now, registrar.name());
        let registered = Registered { token_hash, issued_at, by, used: false, digest };
        let client = Client {
            metadata,
            secret,
            assertion_jwks: None,
            registration: Some(registered.clone()),
            fingerprint: None,
        };
        let reply = RegistrationReply {
            client_secret: made,
            registration_access_token: Some(token),
            ..self.reply(&client, &registered)
        };
        let ttl_seconds = tenant.body.policy.unused_client_ttl_seconds;
        let object = Object {
            key: owner.key,
            tenant: owner.tenant,
            version: 1,
            standing: Standing::default(),
            expires_at: Some(cx.now.plus_seconds(ttl_seconds)),
            body: Body::Client(Box::new(client)),
        };
        Ok((reply, object))
    }
}

impl Operation for RegisterRequest {
    type Reply = RegistrationReply;

    fn needs(&self, vault: &Vault) -> Needs {
        let needs = Needs { count: Some(Space::Registered), ..Needs::default() };
        let needs = self.presented.needs(needs, vault);
        match &self.statement {
            Some(statement) => statement.needs(needs),
            None => needs,
        }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<RegistrationReply> {
        let tenant = tenant(facts)?;
        let registrar =
            self.presented.admit(tenant, self.statement.is_some(), self.peer, facts, cx)?;
        let metadata = self.metadata(tenant, registrar, facts, cx)?;
        let digest = self.digest(&metadata, registrar, cx.vault);
        let known = match &digest {
            Some(digest) => facts.look(Space::RegisteredDigest, digest)?.and_then(Named::of),
            None => None,
        };
        let known = known
            .and_then(|known: Named<'_, Client>| Some((known, known.body.registration.as_ref()?)));
        let (reply, mut writes) = if let Some((known, registered)) = known {
            let (reply, write) = self.again(known, registered, registrar, tenant, cx)?;
            (reply, vec![write])
        } else {
            check_room(tenant, facts)?;
            let (reply, object) = self.anew(metadata, digest, registrar, tenant, cx)?;
            let change = Change::Create(Arc::new(object));
            let room = Change::Room {
                space: Space::Registered,
                fewer_than: u64::from(tenant.body.policy.registered_clients_max),
            };
            let mut writes: Vec<Write> =
                [room, change].map(|change| Write { tenant: tenant.key(), change }).into();
            let reaches_root =
                self.manner.registration.reaches_root && tenant.id() != TenantRef::DEFAULT_ID;
            if reaches_root || tenant.body.is_reachable_at_root(&cx.surface) {
                let change = Change::ReachAtRoot { client_id: reply.client_id().to_owned() };
                writes.push(Write { tenant: tenant.key(), change });
            }
            (reply, writes)
        };
        writes.extend(registrar.spend());
        let event = Event::Registered { client_id: reply.client_id().to_owned() };
        Ok(Outcome { writes, reply: Ok(reply), events: vec![event] })
    }
}
