//! `none` (RFC 7591 §2): a public client names itself. Whether that is enough, the grant decides.

use super::{Claim, Found, Method, Proof, Sent};
use crate::{
    context::Context,
    error::OAuthError,
    outcome::{Stop, Write},
};

pub const METHOD: Method = Method { name: "none", is_header: false, find, verify };

fn find(sent: &Sent<'_>) -> Found {
    let proven = ["client_secret", "client_assertion", "client_assertion_type"]
        .iter()
        .any(|name| sent.form.get(name).is_some());
    if proven || sent.authorization.is_some() {
        return Ok(None);
    }
    Ok(sent.form.get("client_id").map(|id| (id.to_owned(), Proof::Nothing)))
}

/// Only clients registered for `none` come here; there is nothing to check.
fn verify(claim: &Claim<'_>, _: &mut Context<'_>) -> Result<Vec<Write>, Stop> {
    match claim.proof {
        Proof::Nothing => Ok(Vec::new()),
        Proof::Secret(_) | Proof::Assertion { .. } => {
            Err(OAuthError::invalid_client("a public client sent a proof").into())
        }
    }
}
