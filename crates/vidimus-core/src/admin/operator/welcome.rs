//! A one-time link as it is opened, and its form. To open it changes nothing: mail programs and
//! messengers look at links before people do.

use serde_json::json;

use super::{Role, home, invite::PREFIX, session};
use crate::{
    admin::Create,
    browser::{Browser, Cookie},
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    form::Form,
    limits::SECRET_BYTES_MAX,
    model::{Body, Invited, Kind, Named, Tenant, Ticket, TicketBody, User},
    outcome::{Change, Decision, Event, Outcome, Stop},
    page::FormToken,
    password,
    row_key::RowKey,
    secret::Secret,
    session::{Bound, bound, check_csrf, csrf},
    ticket,
    token_format::parse_ticket,
    vault::Vault,
};

const SHOWN: &str = "console welcome";
const BY: &str = "one-time link";

pub struct Welcome {
    pub text: Secret,
    pub form: Form,
    pub browser: Browser,
    pub is_post: bool,
}

#[derive(Debug)]
pub enum WelcomeAnswer {
    /// Used, too old, or never made.
    Over,
    Asked {
        csrf: FormToken,
        cookies: Vec<Cookie>,
        /// As it was typed, or whom the link signs in.
        username: String,
        /// Somebody who is there already: nothing is to be chosen.
        is_known: bool,
        failure: Option<WelcomeFailure>,
    },
    Done {
        cookies: Vec<Cookie>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WelcomeFailure {
    /// Why the name cannot be taken.
    Username(String),
    PasswordTooShort {
        chars_min: usize,
    },
    PasswordTooLong,
    PasswordsDiffer,
}

impl Operation for Welcome {
    type Reply = WelcomeAnswer;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<WelcomeAnswer> {
        let tenant = home(facts)?;
        let key = parse_ticket(PREFIX, self.text.expose());
        let found = ticket::held(self.text.expose(), key, tenant, facts, cx)?;
        let found = found.filter(|ticket| cx.now < ticket.expires_at);
        let Some((ticket, invitation)) = found.and_then(|ticket| match &ticket.body {
            TicketBody::Invitation(invitation)
                if !(invitation.first_only && tenant.body.has_operators) =>
            {
                Some((&**ticket, invitation))
            }
            _ => None,
        }) else {
            return Ok(Outcome::reply(WelcomeAnswer::Over));
        };
        let bound = bound(&self.browser, tenant, cx);
        let known = invitation.of.as_ref();
        if !self.is_post {
            return Ok(Outcome::reply(self.asked(known, None, &bound, tenant, cx)));
        }
        check_csrf(&self.form, &bound, tenant, SHOWN, cx)?;
        let made = match known {
            Some(invited) => signed_in(invited, facts)?,
            None => match self.made(facts, cx)? {
                Ok(made) => Some(made),
                Err(failure) => {
                    let asked = self.asked(None, Some(failure), &bound, tenant, cx);
                    return Ok(Outcome::reply(asked));
                }
            },
        };
        let Some((user, key, outcome)) = made else {
            return Ok(Outcome::reply(WelcomeAnswer::Over));
        };
        self.let_in(&user, key, outcome, ticket, tenant, facts, cx)
    }
}

type Made = (User, RowKey, Outcome<()>);

/// `None`: the user is an operator no longer.
fn signed_in(invited: &Invited, facts: &Facts) -> Result<Option<Made>, Stop> {
    facts.look(Space::User, &invited.username)?;
    let user = facts.user(&invited.username).filter(|user| {
        user.key() == invited.user && !user.is_inactive() && Role::of(user.body).is_some()
    });
    Ok(user.map(|user| (user.body.clone(), user.key(), Outcome::reply(()))))
}

impl Welcome {
    /// A new administrator, by the operation that makes every other user.
    fn made(
        &self,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Result<Result<Made, WelcomeFailure>, Stop> {
        let empty = Secret::new("");
        let chosen = self.form.secret("password").unwrap_or(&empty);
        if chosen.expose().len() > SECRET_BYTES_MAX {
            return Ok(Err(WelcomeFailure::PasswordTooLong));
        }
        if self.form.secret("password_again").unwrap_or(&empty) != chosen {
            return Ok(Err(WelcomeFailure::PasswordsDiffer));
        }
        if let Err(chars_min) = password::check_chosen(chosen) {
            return Ok(Err(WelcomeFailure::PasswordTooShort { chars_min }));
        }
        let create = Create {
            kind: Kind::User,
            declaration: json!({
                "username": self.form.get("username").unwrap_or_default(),
                "password": chosen.expose(),
                "roles": [Role::Administrator.as_str()],
            }),
            by: BY.to_owned(),
        };
        facts.known(create.needs(cx.vault))?;
        let outcome = match create.decide(facts, cx) {
            Ok(outcome) => outcome,
            Err(Stop::Refuse(error)) => return Ok(Err(WelcomeFailure::Username(said(&error)))),
            Err(other) => return Err(other),
        };
        if let Err(error) = &outcome.reply {
            return Ok(Err(WelcomeFailure::Username(said(error))));
        }
        let made = outcome.writes.iter().find_map(|write| match &write.change {
            Change::Create(object) => match &object.body {
                Body::User(user) => Some((user.clone(), object.key)),
                _ => None,
            },
            _ => None,
        });
        let Some((user, key)) = made else {
            let fault = crate::error::Fault::Corrupt("a new user is not a user".to_owned());
            return Err(fault.into());
        };
        let Outcome { writes, events, .. } = outcome;
        Ok(Ok((user, key, Outcome { writes, events, reply: Ok(()) })))
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is what one commit needs")]
    fn let_in(
        &self,
        user: &User,
        key: RowKey,
        outcome: Outcome<()>,
        ticket: &Ticket,
        tenant: Named<'_, Tenant>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<WelcomeAnswer> {
        let before = session::held(&self.browser, tenant, facts, cx)?;
        let before = before.map(|(_, ticket, _)| &**ticket);
        let (cookie, session) = session::begin(user, key, before, tenant, cx);
        let Outcome { mut writes, events, .. } = outcome;
        writes.extend(session);
        let by = user.username.clone();
        let action = "open the console by a one-time link".to_owned();
        let done = WelcomeAnswer::Done { cookies: vec![cookie] };
        Ok(Outcome { writes, events, reply: Ok(done) }
            .write(tenant.key(), session::end(ticket))
            .event(Event::Administered { by, action }))
    }

    fn asked(
        &self,
        known: Option<&Invited>,
        failure: Option<WelcomeFailure>,
        bound: &Bound,
        tenant: Named<'_, Tenant>,
        cx: &Context<'_>,
    ) -> WelcomeAnswer {
        let typed = self.form.get("username").unwrap_or_default();
        WelcomeAnswer::Asked {
            csrf: csrf(bound, tenant, SHOWN, cx),
            cookies: bound.cookie(tenant).into_iter().collect(),
            username: known.map_or(typed, |invited| &invited.username).to_owned(),
            is_known: known.is_some(),
            failure,
        }
    }
}

fn said(error: &OAuthError) -> String {
    if error.code == ErrorCode::AlreadyExists {
        return "That name is taken. Choose another.".to_owned();
    }
    error.description.to_string()
}
