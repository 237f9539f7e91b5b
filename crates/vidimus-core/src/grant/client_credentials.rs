//! Client credentials (RFC 6749 §4.4): a confidential client on its own behalf. No refresh token,
//! no scope that speaks of a person.

use super::{Grant, GrantRequest, Granted};
use crate::{context::Context, outcome::Stop, scope::Scope};

pub const GRANT: Grant = Grant {
    name: "client_credentials",
    is_on: |_| true,
    allows_public: false,
    assertion: None,
    needs: |_, needs, _| needs,
    decide,
};

fn decide<'a>(request: &GrantRequest<'a>, _: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let ceiling = Scope::stored(&client.metadata.scope).without_users();
    Ok(Granted { default_scope: request.default_scope(), ..Granted::of(ceiling) })
}
