//! A request on its way through the table: what the checks so far have made of it.

use std::sync::Arc;

use super::{
    AuthorizeRequest,
    known_uri::KnownUri,
    prompt::Prompt,
    reply::{Back, Next, ResponseMode},
    response_type::ResponseType,
    table::Column,
};
use crate::{
    browser::Cookie,
    claims_request::ClaimsRequest,
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::Facts,
    form::Form,
    model::{Client, Flow, Named, Tenant, Ticket},
    outcome::{Event, Stop, Write},
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    session::{Bound, Live},
    username,
};

pub struct Draft<'a> {
    pub column: Column,
    pub asked: &'a AuthorizeRequest,
    pub facts: &'a Facts,
    pub tenant: Named<'a, Tenant>,
    /// The request itself, wherever it came from.
    pub parameters: Form,
    pub client: Option<Named<'a, Client>>,
    /// The client whose ticket brought the request: one of the same id that is made later is another.
    pub of_client: Option<RowKey>,
    /// Where answers may go; until it is known, refusals are pages.
    pub to: Option<KnownUri>,
    pub mode: ResponseMode,
    pub response_type: ResponseType,
    pub scope: Scope,
    pub audience: Vec<String>,
    /// Of PKCE.
    pub challenge: Option<String>,
    pub claims: ClaimsRequest,
    pub prompt: Prompt,
    pub hint: Option<Hint>,
    pub browser: Bound,
    /// Of the browser, the current one first.
    pub sessions: Vec<Live<'a>>,
    /// It waits for its user already.
    pub flow: Option<Waiting>,
    /// The ticket of the device that is answered for.
    pub device: Option<Arc<Ticket>>,
    /// Its client has no pages: it brings the user's password itself.
    pub is_headless: bool,
    /// It was pushed before (RFC 9126).
    pub is_pushed: bool,
    /// The user has said yes, to what was shown just now.
    pub is_allowed: bool,
    /// The user has confirmed the sign-out.
    pub is_confirmed: bool,
    /// Where the browser goes once it is signed out.
    pub after: Option<KnownUri>,
    /// What was wrong with the user's last try.
    pub failure: Option<Failure>,
    /// What was wrong with a sign-in, for the operator.
    pub events: Vec<Event>,
    /// The row of the current session as it is to be.
    pub session_row: Option<Ticket>,
    pub writes: Vec<Write>,
    pub cookies: Vec<Cookie>,
}

/// The flow as it is stored, and as it is to be.
pub struct Waiting {
    pub text: Secret,
    pub ticket: Arc<Ticket>,
    pub flow: Flow,
}

/// What `id_token_hint` says.
pub struct Hint {
    /// The user, by the name that its client knows.
    pub subject: String,
    pub audience: Vec<String>,
    /// `sid`.
    pub session: Option<String>,
}

/// What was wrong with what the user typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Wrong,
    TooMany { retry_after_seconds: u32 },
    UnknownUserCode,
}

/// A check that does not let the request go on.
pub enum Halt {
    Stop(Stop),
    Answer(Box<Next>),
    /// The user must do something first, or be told why not if nobody may be asked.
    Ask(Ask),
    /// The user has said no.
    Denied,
}

/// What the user is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    SignIn,
    Choose,
    Consent,
    UserCode,
    SignOut,
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// A refusal for a page: the request is not known to be anybody's.
impl From<OAuthError> for Halt {
    fn from(error: OAuthError) -> Self {
        Self::Stop(error.into())
    }
}

impl<'a> Draft<'a> {
    /// # Errors
    /// The table has this before the client is known: ours to answer for.
    pub fn client(&self) -> Result<Named<'a, Client>, Halt> {
        let missing = || OAuthError::invalid_request("The client_id is missing.");
        self.client.ok_or_else(|| missing().into())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }

    /// The session in whose name the request goes on.
    pub fn live(&self) -> Option<&Live<'a>> {
        self.sessions.first()
    }

    /// Of what was typed, nothing is told but the name of a user that there is.
    pub fn sign_in_failed(&self, presented: &str, cause: Cause) -> Event {
        let user = username::find(presented, self.tenant, self.facts);
        Event::SignInFailed {
            cause,
            client_id: self.client.map(|client| client.id().to_owned()),
            username: user.map(|user| user.username.clone()),
        }
    }

    /// The refusal as the client hears of it, where it may; else a page.
    pub fn refuse(&self, error: OAuthError, cx: &Context<'_>) -> Halt {
        let Some(to) = self.to.as_ref().filter(|_| self.column != Column::Push) else {
            return error.into();
        };
        let parameters = vec![
            ("error", Secret::new(error.code.as_str())),
            ("error_description", Secret::new(error.description.as_ref())),
        ];
        let back = Back { refusal: Some(error), ..self.back(to, parameters, cx) };
        Halt::Answer(Box::new(Next::Back(back)))
    }

    /// With what every response has: `state` and the issuer (RFC 9207).
    pub fn back(
        &self,
        to: &KnownUri,
        mut parameters: Vec<(&'static str, Secret)>,
        cx: &Context<'_>,
    ) -> Back {
        if let Some(state) = self.parameters.secret("state") {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", Secret::new(cx.issuer)));
        Back {
            to: to.clone(),
            mode: self.mode,
            parameters,
            refusal: None,
            client_id: self.client.map(|client| client.id().to_owned()),
            user: None,
            issued_at: cx.now,
        }
    }

    /// Nobody may be asked anything.
    pub const fn is_silent(&self) -> bool {
        self.prompt.none
    }
}

pub fn silent_refusal(ask: Ask, code: ErrorCode) -> OAuthError {
    match ask {
        Ask::Consent => {
            OAuthError::new(ErrorCode::ConsentRequired, "The user has not allowed it yet.")
        }
        Ask::Choose => {
            OAuthError::new(ErrorCode::AccountSelectionRequired, "The user must choose an account.")
        }
        Ask::SignIn | Ask::UserCode | Ask::SignOut => {
            OAuthError::new(code, "The user must sign in.")
        }
    }
}
