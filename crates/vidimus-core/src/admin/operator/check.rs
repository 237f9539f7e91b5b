//! Who a request of the console comes from, and whether its form does.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Role, home, session};
use crate::{
    browser::Browser,
    context::Context,
    engine::Operation,
    error::{Cause, OAuthError},
    facts::{Facts, Needs},
    form::Form,
    limits::TABS_MAX,
    outcome::{Decision, Outcome},
    page::FormToken,
    secret::{Secret, same},
    vault::Vault,
};

/// Run on the default tenant before any other operation of the console.
pub struct OperatorCheck {
    pub browser: Browser,
    /// Whether somebody is there. A page that keeps itself up to date is no use of the session.
    pub is_use: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Operator {
    pub username: String,
    pub role: Role,
    /// What each of this session's forms must bring.
    pub csrf: FormToken,
}

impl Operation for OperatorCheck {
    type Reply = Option<Operator>;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Option<Operator>> {
        let tenant = home(facts)?;
        let Some(live) = session::live(&self.browser, tenant, facts, cx)? else {
            return Ok(Outcome::reply(None));
        };
        let parts: [&[u8]; 1] = [live.text.expose().as_bytes()];
        let csrf = FormToken(Secret::new(URL_SAFE_NO_PAD.encode(cx.vault.tag("console", &parts))));
        let username = live.user.body.username.clone();
        let outcome = Outcome::reply(Some(Operator { username, role: live.role, csrf }));
        Ok(match live.touch(cx).filter(|_| self.is_use) {
            Some(change) => outcome.write(tenant.key(), change),
            None => outcome,
        })
    }

    fn attempts_max(&self) -> usize {
        TABS_MAX
    }
}

impl Operator {
    /// # Errors
    /// The refusal of a form that no page of this session's has shown.
    pub fn sent(&self, form: &Form) -> Result<(), OAuthError> {
        let wanted = self.csrf.0.expose().as_bytes();
        if form.secret("csrf").is_some_and(|sent| same(sent.expose().as_bytes(), wanted)) {
            return Ok(());
        }
        let what = "The form is not one of this session. Go back, load the page again and retry.";
        Err(OAuthError::invalid_request(what).caused(Cause::FormToken))
    }
}
