//! Client credentials (RFC 6749 §4.4): a confidential client on its own behalf. No refresh token,
//! no scope that speaks of a person.

use super::{Grant, GrantRequest, Granted};
use crate::{context::Context, outcome::Stop, scope::Scope};

pub const GRANT: Grant =
    Grant { name: "client_credentials", is_on: |_| true, allows_public: false, decide };

fn decide(request: &GrantRequest<'_>, _: &mut Context<'_>) -> Result<Granted, Stop> {
    Ok(Granted {
        ceiling: Scope::stored(&request.client.metadata.scope).without_users(),
        user: None,
        writes: Vec::new(),
    })
}
