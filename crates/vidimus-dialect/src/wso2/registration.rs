//! Registration as 5.3.0 answers it at `/identity/…`, and as the later REST interface does.

use serde_json::{Value, json};
use vidimus_core::register::RegistrationReply;

use crate::{Asked, Endpoint, Shape, members::Members};

const MANAGED_AT: &str = "/api/identity/oauth2/dcr/v1.1/register/";

pub fn registration(reply: &RegistrationReply, asked: &Asked<'_>) -> Shape {
    let metadata = &reply.metadata;
    // Who sends no name gets one.
    let name = metadata.client_name.as_deref().unwrap_or(reply.client_id());
    let mut body = Members::default();
    body.put("client_id", reply.client_id());
    body.put("client_name", name);
    body.put("redirect_uris", metadata.redirect_uris.clone());
    body.put("grant_types", metadata.grant_types.clone());
    body.may("client_secret", reply.client_secret.as_ref().map(|secret| secret.expose()));
    let expires_at = reply.client_secret_expires_at.map(|at| expiry(at, asked));
    body.may("client_secret_expires_at", expires_at);
    // Without them nobody could manage what was registered.
    if let Some(token) = &reply.registration_access_token {
        body.put("registration_access_token", token.expose());
        let uri = format!("{}{MANAGED_AT}{}", asked.issuer, reply.client_id());
        body.put("registration_client_uri", uri);
    }
    body.shape().status(if asked.endpoint == Endpoint::Register { 201 } else { 200 })
}

/// Text at the older endpoints, a number at the later ones.
fn expiry(at: i64, asked: &Asked<'_>) -> Value {
    if asked.path.starts_with("/identity/") { json!(at.to_string()) } else { json!(at) }
}
