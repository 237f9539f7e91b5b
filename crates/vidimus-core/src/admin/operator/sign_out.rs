//! The end of an operator's session.

use super::{home, session};
use crate::{
    browser::{Browser, Cookie},
    context::Context,
    engine::Operation,
    facts::{Facts, Needs},
    limits::TABS_MAX,
    outcome::{Decision, Outcome},
    secret::Secret,
    vault::Vault,
};

/// The reply removes the cookie.
pub struct OperatorSignOut {
    pub browser: Browser,
}

impl Operation for OperatorSignOut {
    type Reply = Cookie;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Cookie> {
        let tenant = home(facts)?;
        let outcome = Outcome::reply(session::cookie(Secret::new("")));
        Ok(match session::held(&self.browser, tenant, facts, cx)? {
            Some((_, ticket, _)) => outcome.write(tenant.key(), session::end(ticket)),
            None => outcome,
        })
    }

    fn attempts_max(&self) -> usize {
        TABS_MAX
    }
}
