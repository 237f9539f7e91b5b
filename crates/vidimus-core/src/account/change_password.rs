//! Another password: proven with the one before, and the end of whatever it had opened (RFC 9700
//! §4.14.2), but for the browser that changes it.

use std::sync::Arc;

use super::{Acted, Visit};
use crate::{
    admin::forget_import,
    context::Context,
    error::OAuthError,
    limits::SECRET_BYTES_MAX,
    logout,
    model::{Body, Standing, User},
    outcome::{Change, Event, Stop, Write},
    page::AccountNotice,
    password::{self, Attempt},
    secret::Secret,
    session,
    time::Time,
};

impl Visit<'_> {
    pub(super) fn change_password(&self, cx: &mut Context<'_>) -> Result<Acted, Stop> {
        let form = &self.request.form;
        let empty = Secret::new("");
        let chosen = form.secret("new_password").unwrap_or(&empty);
        if chosen.expose().len() > SECRET_BYTES_MAX {
            return Err(OAuthError::invalid_request("The new password is too long.").into());
        }
        if form.secret("new_password_again").unwrap_or(&empty) != chosen {
            return Ok(Acted::told(AccountNotice::PasswordsDiffer));
        }
        if let Err(chars_min) = password::check_chosen(chosen) {
            return Ok(Acted::told(AccountNotice::PasswordTooShort { chars_min }));
        }
        let before = form.secret("password").unwrap_or(&empty);
        if let Some(notice) = self.prove(before, cx)? {
            return Ok(Acted::told(notice));
        }
        let phc = self.facts.hashed(chosen, &self.live.user.key().to_text())?;
        self.put(&phc, cx)
    }

    /// Whoever sits at the browser is its user still. A session alone does not say so.
    fn prove(&self, password: &Secret, cx: &Context<'_>) -> Result<Option<AccountNotice>, Stop> {
        let (user, browser) = (self.live.user, &self.request.browser);
        let attempt = Attempt {
            presented: &user.body.username,
            password,
            peer: browser.address,
            device: browser.cookie(&password::cookie_name(self.tenant)),
        };
        match password::authenticate(&attempt, self.tenant, self.facts, cx) {
            Ok(proven) if proven.key() == user.key() => Ok(None),
            Ok(_) => Ok(Some(AccountNotice::WrongPassword)),
            Err(Stop::Refuse(error)) => Ok(Some(match error.retry_after_seconds {
                Some(retry_after_seconds) => AccountNotice::TooMany { retry_after_seconds },
                None => AccountNotice::WrongPassword,
            })),
            Err(other) => Err(other),
        }
    }

    fn put(&self, phc: &Arc<str>, cx: &mut Context<'_>) -> Result<Acted, Stop> {
        let (tenant, user, browser) = (self.tenant, self.live.user, &self.request.browser);
        let current = self.live.ticket.key;
        let sessions = self.facts.sessions_of(user.key())?;
        let families = self.facts.families_of(user.key())?;
        let elsewhere: Vec<_> =
            sessions.iter().map(|ticket| &**ticket).filter(|one| one.key != current).collect();
        let mut acted = Acted::told(AccountNotice::PasswordChanged);
        acted.ended.extend(elsewhere.iter().map(|ticket| ticket.key));
        acted.ended.extend(families.iter().map(|family| family.key));
        // What cuts off tokens cuts off what was allowed, too.
        acted.ended.extend(self.consents()?.iter().map(|consent| consent.key()));
        acted.writes = logout::end_all(&elsewhere, tenant, self.facts, cx)?.writes;
        acted.writes.extend(families.iter().map(|family| self.cut(family, cx)));
        // What is issued at this very moment may still go by the password before.
        let not_before = Time(cx.now.0.saturating_add(1));
        let standing = Standing { not_before, ..user.standing() };
        let body = User { password_hash: Some(Arc::clone(phc)), ..user.body.clone() };
        let mut body = Body::User(body);
        forget_import(&mut body);
        let change = Change::Replace(user.object.changed(standing, body));
        acted.writes.push(Write { tenant: tenant.key(), change });
        let lives = std::slice::from_ref(self.live);
        let mut then = Context { now: not_before, entropy: &mut *cx.entropy, ..*cx };
        let begun = session::begin(user, browser, lives, tenant, &mut then);
        acted.writes.push(session::replaced(tenant, begun.ticket));
        acted.has_session_row = true;
        let mut handles = vec![&begun.handle];
        handles.extend(self.others.iter().map(|live| &live.handle));
        let device = browser.cookie(&password::cookie_name(tenant));
        acted.cookies.extend(session::cookies(tenant, &handles, cx));
        acted.cookies.push(password::device_cookie(device, tenant, user.key(), phc, cx));
        let by = user.body.username.clone();
        let action = format!("change the password of user {by}");
        acted.events.push(Event::Administered { by, action });
        Ok(acted)
    }
}
