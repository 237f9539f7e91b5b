//! A caller that authenticates with one of our own access tokens (RFC 6750 §2.1).

use super::{client_secret_basic::after_scheme, tenant};
use crate::{
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, TokenFact},
    form::Form,
    introspect::InHand,
    manner::{IgnoresBearer, Manner},
    model::TokenKind,
    scope::Scope,
    secret::Secret,
    vault::Vault,
};

/// A presented access token and where to look for it.
pub struct Bearer(InHand);

impl Bearer {
    /// `None` where the request uses another scheme, or none.
    pub fn find(authorization: Option<&str>) -> Option<Self> {
        Self::text(authorization).map(Self::of)
    }

    pub fn text(authorization: Option<&str>) -> Option<Secret> {
        after_scheme(authorization?, "bearer").map(Secret::new)
    }

    /// Whether a Bearer in the header says nothing of who calls.
    pub fn is_ignored(authorization: Option<&str>, form: &Form, manner: &Manner) -> bool {
        let beside = || ["client_secret", "client_assertion"].iter().any(|n| form.get(n).is_some());
        let ignored = match manner.ignores_bearer {
            IgnoresBearer::Never => false,
            IgnoresBearer::BesideCredentials => beside(),
            IgnoresBearer::Always => true,
        };
        ignored && Self::find(authorization).is_some()
    }

    /// One that was presented in another place.
    pub fn of(token: Secret) -> Self {
        Self(InHand::new(token))
    }

    pub fn needs(&self, vault: &Vault) -> Needs {
        self.0.bearer_needs(vault)
    }

    /// The token, valid and with one of the scopes at least.
    ///
    /// # Errors
    /// `invalid_token` (401) or `insufficient_scope` (403), RFC 6750 §3.1.
    pub fn check_any<'a>(
        &self,
        facts: &'a Facts,
        cx: &Context<'_>,
        scopes: &[&str],
    ) -> Result<&'a TokenFact, OAuthError> {
        self.check_that(facts, cx, |has| scopes.iter().any(|scope| has.contains(scope)))
    }

    /// The token, valid and with a scope that is enough.
    ///
    /// # Errors
    /// As [`Self::check_any`].
    pub fn check_that<'a>(
        &self,
        facts: &'a Facts,
        cx: &Context<'_>,
        is_enough: impl FnOnce(&Scope) -> bool,
    ) -> Result<&'a TokenFact, OAuthError> {
        let refused = |why| OAuthError::invalid_token(why).caused(Cause::TokenUnknown);
        tenant(facts)?;
        let held = self.0.held_bearer(facts, cx);
        let valid = held.and_then(|held| held.validity().map_or(Ok(held.fact), Err));
        let fact = valid.map_err(|reason| refused(reason.label()))?;
        if fact.token.kind != TokenKind::Access || fact.token.confirmation.is_some() {
            return Err(refused("it is not a plain bearer token"));
        }
        if !is_enough(&Scope::stored(&fact.token.scope)) {
            return Err(OAuthError::new(
                ErrorCode::InsufficientScope,
                "The access token lacks the scope for this.",
            ));
        }
        // Whoever it was made for has seen it, and must not use it here (RFC 9068 §4).
        let audience = &fact.token.audience;
        if !audience.is_empty() && !audience.iter().any(|aud| aud == cx.issuer) {
            return Err(refused("it is for another audience"));
        }
        Ok(fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_ignored_where_the_route_says_so() {
        let is_ignored = |ignores_bearer, header, body: &str| {
            let manner = Manner { ignores_bearer, ..Manner::STANDARD };
            let form = Form::parse(body.as_bytes()).unwrap();
            Bearer::is_ignored(header, &form, &manner)
        };
        let bearer = Some("Bearer x");
        assert!(!is_ignored(IgnoresBearer::Never, bearer, "client_secret=s"));
        assert!(is_ignored(IgnoresBearer::BesideCredentials, bearer, "client_secret=s"));
        assert!(!is_ignored(IgnoresBearer::BesideCredentials, bearer, "token=t"));
        assert!(is_ignored(IgnoresBearer::Always, bearer, ""));
        assert!(!is_ignored(IgnoresBearer::Always, Some("Basic x"), ""));
        assert!(!is_ignored(IgnoresBearer::Always, None, ""));
    }
}
