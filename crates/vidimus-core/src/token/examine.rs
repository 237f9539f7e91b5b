//! What a request with an assertion would come to, for the operator: every check of the assertion by
//! itself, and the decision as the client would be told it. Nothing of it is written.

use super::{TokenRequest, who};
use crate::{
    client_auth::tenant,
    context::Context,
    error::{Cause, OAuthError},
    facts::Facts,
    grant::{
        self, GrantRequest,
        assertion::examine::{Checked, examine},
    },
    outcome::Stop,
    secret::Secret,
};

pub struct Examined {
    pub checks: Vec<Checked>,
    /// What the client would be told.
    pub verdict: Result<(), OAuthError>,
}

impl TokenRequest {
    /// As whichever client it names: that one is taken to be who it says.
    ///
    /// # Errors
    /// A need, or a fault.
    pub fn examine(
        &self,
        text: &Secret,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Result<Examined, Stop> {
        let tenant = tenant(facts)?;
        let id = self.client_id().unwrap_or_default();
        let client = facts.client(id);
        let (form, manner, peer) = (&self.form, self.manner, self.peer);
        let assertion = self.assertion.as_ref();
        if assertion.is_none() {
            // A route that does not offer the grant looks for none.
            let error = grant::unsupported();
            let verdict = Some(Err(error.clone()));
            let check = Checked { claim: "grant", verdict, found: None, accepted: None };
            return Ok(Examined { checks: vec![check], verdict: Err(error) });
        }
        let request = GrantRequest { tenant, client, form, assertion, manner, peer, facts };
        let mut checks = examine(text, &request, cx)?;
        let verdict = match who::asserted(id, facts) {
            Err(error) => Err(error),
            Ok(client) => {
                let outcome = self.decide_for(Some(client), facts, cx).or_else(Stop::refused)?;
                outcome.reply.map(drop)
            }
        };
        let is_told = checks.iter().any(|check| matches!(check.verdict, Some(Err(_))));
        if let (Err(error), false) = (&verdict, is_told) {
            let verdict = Some(Err(error.clone()));
            let claim = about(error.cause);
            checks.push(Checked { claim, verdict, found: None, accepted: None });
        }
        Ok(Examined { checks, verdict })
    }
}

/// What is wrong where the assertion is right.
const fn about(cause: Cause) -> &'static str {
    match cause {
        Cause::NotApproved => "approval",
        Cause::GrantNotAllowed | Cause::UnknownGrant => "grant",
        Cause::ScopeRefused => "scope",
        Cause::DisabledClient => "client",
        _ => "request",
    }
}
