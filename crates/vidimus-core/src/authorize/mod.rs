//! Authorization (RFC 6749 §3.1, OpenID Connect Core §3): requests that a person answers.

pub mod reply;

use crate::{
    browser::Browser,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    form::Form,
    manner::Manner,
    outcome::Decision,
    vault::Vault,
};
use reply::Answer;

/// What is asked for: a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Authorize,
    /// RFC 8628 §3.3.
    Device,
    /// OpenID Connect RP-Initiated Logout.
    EndSession,
}

/// A request as it came.
pub struct Asked {
    pub endpoint: Endpoint,
    /// Of the query and the body.
    pub form: Form,
    pub browser: Browser,
    pub manner: &'static Manner,
    /// The text behind the endpoint's path: a flow that goes on.
    pub flow: Option<String>,
    /// Whether a form was sent.
    pub is_post: bool,
}

pub struct AuthorizeRequest {
    asked: Asked,
}

impl AuthorizeRequest {
    /// # Errors
    /// `invalid_request`: it is no request at all.
    pub fn parse(asked: Asked) -> Result<Self, OAuthError> {
        Ok(Self { asked })
    }

    /// Who the client is said to be; the edge may look for its tenant by that.
    pub fn client_id(&self) -> Option<&str> {
        self.asked.form.get("client_id")
    }
}

impl Operation for AuthorizeRequest {
    type Reply = Answer;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Facts, _: &mut Context<'_>) -> Decision<Answer> {
        Err(OAuthError::new(ErrorCode::NotFound, "There is nothing here.").into())
    }
}
