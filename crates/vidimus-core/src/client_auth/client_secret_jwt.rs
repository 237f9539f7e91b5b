//! `client_secret_jwt` (OpenID Connect Core §9): an assertion under an HMAC with the secret.

use super::{Claim, Method, Proof, assertion};
use crate::{
    context::Context,
    error::OAuthError,
    jwt::verify_with_secret,
    outcome::{Stop, Write},
    vault::secret_place,
};

pub const METHOD: Method = Method {
    name: "client_secret_jwt",
    is_header: false,
    find: |sent| assertion::find(sent, |algorithm| algorithm.starts_with("HS")),
    verify,
};

fn verify(claim: &Claim<'_>, cx: &mut Context<'_>) -> Result<Vec<Write>, Stop> {
    let refuse = |why: &'static str| Err(OAuthError::invalid_client(why).into());
    let Proof::Assertion { text, token } = claim.proof else {
        return refuse("no assertion was sent");
    };
    assertion::accepts(claim, token)?;
    let object = claim.party.object;
    let Some(stored) = claim.party.secret else { return refuse("the client has no secret") };
    let Some(sealed) = &stored.sealed else {
        return refuse("the client's secret is not kept for use in assertions");
    };
    if stored.expires_at.is_some_and(|at| cx.now >= at) {
        return refuse("the secret has expired");
    }
    let secret = cx.vault.open(&secret_place(object.tenant, object.key), sealed)?;
    match verify_with_secret(text.expose(), token, &secret) {
        Ok(claims) => assertion::redeem(claim, claims, cx),
        Err(why) => refuse(why),
    }
}
