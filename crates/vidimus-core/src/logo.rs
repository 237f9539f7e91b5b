//! Logos for pages: fetched by us alone, so that nobody else learns who signs in, and shown only as
//! pictures.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    errand::{Done, Errand, Image},
    error::{ErrorCode, Fault, OAuthError},
    facts::{Facts, Needs, Space, mismatch},
    model::Logo,
    outcome::{Decision, Outcome},
    vault::Vault,
};

pub enum LogoRequest {
    /// What an administrator declared.
    Tenant,
    /// `logo_uri` (RFC 7591 §2).
    Client { client_id: String },
}

impl LogoRequest {
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Tenant => None,
            Self::Client { client_id } => Some(client_id),
        }
    }
}

impl Operation for LogoRequest {
    type Reply = Arc<Image>;

    fn needs(&self, _: &Vault) -> Needs {
        let client = self.client_id();
        client.map_or_else(Needs::default, |id| Needs::default().object(Space::Caller, id))
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Arc<Image>> {
        let tenant = tenant(facts)?;
        let Some(client_id) = self.client_id() else {
            let logo = tenant.body.look.logo.as_ref().ok_or_else(none)?;
            return Ok(Outcome::reply(Arc::new(declared(logo)?)));
        };
        let client = facts.client(client_id).filter(|client| !client.standing().disabled);
        let uri = client.and_then(|client| client.body.metadata.logo_uri.clone());
        match facts.errand(Errand::FetchImage { uri: uri.ok_or_else(none)? })? {
            Done::Image(Ok(image)) => Ok(Outcome::reply(Arc::clone(image))),
            Done::Image(Err(why)) => Err(none().because(why.clone()).into()),
            other => Err(mismatch(other)),
        }
    }
}

fn none() -> OAuthError {
    OAuthError::new(ErrorCode::NotFound, "There is no logo.")
}

fn declared(logo: &Logo) -> Result<Image, Fault> {
    const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
    let known = KINDS.into_iter().find(|kind| *kind == logo.content_type);
    let read = known.zip(STANDARD.decode(&logo.data).ok());
    let (content_type, bytes) =
        read.ok_or_else(|| Fault::Corrupt("a tenant's logo is no picture".to_owned()))?;
    Ok(Image { content_type, bytes })
}

#[cfg(test)]
mod tests;
