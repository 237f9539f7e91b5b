//! Software statements (RFC 7591 §2.3): what an issuer we trust says of a client, above what the
//! client says of itself.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;

use super::members::Members;
use crate::{
    context::Context,
    errand::{Done, Errand},
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, mismatch},
    jwt::{Unverified, claim_time, verify_with_jwks},
    limits::ASSERTION_SKEW_SECONDS_MAX,
    model::{Named, TrustedIssuer},
    outcome::Stop,
};

pub struct Statement {
    text: String,
    token: Unverified,
}

impl Statement {
    /// # Errors
    /// `invalid_software_statement`: no JWT that names its issuer.
    pub fn find(sent: &Members) -> Result<Option<Self>, OAuthError> {
        let text = match sent.get("software_statement") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(invalid("it is no string")),
        };
        let token = Unverified::parse(&text).ok_or_else(|| invalid("it is no JWT"))?;
        if token.claim("iss").is_none() {
            return Err(invalid("it names no issuer"));
        }
        Ok(Some(Self { text, token }))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn issuer(&self) -> &str {
        self.token.claim("iss").unwrap_or_default()
    }

    pub fn needs(&self, needs: Needs) -> Needs {
        needs.object(Space::TrustedIssuer, self.issuer())
    }

    /// Its claims, once they are believed.
    ///
    /// # Errors
    /// `unapproved_software_statement` where nobody trusts its issuer, `invalid_software_statement`
    /// for all else that is wrong with it.
    pub fn claims(&self, facts: &Facts, cx: &Context<'_>) -> Result<Members, Stop> {
        let trusted = facts.trusted_issuer(self.issuer());
        let Some(trusted) = trusted.filter(|trusted| !trusted.standing().disabled) else {
            let what = "The software statement's issuer is not trusted.";
            let code = ErrorCode::UnapprovedSoftwareStatement;
            return Err(OAuthError::new(code, what).caused(Cause::Registration).into());
        };
        self.check(&self.token.claims, facts, cx)?;
        let keys = self.keys(trusted, facts)?.map_err(invalid)?;
        let claims = verify_with_jwks(&self.text, &self.token, &keys).map_err(invalid)?;
        Ok(claims.clone())
    }

    /// The issuer may sign other things as well, and for others: an ID token is no statement.
    fn check(&self, claims: &Members, facts: &Facts, cx: &Context<'_>) -> Result<(), OAuthError> {
        if !claims.get("software_id").is_some_and(Value::is_string) {
            return Err(invalid("it names no software_id"));
        }
        let policy = facts.tenant().map(|tenant| &tenant.body.policy);
        let accepted = policy.map_or(&[][..], |policy| &policy.accepted_assertion_audiences);
        let for_us = |aud: &Value| {
            aud.as_str().is_some_and(|aud| aud == cx.issuer || accepted.iter().any(|a| a == aud))
        };
        let is_for_us = match claims.get("aud") {
            None => true,
            Some(Value::Array(several)) => several.iter().any(for_us),
            Some(one) => for_us(one),
        };
        if !is_for_us {
            return Err(invalid("it is for another audience"));
        }
        let time = |name| claim_time(claims, name).map_err(|_| invalid("a time is no number"));
        let skew = ASSERTION_SKEW_SECONDS_MAX;
        if time("exp")?.is_some_and(|at| at.plus_seconds(skew) <= cx.now) {
            return Err(invalid("it has expired"));
        }
        for name in ["nbf", "iat"] {
            if time(name)?.is_some_and(|at| at > cx.now.plus_seconds(skew)) {
                return Err(invalid("it is from the future"));
            }
        }
        Ok(())
    }

    fn keys(
        &self,
        trusted: Named<'_, TrustedIssuer>,
        facts: &Facts,
    ) -> Result<Result<Arc<JwkSet>, String>, Stop> {
        if let Some(keys) = &trusted.body.jwks {
            return Ok(Ok(Arc::clone(keys)));
        }
        let Some(uri) = &trusted.body.jwks_uri else {
            return Ok(Err("its issuer has no keys".to_owned()));
        };
        let kid = self.token.header("kid").map(str::to_owned);
        match facts.errand(Errand::FetchJwks { uri: uri.clone(), kid })? {
            Done::Jwks(keys) => Ok(keys.clone()),
            other => Err(mismatch(other)),
        }
    }
}

fn invalid(why: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    let what = "The software statement is not valid.";
    OAuthError::new(ErrorCode::InvalidSoftwareStatement, what)
        .caused(Cause::Registration)
        .because(why)
}
