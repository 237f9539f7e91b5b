//! The protocol's endpoints: each dialect that has the path gets its turn, and the answer is put into
//! the words of the one that speaks.

mod answers;

use hyper::{Method, Response, StatusCode, body::Bytes, http::request::Parts};
use vidimus_core::{
    engine::Store, errand::Errands, error::Fault, facts::Needs, limits::BODY_BYTES_MAX,
};
use vidimus_dialect::{Dialect, Endpoint, Shape};

use crate::{
    app::App,
    body::{self, Body},
    exchange::Exchange,
    failure::Failure,
    faults::spoil,
    headers::Cache,
    parameters,
    request::{authorization, reads},
    request_log::{self, Keep, Told, Went},
    routes::Target,
    turn::Turn,
};

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
}
