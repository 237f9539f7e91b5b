//! Signing in to the console: by the one password check, with its limits.

use super::{Role, home, session};
use crate::{
    browser::{Browser, Cookie},
    context::Context,
    engine::Operation,
    error::Cause,
    facts::{Facts, Needs},
    form::Form,
    model::{Named, Tenant, User},
    outcome::{Decision, Event, Outcome, Stop},
    page::FormToken,
    password::{self, Attempt},
    secret::Secret,
    session::{Bound, bound, check_csrf, csrf},
    vault::Vault,
};

/// What forms of the sign-in are bound to beside the browser.
const SHOWN: &str = "console sign-in";

/// The page of the sign-in, or its form.
pub struct OperatorSignIn {
    pub form: Form,
    pub browser: Browser,
    pub is_post: bool,
}

#[derive(Debug)]
pub enum SignIn {
    Asked(Asked),
    Done { cookies: Vec<Cookie> },
}

#[derive(Debug)]
pub struct Asked {
    pub csrf: FormToken,
    pub cookies: Vec<Cookie>,
    /// Put into the name's field.
    pub username: String,
    pub failure: Option<SignInFailure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFailure {
    /// The name or the password.
    Wrong,
    TooMany {
        retry_after_seconds: u32,
    },
    /// The password is right, and the user no operator.
    NoRole,
}

impl Operation for OperatorSignIn {
    type Reply = SignIn;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<SignIn> {
        let tenant = home(facts)?;
        let bound = bound(&self.browser, tenant, cx);
        if !self.is_post {
            return Ok(Outcome::reply(self.asked(&bound, None, tenant, cx)));
        }
        check_csrf(&self.form, &bound, tenant, SHOWN, cx)?;
        let before = session::held(&self.browser, tenant, facts, cx)?;
        match self.prove(tenant, facts, cx)? {
            Ok(user) if Role::of(user.body).is_some() => {
                let before = before.map(|(_, ticket, _)| &**ticket);
                let (cookie, writes) = session::begin(user.body, user.key(), before, tenant, cx);
                let mut cookies = vec![cookie];
                cookies.extend(self.device(user, tenant, cx));
                let by = user.body.username.clone();
                let action = "sign in to the console".to_owned();
                let outcome = Outcome::reply(SignIn::Done { cookies });
                let event = Event::Administered { by, action };
                Ok(Outcome { writes, ..outcome }.event(event))
            }
            Ok(_) => {
                let asked = self.asked(&bound, Some(SignInFailure::NoRole), tenant, cx);
                Ok(Outcome::reply(asked))
            }
            Err((failure, cause)) => {
                let username = facts.user(self.username()).map(|user| user.body.username.clone());
                let event = Event::SignInFailed { cause, client_id: None, username };
                Ok(Outcome::reply(self.asked(&bound, Some(failure), tenant, cx)).event(event))
            }
        }
    }
}

type Unproven = (SignInFailure, Cause);

impl OperatorSignIn {
    fn username(&self) -> &str {
        self.form.get("username").unwrap_or_default()
    }

    fn prove<'a>(
        &self,
        tenant: Named<'_, Tenant>,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<Result<Named<'a, User>, Unproven>, Stop> {
        let empty = Secret::new("");
        let attempt = Attempt {
            presented: self.username(),
            password: self.form.secret("password").unwrap_or(&empty),
            peer: self.browser.address,
            device: self.browser.cookie(&password::cookie_name(tenant)),
        };
        match password::authenticate(&attempt, tenant, facts, cx) {
            Ok(user) => Ok(Ok(user)),
            Err(Stop::Refuse(error)) => {
                let failure = match error.retry_after_seconds {
                    Some(retry_after_seconds) => SignInFailure::TooMany { retry_after_seconds },
                    None => SignInFailure::Wrong,
                };
                Ok(Err((failure, error.cause)))
            }
            Err(other) => Err(other),
        }
    }

    fn asked(
        &self,
        bound: &Bound,
        failure: Option<SignInFailure>,
        tenant: Named<'_, Tenant>,
        cx: &Context<'_>,
    ) -> SignIn {
        SignIn::Asked(Asked {
            csrf: csrf(bound, tenant, SHOWN, cx),
            cookies: bound.cookie(tenant).into_iter().collect(),
            username: self.username().to_owned(),
            failure,
        })
    }

    /// It has guesses of its own from now on.
    fn device(
        &self,
        user: Named<'_, User>,
        tenant: Named<'_, Tenant>,
        cx: &Context<'_>,
    ) -> Option<Cookie> {
        let phc = user.body.password_hash.as_ref()?;
        let before = self.browser.cookie(&password::cookie_name(tenant));
        Some(password::device_cookie(before, tenant, user.key(), phc, cx))
    }
}
