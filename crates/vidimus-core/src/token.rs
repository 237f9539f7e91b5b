//! The token endpoint (RFC 6749 §3.2): the phases that every grant shares, in their order.
//!
//! authenticate the client · may it use the grant · the grant's own decision · narrow the scope ·
//! check the resources · issue

mod issue;

pub use issue::{Issue, Issued, issue};

use crate::{
    client_auth::{Presented, Sent, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    form::Form,
    grant::{self, GrantRequest},
    model::{Client, Named, TokenKind},
    outcome::{Decision, Event, Outcome},
    resource,
    scope::{self, Scope},
    secret::Secret,
};

pub struct TokenRequest {
    presented: Presented,
    grant_type: String,
    scope: Option<Scope>,
    resources: Vec<String>,
    form: Form,
}

/// A successful response (RFC 6749 §5.1), before a dialect spells it.
#[derive(Debug)]
pub struct TokenReply {
    pub access_token: Secret,
    /// Seconds.
    pub expires_in: i64,
    pub scope: String,
    pub refresh_token: Option<Secret>,
}

impl TokenRequest {
    /// # Errors
    /// What RFC 6749 §5.2 says of the first thing that is wrong.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let grant_type = sent.form.require("grant_type")?.expose().to_owned();
        let presented = Presented::find(sent)?;
        let scope = sent.form.get("scope").map(Scope::parse).transpose()?;
        let resources = sent.form.resources()?;
        for resource in &resources {
            resource::check(resource)?;
        }
        Ok(Self { presented, grant_type, scope, resources, form: sent.form.clone() })
    }

    fn decide_for(
        &self,
        client: Named<'_, Client>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<TokenReply> {
        let tenant = tenant(facts)?;
        let Some(grant) = grant::find(&self.grant_type, &tenant.policy) else {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "The grant type is not supported.",
            )
            .into());
        };
        if !client.has_grant(grant.name) {
            return Err(unauthorized().into());
        }
        if client.is_public() && !grant.allows_public {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "A public client cannot use this grant type.",
            )
            .into());
        }
        let request = GrantRequest { tenant, client, form: &self.form, facts };
        let granted = (grant.decide)(&request, cx)?;
        let scope = scope::narrow(self.scope.as_ref(), &granted.ceiling)?;
        for resource in &self.resources {
            // Several resource servers may share an audience; one that works is enough.
            let served = facts.objects.iter().any(|(space, name, server)| {
                *space == Space::Audience && name == resource && !server.standing.disabled
            });
            if !served {
                return Err(resource::unknown().into());
            }
        }
        let issued = issue(
            &Issue {
                facts,
                tenant,
                client,
                user: granted.user,
                scope: &scope,
                audience: &self.resources,
                ttl_seconds: tenant.policy.access_token_ttl_seconds,
                not_before: None,
                family: None,
                kind: TokenKind::Access,
                confirmation: None,
            },
            cx,
        )?;
        let mut writes = granted.writes;
        writes.extend(issued.writes);
        Ok(Outcome {
            writes,
            reply: Ok(TokenReply {
                access_token: issued.text,
                expires_in: issued.expires_at.seconds() - cx.now.seconds(),
                scope: scope.to_string(),
                refresh_token: None,
            }),
            events: vec![Event::Issued {
                grant: grant.name,
                client_id: client.id().to_owned(),
                token: issued.key,
            }],
        })
    }
}

impl Operation for TokenRequest {
    type Reply = TokenReply;

    fn needs(&self) -> Needs {
        self.resources
            .iter()
            .fold(self.presented.needs(), |needs, uri| needs.object(Space::Audience, uri))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<TokenReply> {
        with_caller(&self.presented, facts, cx, |caller, cx| {
            let client = Named::of(caller).ok_or_else(unauthorized)?;
            self.decide_for(client, facts, cx)
        })
    }
}

fn unauthorized() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "The client is not authorized to use this grant type.",
    )
}

#[cfg(test)]
mod tests;
