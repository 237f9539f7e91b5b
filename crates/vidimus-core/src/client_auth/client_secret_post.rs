//! `client_secret_post` (RFC 6749 §2.3.1): id and secret in the body.

use super::{Claim, Found, Method, Proof, Sent, client_secret_basic};

pub const METHOD: Method = Method {
    name: "client_secret_post",
    is_header: false,
    find,
    verify: |claim: &Claim<'_>, cx| (client_secret_basic::METHOD.verify)(claim, cx),
};

fn find(sent: &Sent<'_>) -> Found {
    let Some(secret) = sent.form.secret("client_secret") else { return Ok(None) };
    let id = sent.form.require("client_id")?;
    Ok(Some((id.expose().to_owned(), Proof::Secret(secret.clone()))))
}
