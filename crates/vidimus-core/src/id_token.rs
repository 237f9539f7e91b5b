//! ID tokens (OpenID Connect Core §2): who signed in for which client, when and how, and what else
//! came with it. Every one is made here.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::{
    claims,
    context::Context,
    facts::Facts,
    jwt::Signer,
    manner::Manner,
    model::{Authentication, Client, IdTokenAlgorithm, Named, SigningAlgorithm, Tenant, User},
    outcome::{Stop, Write},
    policy::Policy,
    rotation,
    scope::Scope,
    secret::Secret,
    subject,
    time::Time,
};

pub struct IdTokenRequest<'a> {
    pub facts: &'a Facts,
    pub tenant: Named<'a, Tenant>,
    pub client: Named<'a, Client>,
    pub user: Named<'a, User>,
    pub manner: &'static Manner,
    pub scope: &'a Scope,
    pub expires_at: Time,
    /// `None`: nothing is known of when and how the user signed in.
    pub authentication: Option<&'a Authentication>,
    pub nonce: Option<&'a str>,
    /// What it is given beside, each bound by its hash (§3.1.3.6, §3.3.2.11, FAPI 1.0 part 2 §5.1).
    pub access_token: Option<&'a Secret>,
    pub code: Option<&'a Secret>,
    pub state: Option<&'a str>,
    /// It goes through the browser: then it is signed, whatever the client registered for (§2).
    pub through_browser: bool,
    /// There will be no access token to ask UserInfo with, so what the scope tells is in it (§5.4).
    pub claims_in_id_token: bool,
}

/// What a client that says nothing else gets. Every verifier knows it (§15.1).
const COMMON: SigningAlgorithm = SigningAlgorithm::RS256;

/// What a tenant's clients may register for.
pub fn algorithms(policy: &Policy) -> Vec<&'static str> {
    let signed = SigningAlgorithm::ALL.map(SigningAlgorithm::as_str);
    let unsigned = policy.allow_unsigned_id_tokens.then_some("none");
    signed.into_iter().chain(unsigned).collect()
}

/// The token, and what keeps its key going: to be merged by [`rotation::join`].
pub fn issue(
    request: &IdTokenRequest<'_>,
    cx: &mut Context<'_>,
) -> Result<(Secret, Vec<Write>), Stop> {
    let Some(algorithm) = algorithm(request) else {
        let claims = claims(request, None, cx);
        return Ok((Secret::new(Signer::unsigned(&Value::Object(claims))), Vec::new()));
    };
    let (signer, writes) = rotation::signer(request.facts, request.tenant, algorithm, cx)?;
    let claims = claims(request, Some(algorithm), cx);
    Ok((Secret::new(signer.sign("JWT", &Value::Object(claims))?), writes))
}

/// `None`: unsigned, where client and tenant want it so and nobody but them touches it.
fn algorithm(request: &IdTokenRequest<'_>) -> Option<SigningAlgorithm> {
    match request.client.metadata.id_token_signed_response_alg {
        IdTokenAlgorithm::Signed(algorithm) => Some(algorithm),
        IdTokenAlgorithm::Unsigned => {
            let is_allowed = request.tenant.policy.allow_unsigned_id_tokens;
            (request.through_browser || !is_allowed).then_some(COMMON)
        }
    }
}

/// `azp` is left out: the audience is the client alone, and §2 wants it only beside others.
fn claims(
    request: &IdTokenRequest<'_>,
    algorithm: Option<SigningAlgorithm>,
    cx: &Context<'_>,
) -> Map<String, Value> {
    let mut claims = of_person(request);
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    let (client, user, tenant) = (request.client, request.user.key(), request.tenant.key());
    put("iss", json!(cx.issuer));
    put("sub", json!(subject::of(Some(client), user, tenant, request.manner, cx)));
    put("aud", json!(client.id()));
    put("exp", json!(request.expires_at.seconds()));
    put("iat", json!(cx.now.seconds()));
    if let Some(authentication) = request.authentication {
        put("auth_time", json!(authentication.auth_time.seconds()));
        if let Some(acr) = &authentication.acr {
            put("acr", json!(acr));
        }
        if !authentication.amr.is_empty() {
            put("amr", json!(authentication.amr));
        }
        if let Some(session) = authentication.session {
            put("sid", json!(session.to_text()));
        }
    }
    if let Some(nonce) = request.nonce {
        put("nonce", json!(nonce));
    }
    // Without an algorithm there is no hash that belongs to it.
    let Some(algorithm) = algorithm else { return claims };
    let bound = [
        ("at_hash", request.access_token.map(Secret::expose)),
        ("c_hash", request.code.map(Secret::expose)),
        ("s_hash", request.state),
    ];
    for (name, text) in bound {
        if let Some(text) = text {
            put(name, json!(left_half(algorithm, text)));
        }
    }
    claims
}

fn of_person(request: &IdTokenRequest<'_>) -> Map<String, Value> {
    let named = request.authentication.map_or(&[][..], |known| &known.id_token_claims);
    let ceiling = Scope::stored(&request.client.metadata.scope);
    let mut claims = claims::named(named, &ceiling, request.user.body);
    if request.claims_in_id_token {
        claims.extend(claims::within(request.scope, request.user.body));
    }
    claims
}

/// Of the hash that the signature uses (§3.1.3.6); Ed25519 uses SHA-512.
fn left_half(algorithm: SigningAlgorithm, text: &str) -> String {
    let by = match algorithm {
        SigningAlgorithm::ES256 | SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => {
            &digest::SHA256
        }
        SigningAlgorithm::EdDSA => &digest::SHA512,
    };
    let whole = digest::digest(by, text.as_bytes());
    let half = whole.as_ref().len() / 2;
    URL_SAFE_NO_PAD.encode(whole.as_ref().get(..half).unwrap_or_default())
}

#[cfg(test)]
mod tests;
