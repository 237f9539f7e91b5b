//! The account page: where its user is signed in, what may use the account, the password. Of a form
//! only what its action names is read, and only what is the user's own is found.

mod applications;
mod change_password;
mod sessions;

use crate::{
    authorize::reply::{Answer, Dress, Next},
    browser::{Browser, Cookie},
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    form::Form,
    model::{Named, Tenant},
    outcome::{Decision, Event, Outcome, Stop, Write},
    page::{Account, AccountNotice, Look, Page},
    row_key::RowKey,
    session::{self, Bound, Live},
    vault::Vault,
};

/// What a browser asks of the account of whoever is signed in there.
pub struct AccountRequest {
    pub form: Form,
    pub browser: Browser,
    /// Whether a form was sent.
    pub is_post: bool,
}

/// A visit of the account page by its user.
struct Visit<'a> {
    request: &'a AccountRequest,
    tenant: Named<'a, Tenant>,
    facts: &'a Facts,
    live: &'a Live<'a>,
    /// Further accounts of the browser.
    others: &'a [Live<'a>],
    bound: Bound,
}

/// What an action has come to.
#[derive(Default)]
struct Acted {
    notice: Option<AccountNotice>,
    /// Instead of the account page.
    next: Option<Next>,
    /// Sessions and authorizations that it has ended.
    ended: Vec<RowKey>,
    /// The session's row is written, or gone.
    has_session_row: bool,
    writes: Vec<Write>,
    cookies: Vec<Cookie>,
    events: Vec<Event>,
}

impl Operation for AccountRequest {
    /// `None`: nobody is signed in.
    type Reply = Option<Answer>;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Option<Answer>> {
        let tenant = tenant(facts)?;
        let lives = session::all(&self.browser, tenant, facts, cx)?;
        let Some((live, others)) = lives.split_first() else { return Ok(Outcome::reply(None)) };
        let bound = session::bound(&self.browser, tenant, cx);
        let visit = Visit { request: self, tenant, facts, live, others, bound };
        let mut acted = if self.is_post { visit.act(cx)? } else { Acted::default() };
        let next = match acted.next.take() {
            Some(next) => next,
            None => visit.page(&acted, cx)?,
        };
        if !acted.has_session_row {
            let row = live.touched(tenant, cx);
            acted.writes.extend(row.map(|row| session::replaced(tenant, row)));
        }
        acted.cookies.extend(visit.bound.cookie(tenant));
        let reply = Ok(Some(Answer { next, cookies: acted.cookies }));
        Ok(Outcome { writes: acted.writes, reply, events: acted.events })
    }
}

impl Visit<'_> {
    fn act(&self, cx: &mut Context<'_>) -> Result<Acted, Stop> {
        let form = &self.request.form;
        session::check_csrf(form, &self.bound, self.tenant, &self.shown(), cx)?;
        match form.get("action") {
            Some("end-session") => self.end_session(cx),
            Some("sign-out") => self.sign_out(cx),
            Some("revoke") => self.revoke(cx),
            Some("change-password") => self.change_password(cx),
            _ => Err(OAuthError::invalid_request("There is no such action.").into()),
        }
    }

    /// A form that one account was shown is no form of another's.
    fn shown(&self) -> String {
        format!("account {}", self.live.user.key().0)
    }

    fn page(&self, acted: &Acted, cx: &Context<'_>) -> Result<Next, Stop> {
        let user = self.live.user;
        let account = Account {
            csrf: session::csrf(&self.bound, self.tenant, &self.shown(), cx),
            username: user.body.username.clone(),
            name: self.live.name(),
            email: user.body.email.clone(),
            sessions: self.session_lines(acted, cx)?,
            applications: self.applications(acted, cx)?,
            has_password: user.body.password_hash.is_some(),
            notice: acted.notice,
        };
        let dress = Dress { look: self.look(cx), ..Dress::default() };
        Ok(Next::Page(Box::new(Page::Account(account)), dress))
    }

    fn look(&self, cx: &Context<'_>) -> Look {
        Look::of(self.tenant, self.request.form.get("ui_locales"), cx.issuer)
    }
}

impl Acted {
    fn told(notice: AccountNotice) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
