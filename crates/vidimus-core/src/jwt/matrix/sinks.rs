//! The places: each with a world in which one JWT is right, always under the same RSA key.

use serde_json::{Value, json};

use super::{Good, Sink, Taken};
use crate::{
    grant::{
        jwt_bearer::{
            JWT_BEARER,
            tests::{IDP, jwks, scene, trusted},
        },
        token_exchange::TOKEN_EXCHANGE,
    },
    introspect::{AnswerForm, IntrospectReply, Introspection},
    jwt::Unverified,
    model::{SigningAlgorithm, TokenFormat},
    scope,
    testing::{Draft, Jws, Key, Ran, SECRET, Scene, basic, es256, jwk_of, rs256},
};

pub const SINKS: [Sink; 8] = [
    Sink { name: "client_assertion", good: client_assertion, accepts: authenticates },
    Sink { name: "a client's own assertion", good: own_assertion, accepts: is_own_grant },
    Sink { name: "a trusted issuer's assertion", good: their_assertion, accepts: is_their_grant },
    Sink { name: "subject_token of type jwt", good: their_assertion, accepts: is_jwt_subject },
    Sink { name: "subject_token of ours", good: access_token, accepts: is_token_subject },
    Sink { name: "introspection", good: access_token, accepts: is_active },
    Sink { name: "bearer", good: access_token, accepts: is_bearer },
    Sink { name: "revocation", good: access_token, accepts: is_revoked },
];

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The RSA key, and an EC key beside it: what one verifies must not pass for the other.
fn keys() -> std::sync::Arc<jsonwebtoken::jwk::JwkSet> {
    let mut rsa = jwk_of(SigningAlgorithm::RS256, rs256());
    rsa["kid"] = json!("rsa");
    let mut ec = jwk_of(SigningAlgorithm::ES256, es256(0));
    ec["kid"] = json!("ec");
    jwks(&[rsa, ec])
}

fn signed(jws: Jws) -> Good {
    let jws = jws.header("alg", json!("RS256")).header("kid", json!("rsa"));
    let jws = jws.key(Key::Rs256(rs256()));
    Good { text: jws.text(), header: jws.header, claims: jws.claims }
}

fn world() -> Scene {
    let mut scene = scene();
    scene.client("web", |client| {
        client.metadata.grant_types.push(TOKEN_EXCHANGE.to_owned());
        client.assertion_jwks = Some(keys());
    });
    scene.client("pkj", |client| client.metadata.jwks = Some(keys()));
    trusted(&mut scene, |trusted| trusted.jwks = Some(keys()));
    scene
}

fn client_assertion() -> (Scene, Good) {
    let scene = world();
    let own = Jws::about_alice("pkj", &scene).claim("sub", json!("pkj"));
    (scene, signed(own.claim("jti", json!("one"))))
}

fn own_assertion() -> (Scene, Good) {
    let scene = world();
    let own = Jws::about_alice("web", &scene);
    (scene, signed(own))
}

fn their_assertion() -> (Scene, Good) {
    let scene = world();
    let theirs = Jws::about_alice(IDP, &scene);
    (scene, signed(theirs))
}

/// Signed by the tenant's own key, which in tests is the same.
fn access_token() -> (Scene, Good) {
    let mut scene = world();
    scene.client("web", |client| {
        client.metadata.access_token_format = TokenFormat::Jwt;
        client.metadata.access_token_signed_response_alg = SigningAlgorithm::RS256;
        client.metadata.scope = format!("read write {}", scope::INTROSPECT);
    });
    scene.act(&crate::admin::KeyRotate {
        algorithm: Some(SigningAlgorithm::RS256),
        compromised: false,
        by: "root".to_owned(),
    });
    let draft =
        Draft { scope: scope::INTROSPECT, audience: &[], user: Some("alice"), ..Draft::default() };
    let (text, _) = scene.issue(&draft);
    let read = Unverified::parse(&text).unwrap();
    assert_eq!(read.header("alg"), Some("RS256"));
    let (header, claims) = (Value::Object(read.header), Value::Object(read.claims));
    (scene, Good { header, claims, text })
}

/// As a form carries it, whatever bytes are in it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn taken<R: std::fmt::Debug>(ran: Ran<R>, is_it: impl FnOnce(&Ran<R>) -> bool) -> Taken {
    Taken { accepted: is_it(&ran), errands: ran.errands }
}

fn token(scene: &mut Scene, as_web: bool, body: &str) -> Taken {
    let credentials = basic("web", SECRET);
    let ran = scene.token(as_web.then_some(credentials.as_str()), body);
    taken(ran, |ran| ran.reply.is_ok())
}

fn authenticates(scene: &mut Scene, text: &str) -> Taken {
    let body = format!(
        "grant_type=client_credentials&client_assertion_type={ASSERTION}&client_assertion={}",
        encoded(text)
    );
    token(scene, false, &body)
}

fn is_own_grant(scene: &mut Scene, text: &str) -> Taken {
    token(scene, false, &format!("grant_type={JWT_BEARER}&assertion={}", encoded(text)))
}

fn is_their_grant(scene: &mut Scene, text: &str) -> Taken {
    token(scene, true, &format!("grant_type={JWT_BEARER}&assertion={}", encoded(text)))
}

fn subject(scene: &mut Scene, text: &str, kind: &str) -> Taken {
    let kind = format!("subject_token_type=urn:ietf:params:oauth:token-type:{kind}");
    let body = format!("grant_type={TOKEN_EXCHANGE}&{kind}&subject_token={}", encoded(text));
    token(scene, true, &body)
}

fn is_jwt_subject(scene: &mut Scene, text: &str) -> Taken {
    subject(scene, text, "jwt")
}

fn is_token_subject(scene: &mut Scene, text: &str) -> Taken {
    subject(scene, text, "access_token")
}

fn introspect(scene: &mut Scene, authorization: &str, text: &str) -> Ran<IntrospectReply> {
    let body = format!("token={}", encoded(text));
    scene.introspection(Some(authorization), &body, AnswerForm::Json)
}

fn is_active(scene: &mut Scene, text: &str) -> Taken {
    let ran = introspect(scene, &basic("web", SECRET), text);
    taken(ran, |ran| matches!(ran.ok(), IntrospectReply::Json(Introspection::Active(_))))
}

fn is_bearer(scene: &mut Scene, text: &str) -> Taken {
    taken(introspect(scene, &format!("Bearer {text}"), "x"), |ran| ran.reply.is_ok())
}

fn is_revoked(scene: &mut Scene, text: &str) -> Taken {
    taken(scene.revoke("web", &encoded(text)), |ran| !ran.writes.is_empty())
}
