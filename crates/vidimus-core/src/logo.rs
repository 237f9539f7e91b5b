//! Logos for pages: fetched by us alone, so that nobody else learns who signs in, and shown only as
//! pictures.

use std::sync::Arc;

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    errand::{Done, Errand, Image},
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, mismatch},
    outcome::{Decision, Outcome},
    vault::Vault,
};

/// The logo of a client (`logo_uri`, RFC 7591 §2).
pub struct LogoRequest {
    pub client_id: String,
}

impl Operation for LogoRequest {
    type Reply = Arc<Image>;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default().object(Space::Caller, self.client_id.as_str())
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Arc<Image>> {
        tenant(facts)?;
        let none = || OAuthError::new(ErrorCode::NotFound, "There is no logo.");
        let client = facts.client(&self.client_id).filter(|client| !client.standing().disabled);
        let uri = client.and_then(|client| client.body.metadata.logo_uri.clone());
        match facts.errand(Errand::FetchImage { uri: uri.ok_or_else(none)? })? {
            Done::Image(Ok(image)) => Ok(Outcome::reply(Arc::clone(image))),
            Done::Image(Err(why)) => Err(none().because(why.clone()).into()),
            other => Err(mismatch(other)),
        }
    }
}

#[cfg(test)]
mod tests;
