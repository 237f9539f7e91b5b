//! `client_secret_post` (RFC 6749 §2.3.1): id and secret in the body.

use super::{Claim, Method, Proof, Sent, client_secret_basic};
use crate::error::OAuthError;

pub const METHOD: Method = Method {
    name: "client_secret_post",
    find,
    verify: |claim: &Claim<'_>, cx| (client_secret_basic::METHOD.verify)(claim, cx),
};

fn find(sent: &Sent<'_>) -> Result<Option<(String, Proof)>, OAuthError> {
    let Some(secret) = sent.form.secret("client_secret") else { return Ok(None) };
    let id = sent.form.require("client_id")?;
    Ok(Some((id.expose().to_owned(), Proof::Secret(secret.clone()))))
}
