//! What can be read off a token's text alone: its shape, and of a JWT the header, the claims, and whether
//! a key of the tenant signed it. Nothing of it is believed.

use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, Space},
    jwt::{Unverified, verify_with_jwks},
    outcome::{Decision, Outcome, Stop},
    secret::Secret,
    token_format::locate,
    vault::Vault,
};

pub struct ReadToken {
    pub token: Secret,
}

impl Operation for ReadToken {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::whole(Space::SigningKey)
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Value> {
        tenant(facts)?;
        let text = self.token.expose();
        let Some(jwt) = Unverified::parse(text) else {
            let shape = if locate(text).is_ok() { "opaque" } else { "none of ours" };
            return Ok(Outcome::reply(json!({"shape": shape})));
        };
        let signature = signature(text, &jwt, facts)?;
        Ok(Outcome::reply(json!({
            "shape": "jwt",
            "header": jwt.header,
            "claims": jwt.claims,
            "signature": signature,
        })))
    }
}

fn signature(text: &str, jwt: &Unverified, facts: &Facts) -> Result<&'static str, Stop> {
    let keys = facts.signing_keys()?;
    let key = keys.iter().find(|key| jwt.header("kid") == Some(&key.body.kid));
    let Some(key) = key else { return Ok("unknown_key") };
    let Ok(jwk) = serde_json::from_value(key.body.public.clone()) else {
        return Ok("unknown_key");
    };
    if verify_with_jwks(text, jwt, &JwkSet { keys: vec![jwk] }).is_err() {
        return Ok("wrong");
    }
    Ok(if key.body.revoked_at.is_some() { "of_a_revoked_key" } else { "good" })
}
