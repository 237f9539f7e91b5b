//! The account page: who one is here, where one is signed in, what may use the account, the password.

use askama::Template;
use vidimus_core::{
    page::{Account, AccountNotice},
    time::Time,
};

use crate::{
    agent::agent,
    frame::{Frame, initial, is_scheme},
    moment::{Moment, moment},
};

#[derive(Template)]
#[template(path = "account.html", whitespace = "minimize")]
pub struct AccountPage<'a> {
    pub frame: Frame<'a>,
    pub page: &'a Account,
}

/// A moment, with what is said before and after it.
type Told<'a> = (&'a str, Moment, &'a str);

struct SessionRow<'a> {
    session: &'a str,
    is_this: bool,
    agent: String,
    raw: &'a str,
    address: &'a str,
    started: Told<'a>,
    seen: Told<'a>,
}

struct ApplicationRow<'a> {
    client_id: &'a str,
    name: &'a str,
    scopes: &'a [String],
    since: Told<'a>,
    opens_at: Option<&'a str>,
}

impl<'a> AccountPage<'a> {
    fn initial(&self) -> String {
        initial(self.page.name.as_deref().unwrap_or(&self.page.username))
    }

    /// Only where it says more than the name does.
    fn email(&self) -> Option<&str> {
        self.page.email.as_deref().filter(|email| *email != self.page.username)
    }

    fn told(&self, key: &'a str, time: Time) -> Told<'a> {
        let (before, after) = self.frame.words.around(key);
        (before, moment(time, self.frame.words), after)
    }

    fn sessions(&self) -> Vec<SessionRow<'a>> {
        let row = |line: &'a vidimus_core::page::SessionLine| SessionRow {
            session: &line.session,
            is_this: line.is_this,
            agent: agent(&line.agent, self.frame.words),
            raw: &line.agent,
            address: &line.address,
            started: self.told("account.started", line.started_at),
            seen: self.told("account.seen", line.seen_at),
        };
        self.page.sessions.iter().map(row).collect()
    }

    fn applications(&self) -> Vec<ApplicationRow<'a>> {
        let row = |line: &'a vidimus_core::page::Application| ApplicationRow {
            client_id: &line.client_id,
            name: &line.name,
            scopes: &line.scopes,
            since: self.told("account.since", line.since),
            opens_at: line.opens_at.as_deref().filter(|uri| is_scheme(uri, &["https", "http"])),
        };
        self.page.applications.iter().map(row).collect()
    }

    fn notice(&self) -> Option<String> {
        let words = self.frame.words;
        let key = match self.page.notice? {
            AccountNotice::PasswordTooShort { chars_min } => {
                return Some(words.with("account.password_too_short", &chars_min.to_string()));
            }
            AccountNotice::TooMany { retry_after_seconds } => {
                return Some(words.with("account.too_many", &words.wait(retry_after_seconds)));
            }
            AccountNotice::PasswordChanged => "account.password_changed",
            AccountNotice::WrongPassword => "account.wrong_password",
            AccountNotice::PasswordsDiffer => "account.passwords_differ",
            AccountNotice::SessionEnded => "account.session_ended",
            AccountNotice::ApplicationRevoked => "account.application_revoked",
        };
        Some(words.text(key).to_owned())
    }

    fn is_failure(&self) -> bool {
        use AccountNotice::{ApplicationRevoked, PasswordChanged, SessionEnded};
        !matches!(
            self.page.notice,
            None | Some(ApplicationRevoked | PasswordChanged | SessionEnded)
        )
    }

    fn is_about_current(&self) -> bool {
        use AccountNotice::{TooMany, WrongPassword};
        matches!(self.page.notice, Some(WrongPassword | TooMany { .. }))
    }

    fn is_about_new(&self) -> bool {
        use AccountNotice::{PasswordTooShort, PasswordsDiffer};
        matches!(self.page.notice, Some(PasswordTooShort { .. } | PasswordsDiffer))
    }
}
