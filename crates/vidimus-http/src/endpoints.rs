//! The protocol's endpoints: read, run on the engine, put into the dialect's words.

use std::borrow::Cow;

use hyper::{Method, Response, StatusCode, body::Bytes, http::request::Parts};
use vidimus_core::{
    audit::Origin,
    client_auth::{Sent, bearer::Bearer},
    device::DeviceRequest,
    discovery::{MetadataRequest, ResourceMetadataRequest, TenantRequest},
    engine::{Operation, Store},
    errand::Errands,
    error::{Fault, OAuthError},
    facts::{Needs, TenantRef},
    introspect::{AnswerForm, DetailsRequest, IntrospectReply, IntrospectRequest},
    jwks::JwksRequest,
    limits::BODY_BYTES_MAX,
    outcome::Event,
    par::PushRequest,
    revoke::RevokeRequest,
    token::TokenRequest,
};
use vidimus_dialect::{Dialect, Endpoint, Shape};

use crate::{
    app::App,
    body::{self, Body},
    entropy::OsEntropy,
    events,
    exchange::Exchange,
    failure::Failure,
    faults::spoil,
    headers::Cache,
    in_dialect::{Heard, InDialect},
    parameters,
    request::{accepts, authorization, reads},
    request_log::{self, Keep, Told, Went},
    routes::Target,
    turn::Turn,
};

const INTROSPECTION_JWT: &str = "application/token-introspection+jwt";

/// A reply in the words of whichever dialect is to speak.
type Spoken = Box<dyn FnOnce(&Dialect, &vidimus_dialect::Asked<'_>) -> Shape + Send>;

/// What an endpoint answers before anybody has put it into words.
pub struct Answered {
    cache: Cache,
    to_user: bool,
    spoken: Spoken,
}

impl Answered {
    pub fn new(
        cache: Cache,
        spoken: impl FnOnce(&Dialect, &vidimus_dialect::Asked<'_>) -> Shape + Send + 'static,
    ) -> Self {
        Self { cache, to_user: false, spoken: Box::new(spoken) }
    }
}

impl<S: Store, E: Errands> App<S, E> {
    /// Each dialect that has the path gets its turn; the first that the tenant speaks answers.
    pub async fn endpoint<B>(
        &self,
        targets: &[Target<'_>],
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let mut body = Some(body);
        let mut whole = None;
        let mut first = None;
        for (at, target) in targets.iter().enumerate() {
            let mut turn = Turn::new(target, parts);
            let mut answered = match self.body_for(&turn, &mut body, &mut whole).await {
                Ok(bytes) if self.sandbox.is_some() => {
                    match Box::pin(self.staged(&turn, &bytes, exchange)).await {
                        Ok(()) => self.answer_in(&mut turn, &bytes, exchange).await,
                        Err(failure) => Err(failure),
                    }
                }
                Ok(bytes) => self.answer_in(&mut turn, &bytes, exchange).await,
                Err(failure) => Err(failure),
            };
            if let Err(Failure::Refused(_)) = &answered
                && turn.heard.tenant().is_none()
                && let Err(fault) = self.learn(&turn).await
            {
                answered = Err(fault.into());
            }
            let next = targets.get(at + 1);
            let nobodys =
                turn.heard.tenant().is_none() && matches!(answered, Err(Failure::Refused(_)));
            // A prefix that is nobody's may be a tenant's and the beginning of a longer route.
            if nobodys && next.is_some_and(|next| next.prefix != target.prefix) {
                first.get_or_insert((at, turn, answered));
                continue;
            }
            if next.is_some() && !turn.heard.speaks(target.dialect.name) {
                continue;
            }
            let (at, turn, answered) = match first {
                Some(first) if nobodys => first,
                _ => (at, turn, answered),
            };
            if let Some(tenant) = turn.heard.tenant() {
                self.metrics.asked_of(tenant.id());
                if exchange.is_traced {
                    exchange.tenant = Some(tenant.id().to_owned());
                }
            }
            self.note(&turn, &answered, whole.as_deref().unwrap_or_default(), exchange);
            let response = self.voiced(targets, at, &turn, answered, exchange);
            return match exchange.spoilt {
                Some(shown) => spoil(response, shown),
                None => response,
            };
        }
        // Only for no targets at all, which the caller has ruled out.
        self.json(StatusCode::NOT_FOUND, &serde_json::json!({"error": "not_found"}))
    }

    /// For the request log, if it takes this one: that is decided before it costs anything.
    fn note(
        &self,
        turn: &Turn<'_>,
        answered: &Result<Answered, Failure>,
        sent: &[u8],
        exchange: &mut Exchange,
    ) {
        let well = answered.is_ok() && exchange.reason.is_none() && exchange.fault.is_none();
        let went = match turn.endpoint {
            _ if !well => Went::Badly,
            Endpoint::Introspect => Went::Introspected,
            _ => Went::Well,
        };
        if !self.requests.admits(went, exchange.started) {
            exchange.keep = Keep::No;
            return;
        }
        exchange.keep = Keep::Yes(Box::new(request_log::Asked::of(turn.parts, sent)));
        exchange.tenant = turn.heard.tenant().map(|tenant| tenant.id().to_owned());
        exchange.dialect = Some(turn.target.dialect.name);
        if let Err(Failure::Refused(refused)) = answered {
            exchange.told = Some(Box::new(Told::of(&refused.error)));
        }
    }

    /// The body, read once however many dialects look at it, and not for a method that has none.
    async fn body_for<B>(
        &self,
        turn: &Turn<'_>,
        body: &mut Option<B>,
        whole: &mut Option<Bytes>,
    ) -> Result<Bytes, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        match turn.target.route.endpoint {
            Endpoint::Metadata
            | Endpoint::Jwks
            | Endpoint::Organization
            | Endpoint::CheckSession
            | Endpoint::ResourceMetadata
            | Endpoint::Logo => {
                reads(&turn.parts.method)?;
                return Ok(Bytes::new());
            }
            endpoint if endpoint.is_page() => parameters::shows(&turn.parts.method)?,
            Endpoint::Register | Endpoint::Registration => {}
            Endpoint::Userinfo | Endpoint::Identity => {
                if turn.parts.method != Method::POST {
                    reads(&turn.parts.method)?;
                }
            }
            _ => parameters::allows(turn.target.route.reading, &turn.parts.method)?,
        }
        if let Some(body) = body.take() {
            // A refusal of what is known before the body costs no reading of it.
            authorization(&turn.parts.headers)?;
            *whole = Some(body::read(body, BODY_BYTES_MAX, self.body_deadline).await?);
        }
        Ok(whole.clone().unwrap_or_default())
    }

    async fn answer_in(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        if let Endpoint::Introspect = route.endpoint {
            turn.form = Some(parameters::read(route.reading, turn.parts, bytes).await?);
            return self.introspection(turn, exchange).await;
        }
        // Boxed: what is rarer must not make the future of an introspection larger.
        Box::pin(self.answer_rarer(turn, bytes, exchange)).await
    }

    async fn answer_rarer(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        match route.endpoint {
            Endpoint::Metadata => {
                let reply = self.on_turn(&MetadataRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |d, asked| (d.metadata)(&reply, asked)))
            }
            Endpoint::ResourceMetadata => {
                let reply = self.on_turn(&ResourceMetadataRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |_, _| vidimus_dialect::json(&reply)))
            }
            Endpoint::Jwks => {
                if route.reading.query {
                    turn.form = Some(parameters::read(route.reading, turn.parts, bytes).await?);
                }
                let jwks = JwksRequest { publishes: route.manner.publishes };
                let reply = self.on_turn(&jwks, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |d, asked| (d.jwks)(&reply, asked)))
            }
            Endpoint::Organization => {
                self.on_turn(&TenantRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, |d, asked| (d.organization)(asked)))
            }
            Endpoint::Register | Endpoint::Registration => {
                self.registration(turn, bytes, exchange).await
            }
            Endpoint::Userinfo | Endpoint::Identity => self.userinfo(turn, bytes, exchange).await,
            Endpoint::Logo => self.logo(turn, exchange).await,
            endpoint if endpoint.is_page() => self.page(turn, bytes, exchange).await,
            _ => {
                let form = parameters::read(route.reading, turn.parts, bytes).await?;
                turn.endpoint = route.reading.endpoint(route.endpoint, &form);
                turn.form = Some(form);
                self.with_form(turn, exchange).await
            }
        }
    }

    async fn introspection(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let wants_jwt = accepts(&turn.parts.headers, INTROSPECTION_JWT);
        let answer = if wants_jwt { AnswerForm::Jwt } else { AnswerForm::Json };
        let operation = IntrospectRequest::parse(&sent(turn, exchange)?, answer)?;
        let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
        let to_user = matches!(reply, IntrospectReply::ToUser(_));
        let answered =
            Answered::new(Cache::Nobody, move |d, asked| (d.introspection)(&reply, asked));
        Ok(Answered { to_user, ..answered })
    }

    /// The other endpoints whose request is a form.
    async fn with_form(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let sent = sent(turn, exchange)?;
        match turn.endpoint {
            Endpoint::Token => {
                let operation = TokenRequest::parse(&sent)?;
                let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.token)(&reply, asked)))
            }
            Endpoint::Revoke => {
                let by_get = turn.parts.method == Method::GET;
                let operation = RevokeRequest::parse(&sent)?.by_get(by_get);
                let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.revoked)(&reply, asked)))
            }
            Endpoint::DeviceAuthorization => {
                let operation = DeviceRequest::parse(&sent)?;
                let client_id = Some(operation.client_id());
                let reply = self.on_turn(&operation, turn, client_id, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.device)(&reply, asked)))
            }
            Endpoint::PushedAuthorization => {
                let operation = PushRequest::parse(&sent)?;
                let client_id = Some(operation.client_id());
                let reply = self.on_turn(&operation, turn, client_id, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.pushed)(&reply, asked)))
            }
            Endpoint::TokenDetails => {
                let operation = DetailsRequest::parse(&sent)?;
                let reply = self.on_turn(&operation, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.details)(&reply, asked)))
            }
            // Nobody is signed in yet, so there is nobody to sign out.
            _ => {
                self.on_turn(&TenantRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, |d, asked| (d.logout)(asked)))
            }
        }
    }

    /// `client_id`: the client may be reachable at the root, whichever tenant's it is.
    pub async fn on_turn<O: Operation>(
        &self,
        operation: &O,
        turn: &Turn<'_>,
        client_id: Option<&str>,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let tenant = self.tenant_of(turn, client_id).await?;
        self.run_in(operation, turn, &tenant, exchange).await
    }

    pub async fn tenant_of(
        &self,
        turn: &Turn<'_>,
        client_id: Option<&str>,
    ) -> Result<Cow<'_, TenantRef>, Fault> {
        let tenant = self.tenant_at(turn.target, turn.parts).await?;
        Ok(match (tenant, client_id) {
            (Cow::Borrowed(_), Some(id)) => Cow::Owned(TenantRef::OfClient(id.to_owned())),
            (tenant, _) => tenant,
        })
    }

    pub async fn run_in<O: Operation>(
        &self,
        operation: &O,
        turn: &Turn<'_>,
        tenant: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let dialect = Some(turn.target.dialect.name);
        let dialect = dialect.filter(|_| !turn.endpoint.is_every_tenants());
        let operation = InDialect { operation, dialect, heard: &turn.heard };
        self.run_heard(&operation, tenant, Some(&turn.heard), exchange).await
    }

    /// Which tenant a request is for that was refused before any operation met it.
    async fn learn(&self, turn: &Turn<'_>) -> Result<(), Fault> {
        let tenant = self.tenant_at(turn.target, turn.parts).await?;
        turn.heard.note(&self.engine.store.load(&tenant, &Needs::default()).await?);
        Ok(())
    }

    /// The answer in the words of the dialect whose turn it was, or of one that answers users.
    fn voiced(
        &self,
        targets: &[Target<'_>],
        at: usize,
        turn: &Turn<'_>,
        answered: Result<Answered, Failure>,
        exchange: &Exchange,
    ) -> Response<Body> {
        let to_user = match &answered {
            Ok(answered) => answered.to_user,
            Err(Failure::Refused(refused)) => refused.error.to_user,
            Err(Failure::Fault(_)) => false,
        };
        let answers = |target: &&Target<'_>| {
            target.dialect.answers_users && turn.heard.speaks(target.dialect.name)
        };
        let others = targets.get(at..).unwrap_or_default();
        let other = others.iter().find(answers).filter(|_| to_user);
        let dialect = other.map_or(turn.target.dialect, |target| target.dialect);
        let issuer = turn.heard.tenant().map(|tenant| self.engine.issuer(tenant.id()));
        let issuer = issuer.as_deref().unwrap_or(&self.engine.public_url);
        let asked = turn.asked(issuer, &self.engine.public_url, &exchange.id);
        match answered {
            Ok(Answered { cache, spoken, .. }) => {
                self.dressed(dialect, &asked, cache, spoken(dialect, &asked), turn.parts)
            }
            Err(failure) => self.failed(dialect, &asked, failure, turn.parts, exchange),
        }
    }

    /// One operation on the engine, with the machine's time and entropy.
    pub async fn run<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        self.run_heard(operation, tenant, None, exchange).await
    }

    async fn run_heard<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        heard: Option<&Heard>,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let now = self.clock.now();
        let origin =
            Origin { request_id: Some(&exchange.id), address: Some(exchange.peer.address) };
        let answer = self.engine.run_for(operation, tenant, now, &mut OsEntropy, &origin).await?;
        let heard = heard.and_then(Heard::tenant);
        let tenant = heard.as_ref().map_or_else(|| tenant.name(), |tenant| tenant.id());
        for event in &answer.events {
            let guesser =
                events::record(&self.metrics, &self.guessing, event, now, tenant, exchange);
            if let Some(lines) = &self.audit_lines {
                lines.record(event, now, tenant, exchange);
                if let Some(caller) = guesser {
                    lines.guessed(caller, now, tenant, exchange);
                }
            }
            if let Event::Issued { client_id, .. } = event {
                self.used.note(tenant, client_id, now);
            }
        }
        if let Some(caller) = request_log::caller(answer.events) {
            exchange.caller = Some(caller);
        }
        Ok(answer.reply?)
    }

    pub fn json(&self, status: StatusCode, value: &serde_json::Value) -> Response<Body> {
        let shape: Shape = vidimus_dialect::json(value);
        self.shaped(Cache::Nobody, shape.status(status.as_u16()))
    }
}

/// What the request's form and header say of who asks.
fn sent<'a>(turn: &'a Turn<'_>, exchange: &Exchange) -> Result<Sent<'a>, OAuthError> {
    let form = turn.form.as_ref().ok_or_else(|| OAuthError::invalid_request("No form."))?;
    let manner = turn.target.route.manner;
    let authorization = authorization(&turn.parts.headers)?;
    let authorization = authorization.filter(|_| !Bearer::is_ignored(authorization, form, manner));
    Ok(Sent { authorization, form, manner, peer: Some(exchange.peer.address) })
}
