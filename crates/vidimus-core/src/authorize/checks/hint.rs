//! `id_token_hint`: an ID token of ours that says whom the client means. It proves nothing about who is
//! at the browser, and an old one is as good as a new one (OpenID Connect Core §3.1.2.1).

use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde_json::Value;

use crate::{
    authorize::{
        draft::{Draft, Halt, Hint},
        table::Column,
    },
    context::Context,
    error::OAuthError,
    facts::Space,
    jwt::{Unverified, verify_with_jwks},
    model::Named,
    outcome::Stop,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let Some(text) = draft.get("id_token_hint").map(str::to_owned) else { return Ok(()) };
    let hint = match read(&text, draft, cx)? {
        Some(hint) => hint,
        // Then the user is asked, as without any.
        None if draft.column == Column::EndSession => return Ok(()),
        None => {
            let error = OAuthError::invalid_request("The id_token_hint is not one of ours.");
            return Err(draft.refuse(error, cx));
        }
    };
    if draft.client.is_some_and(|client| !hint.audience.iter().any(|known| known == client.id())) {
        if draft.column == Column::EndSession {
            return Ok(());
        }
        let error = OAuthError::invalid_request("The id_token_hint is another client's.");
        return Err(draft.refuse(error, cx));
    }
    if draft.client.is_none()
        && draft.column == Column::EndSession
        && let [client_id] = hint.audience.as_slice()
    {
        draft.client = draft.facts.look(Space::Caller, client_id)?.and_then(Named::of);
    }
    draft.hint = Some(hint);
    Ok(())
}

fn read(text: &str, draft: &Draft<'_>, cx: &Context<'_>) -> Result<Option<Hint>, Stop> {
    let Some(read) = Unverified::parse(text) else { return Ok(None) };
    let keys = draft.facts.signing_keys()?;
    let sound = keys.iter().filter(|key| key.revoked_at.is_none());
    let keys: Vec<Jwk> =
        sound.filter_map(|key| serde_json::from_value(key.public.clone()).ok()).collect();
    let Ok(claims) = verify_with_jwks(text, &read, &JwkSet { keys }) else { return Ok(None) };
    let said = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    // Our keys sign other things too: an access token is no hint, and no answer of UserInfo, which
    // never expires.
    let is_id_token =
        read.header("typ").is_none_or(|typ| typ == "JWT") && claims.contains_key("exp");
    let ours = said("iss").as_deref() == Some(cx.issuer) && is_id_token && !audience.is_empty();
    let subject = said("sub").filter(|_| ours);
    Ok(subject.map(|subject| Hint { subject, audience, session: said("sid") }))
}
