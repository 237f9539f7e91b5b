//! Running operations on a scene as the engine would, and the requests that tests send most.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Scene, done};
use crate::{
    client_auth::Sent,
    context::Context,
    engine::Operation,
    errand::{Done, Errand},
    error::{ErrorCode, OAuthError},
    facts::Facts,
    form::Form,
    introspect::{AnswerForm, IntrospectReply, IntrospectRequest, Reason},
    limits::TURNS_MAX,
    manner::Manner,
    model::{Confirmation, Family, Named, TokenKind},
    outcome::{Committed, Event, Outcome, Stop, Write},
    revoke::{RevokeReply, RevokeRequest},
    row_key::RowKey,
    scope::Scope,
    time::Time,
    token::{Issue, TokenReply, TokenRequest, issue},
};

/// What an operation came to, committed or not.
#[derive(Debug)]
pub struct Ran<R> {
    pub reply: Result<R, OAuthError>,
    pub writes: Vec<Write>,
    pub events: Vec<Event>,
    /// What it asked of the edge on its way.
    pub errands: Vec<Errand>,
}

impl<R: std::fmt::Debug> Ran<R> {
    fn refused(error: OAuthError) -> Self {
        Self { reply: Err(error), writes: Vec::new(), events: Vec::new(), errands: Vec::new() }
    }

    #[track_caller]
    pub fn ok(&self) -> &R {
        self.reply.as_ref().unwrap_or_else(|error| panic!("{error} because {:?}", error.why))
    }

    #[track_caller]
    pub fn error(&self) -> &OAuthError {
        self.reply.as_ref().unwrap_err()
    }

    #[track_caller]
    pub fn code(&self) -> ErrorCode {
        self.error().code
    }

    #[track_caller]
    pub fn why(&self) -> &str {
        self.error().why.as_deref().unwrap_or_default()
    }

    #[track_caller]
    pub fn pointer(&self) -> &str {
        self.error().pointer.as_deref().unwrap_or_default()
    }
}

pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub fn form(body: &str) -> Form {
    Form::parse(body.as_bytes()).unwrap()
}

/// A token to be issued; of `web` with all it may have, unless said otherwise.
#[derive(Clone)]
pub struct Draft<'a> {
    pub client: &'a str,
    pub user: Option<&'a str>,
    pub scope: &'a str,
    pub audience: &'a [&'a str],
    pub not_before: Option<Time>,
    pub family: Option<RowKey>,
    pub kind: TokenKind,
    pub confirmation: Option<Confirmation>,
}

impl Default for Draft<'_> {
    fn default() -> Self {
        Self {
            client: "web",
            user: None,
            scope: "read write",
            audience: &["https://rs1"],
            not_before: None,
            family: None,
            kind: TokenKind::Access,
            confirmation: None,
        }
    }
}

impl Scene {
    /// The engine's loop without its store: needs, facts, decide, and further turns.
    pub fn run<O: Operation>(&mut self, operation: &O) -> Ran<O::Reply>
    where
        O::Reply: std::fmt::Debug,
    {
        let mut errands = Vec::new();
        let mut facts = Facts::default();
        let mut needs = operation.needs(&self.vault);
        for turn in 0..TURNS_MAX {
            let mut loaded = self.stock.load(&self.tenant, &needs);
            loaded.asked = needs.objects;
            for errand in needs.errands {
                let answer = match &errand {
                    Errand::Admit { .. } | Errand::VerifyGuess { .. } if self.admits.is_err() => {
                        Done::Admitted(self.admits)
                    }
                    other => done(other),
                };
                loaded.errands.insert(errand.clone(), answer);
                errands.push(errand);
            }
            if turn == 0 {
                facts = loaded;
            } else {
                facts.absorb(loaded);
            }
            match self.decide(operation, &facts).or_else(Stop::refused) {
                Ok(Outcome { writes, reply, events }) => {
                    return Ran { reply, writes, events, errands };
                }
                Err(Stop::Refuse(_) | Stop::RefuseAnd(_)) => panic!("a refusal is an outcome"),
                Err(Stop::Need(more)) => needs = *more,
                Err(Stop::Fault(fault)) => panic!("{fault}"),
            }
        }
        panic!("it asks without end: {needs:?}");
    }

    pub fn decide<O: Operation>(
        &mut self,
        operation: &O,
        facts: &Facts,
    ) -> Result<Outcome<O::Reply>, Stop> {
        self.with_context(|cx| operation.decide(facts, cx))
    }

    pub fn with_context<R>(&mut self, act: impl FnOnce(&mut Context<'_>) -> R) -> R {
        let issuer = match self.tenant.name() {
            "default" => "https://id.example".to_owned(),
            name => format!("https://id.example/t/{name}"),
        };
        act(&mut Context {
            now: self.now,
            entropy: &mut self.entropy,
            vault: &self.vault,
            issuer: &issuer,
            public_url: "https://id.example",
            surface: self.surface,
        })
    }

    /// Runs it and commits what it writes.
    #[track_caller]
    pub fn act<O: Operation>(&mut self, operation: &O) -> Ran<O::Reply>
    where
        O::Reply: std::fmt::Debug,
    {
        let ran = self.run(operation);
        assert_eq!(self.stock.commit(&ran.writes), Committed::Done, "{:?}", ran.writes);
        ran
    }

    pub fn token(&mut self, authorization: Option<&str>, body: &str) -> Ran<TokenReply> {
        match TokenRequest::parse(&Sent::new(authorization, &form(body))) {
            Ok(request) => self.act(&request),
            Err(error) => Ran::refused(error),
        }
    }

    pub fn revoke(&mut self, caller: &str, token: &str) -> Ran<RevokeReply> {
        let authorization = basic(caller, super::SECRET);
        let form = form(&format!("token={token}"));
        let sent = Sent::new(Some(&authorization), &form);
        let request = RevokeRequest::parse(&sent).unwrap();
        self.act(&request)
    }

    pub fn introspection(
        &mut self,
        authorization: Option<&str>,
        body: &str,
        answer: AnswerForm,
    ) -> Ran<IntrospectReply> {
        let form = form(body);
        match IntrospectRequest::parse(&Sent::new(authorization, &form), answer) {
            Ok(request) => self.act(&request),
            Err(error) => Ran::refused(error),
        }
    }

    /// The answer's body to a caller with the usual secret, and what the operator hears.
    #[track_caller]
    pub fn introspect(&mut self, caller: &str, token: &str) -> (Value, Option<Reason>) {
        let authorization = basic(caller, super::SECRET);
        let body = format!("token={token}");
        let ran = self.introspection(Some(&authorization), &body, AnswerForm::Json);
        let IntrospectReply::Json(answer) = ran.ok() else { panic!("not JSON") };
        let [Event::Introspected { caller: heard, reason, .. }] = ran.events.as_slice() else {
            panic!("{:?}", ran.events)
        };
        assert_eq!(heard, caller);
        (json!(answer), reason.clone())
    }

    #[track_caller]
    pub fn reason(&mut self, caller: &str, token: &str) -> Option<Reason> {
        let (answer, reason) = self.introspect(caller, token);
        assert_eq!(answer == json!({"active": false}), reason.is_some(), "{answer}");
        reason
    }

    /// Issues through the one way there is, and stores it.
    pub fn issue(&mut self, draft: &Draft<'_>) -> (String, RowKey) {
        let client = self.object(draft.client);
        let tenant = self.stock.objects.iter().find(|object| object.key == client.tenant);
        let tenant = tenant.unwrap().clone();
        let user = draft.user.map(|user| self.object(user));
        let audience: Vec<String> = draft.audience.iter().map(|&uri| uri.to_owned()).collect();
        let scope = Scope::stored(draft.scope);
        let mut facts = Facts::default();
        facts.whole.push((crate::facts::Space::SigningKey, self.signing_keys()));
        let algorithm = crate::model::SigningAlgorithm::ES256;
        let errand = Errand::GenerateKey { algorithm };
        facts.errands.insert(errand.clone(), done(&errand));
        let request = Issue {
            facts: &facts,
            tenant: Named::of(&tenant).unwrap(),
            client: Some(Named::of(&client).unwrap()),
            user: user.as_ref().and_then(Named::of),
            scope: &scope,
            audience: &audience,
            expires_at: self.now.expiry(3600),
            not_before: draft.not_before,
            family: draft.family,
            kind: draft.kind,
            confirmation: draft.confirmation.clone(),
            manner: &Manner::STANDARD,
            derived: false,
        };
        let issued = self.with_context(|cx| issue(&request, cx)).unwrap_or_else(|_| panic!());
        assert_eq!(self.stock.commit(&issued.writes), Committed::Done);
        (issued.text.expose().to_owned(), issued.key)
    }

    /// An authorization of `web`.
    pub fn family(&mut self) -> RowKey {
        let key = RowKey::draw(self.now, &mut self.entropy);
        let client = Some(self.key("web"));
        let expires_at = self.now.plus_seconds(86_400);
        let family =
            Family { key, client, user: None, expires_at, revocation: None, authentication: None };
        self.stock.families.push((self.key(super::FOO), family));
        key
    }

    /// A caller's own access token as an `Authorization` header.
    pub fn bearer(&mut self, scope: &str) -> String {
        format!("Bearer {}", self.issue(&Draft { scope, audience: &[], ..Draft::default() }).0)
    }
}
