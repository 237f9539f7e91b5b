//! A caller that authenticates with one of our own access tokens (RFC 6750 §2.1).

use super::{client_secret_basic::after_scheme, tenant};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TokenFact},
    introspect::{Presented, Reason, validity},
    model::TokenKind,
    scope::Scope,
    secret::Secret,
    token_format::{Located, locate},
};

/// A presented access token and where to look for it.
pub struct Bearer {
    text: Secret,
    located: Result<Located, Reason>,
}

impl Bearer {
    /// `None` where the request uses another scheme, or none.
    pub fn find(authorization: Option<&str>) -> Option<Self> {
        let text = after_scheme(authorization?, "bearer")?;
        Some(Self { text: Secret::new(text), located: locate(text) })
    }

    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        if let Ok(located) = &self.located {
            needs.bearer = Some(located.token);
            if let Some(kid) = &located.kid {
                needs.objects.push((Space::SigningKey, kid.clone()));
            }
        }
        needs
    }

    /// The token, valid and with the scope.
    ///
    /// # Errors
    /// `invalid_token` (401) or `insufficient_scope` (403), RFC 6750 §3.1.
    pub fn check<'a>(
        &self,
        facts: &'a Facts,
        cx: &Context<'_>,
        scope: &'static str,
    ) -> Result<&'a TokenFact, OAuthError> {
        let located = self.located.as_ref().map_err(|r| OAuthError::invalid_token(r.label()))?;
        let tenant = tenant(facts)?;
        let unknown = || OAuthError::invalid_token(Reason::Unknown.label());
        let fact = facts.bearer.as_ref().ok_or_else(unknown)?;
        let presented = Presented {
            text: self.text.expose(),
            now: cx.now,
            tenant: tenant.key(),
            tenant_standing: tenant.standing(),
            vault: cx.vault,
        };
        let key_revoked = key_revoked(facts, located.kid.as_deref());
        if let Some(reason) = validity(fact, &presented, key_revoked) {
            return Err(OAuthError::invalid_token(reason.label()));
        }
        if fact.token.kind != TokenKind::Access || fact.token.confirmation.is_some() {
            return Err(OAuthError::invalid_token("it is not a plain bearer token"));
        }
        if !Scope::stored(&fact.token.scope).contains(scope) {
            return Err(OAuthError::new(
                ErrorCode::InsufficientScope,
                "The access token lacks the scope for this.",
            ));
        }
        Ok(fact)
    }
}

/// A JWT whose key is compromised, or was never ours.
pub fn key_revoked(facts: &Facts, kid: Option<&str>) -> bool {
    kid.is_some_and(|kid| facts.signing_key(kid).is_none_or(|key| key.revoked_at.is_some()))
}
