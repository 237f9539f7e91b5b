//! Client credentials (RFC 6749 §4.4): a confidential client on its own behalf. No refresh token,
//! no scope that speaks of a person.

use super::{Grant, GrantRequest, Granted};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    outcome::Stop,
    scope::Scope,
};

pub const GRANT: Grant = Grant { name: "client_credentials", is_on: |_| true, decide };

fn decide(request: &GrantRequest<'_>, _: &mut Context<'_>) -> Result<Granted, Stop> {
    if request.client.is_public() {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "A public client cannot use this grant type.",
        )
        .into());
    }
    Ok(Granted {
        ceiling: Scope::stored(&request.client.metadata.scope).without_users(),
        user: None,
        writes: Vec::new(),
    })
}
