//! The token endpoint with the client credentials grant: what is issued, and each refusal.

use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use crate::{
    client_auth::Sent,
    engine::Operation as _,
    errand::Errand,
    error::ErrorCode,
    facts::{Needs, Space},
    jwt::{Unverified, verify_with_jwks},
    manner::Manner,
    model::{Body, SigningAlgorithm, Token, TokenFormat, TokenKind},
    outcome::{Change, Event, Write},
    testing::{FOO, ISSUER, NOW, Ran, SECRET, Scene, basic, form},
    token::{TokenReply, TokenRequest},
    token_format::{Place, locate},
    vault::Vault,
};

const CC: &str = "grant_type=client_credentials";

fn ask(scene: &mut Scene, body: &str) -> Ran<TokenReply> {
    scene.token(Some(&basic("web", SECRET)), body)
}

fn inserted(writes: &[Write]) -> &Token {
    let tokens: Vec<&Token> = writes
        .iter()
        .filter_map(|write| match &write.change {
            Change::InsertToken(token) => Some(token),
            _ => None,
        })
        .collect();
    assert_eq!(tokens.len(), 1);
    tokens[0]
}

#[test]
fn sec_066_client_credentials_issue_an_access_token_and_nothing_else() {
    let mut scene = Scene::new();
    scene.now = crate::time::Time(NOW.0 + 999);
    let ran = ask(&mut scene, CC);
    let reply = ran.ok();
    assert_eq!(reply.scope, "read write");
    assert_eq!(reply.expires_in, 3600);
    assert!(reply.refresh_token.is_none());
    let text = reply.access_token.expose();
    assert!(text.starts_with("vat_"));
    let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    assert_eq!(write.tenant, scene.key(FOO));
    let token = inserted(&ran.writes);
    assert_eq!(locate(text).unwrap().place, Place::Key(token.key));
    assert_eq!(token.hash, scene.vault.token_hash(scene.key(FOO), text));
    assert_eq!((token.kind, token.client), (TokenKind::Access, Some(scene.key("web"))));
    assert_eq!((token.user, token.family, token.kid.as_ref()), (None, None, None));
    assert_eq!(token.scope, "read write");
    assert!(token.audience.is_empty());
    assert_eq!((token.issued_at, token.expires_at), (scene.now, NOW.plus_seconds(3600)));
    let client_id = "web".to_owned();
    let issued = Event::Issued { grant: "client_credentials", client_id, token: token.key };
    assert_eq!(ran.events, [issued]);
    let again = ask(&mut scene, CC);
    assert_ne!(again.ok().access_token, reply.access_token);
}

#[test]
fn the_lifetime_is_the_tenants() {
    let mut scene = Scene::new();
    scene.policy(|policy| policy.access_token_ttl_seconds = 7);
    let ran = ask(&mut scene, CC);
    assert_eq!(ran.ok().expires_in, 7);
    assert_eq!(inserted(&ran.writes).expires_at, NOW.plus_seconds(7));
}

#[test]
fn sec_066_a_public_client_is_refused_though_it_has_the_grant() {
    let mut scene = Scene::new();
    let ran = scene.token(None, &format!("{CC}&client_id=spa"));
    assert_eq!(ran.code(), ErrorCode::UnauthorizedClient);
    assert_eq!(ran.error().description, "A public client cannot use this grant type.");
}

#[test]
fn sec_067_a_grant_must_be_known_and_the_clients() {
    let mut scene = Scene::new();
    assert_eq!(ask(&mut scene, "").code(), ErrorCode::InvalidRequest);
    for unknown in ["password", "Client_Credentials", "client_credentials%20", "x"] {
        let ran = ask(&mut scene, &format!("grant_type={unknown}"));
        assert_eq!(ran.code(), ErrorCode::UnsupportedGrantType, "{unknown}");
    }
    scene.client("web", |client| {
        client.metadata.grant_types = vec!["authorization_code".to_owned()];
    });
    assert_eq!(ask(&mut scene, CC).code(), ErrorCode::UnauthorizedClient);
    // Nobody learns what is offered before it is known who asks.
    let ran = scene.token(Some(&basic("web", "wrong")), "grant_type=x");
    assert_eq!(ran.code(), ErrorCode::InvalidClient);
    let server = scene.token(Some(&basic("rs1", SECRET)), CC);
    assert_eq!(server.code(), ErrorCode::UnauthorizedClient);
}

#[test]
fn scopes_are_narrowed_and_a_persons_are_dropped() {
    let mut scene = Scene::new();
    for (asked, granted) in [
        ("", "read write"),
        ("&scope=", "read write"),
        ("&scope=write", "write"),
        ("&scope=write+read+write", "write read"),
        ("&scope=read+admin", "read"),
        ("&scope=openid+read", "read"),
    ] {
        let ran = ask(&mut scene, &format!("{CC}{asked}"));
        assert_eq!(ran.ok().scope, granted, "{asked}");
        assert_eq!(inserted(&ran.writes).scope, granted, "{asked}");
    }
    for asked in ["admin", "openid", "openid+profile", "read++write", "re%22ad", "%20read"] {
        let ran = ask(&mut scene, &format!("{CC}&scope={asked}"));
        assert_eq!(ran.code(), ErrorCode::InvalidScope, "{asked}");
        assert_eq!(ran.writes, []);
    }
    scene.client("web", |client| client.metadata.scope = "openid".to_owned());
    assert_eq!(ask(&mut scene, CC).ok().scope, "");
}

#[test]
fn a_manner_may_give_no_scope_that_was_not_asked_for() {
    const BARE: Manner = Manner { grants_unasked_scope: false, ..Manner::STANDARD };
    for (asked, granted) in [("", ""), ("&scope=", ""), ("&scope=write", "write")] {
        let mut scene = Scene::new();
        let (form, basic) = (form(&format!("{CC}{asked}")), basic("web", SECRET));
        let sent = Sent { manner: &BARE, ..Sent::new(Some(&basic), &form) };
        let ran = scene.run(&TokenRequest::parse(&sent).unwrap());
        assert_eq!(ran.ok().scope, granted, "{asked}");
        assert_eq!(inserted(&ran.writes).scope, granted, "{asked}");
    }
}

#[test]
fn sec_025_only_registered_resources_can_be_asked_for() {
    let mut scene = Scene::new();
    let ran = ask(&mut scene, &format!("{CC}&resource=https://rs1&resource=https://rs2"));
    ran.ok();
    assert_eq!(inserted(&ran.writes).audience, ["https://rs1", "https://rs2"]);
    for bad in ["https://rs3", "https://rs1/", "HTTPS://RS1", "rs1", "/rs1", "https://rs1%23f"] {
        let ran = ask(&mut scene, &format!("{CC}&resource={bad}"));
        assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidTarget, 0), "{bad}");
    }
    let one_bad = ask(&mut scene, &format!("{CC}&resource=https://rs1&resource=https://rs3"));
    assert_eq!(one_bad.code(), ErrorCode::InvalidTarget);
    let many = "&resource=https://rs1".repeat(crate::limits::RESOURCES_MAX + 1);
    assert_eq!(ask(&mut scene, &format!("{CC}{many}")).code(), ErrorCode::InvalidRequest);
    let bar = scene.key("bar.com");
    scene.put_resource_server(bar, "rs9", "https://rs9");
    let foreign = ask(&mut scene, &format!("{CC}&resource=https://rs9"));
    assert_eq!(foreign.code(), ErrorCode::InvalidTarget);
}

#[test]
fn a_disabled_resource_server_serves_no_audience() {
    let mut scene = Scene::new();
    let body = format!("{CC}&resource=https://rs1");
    scene.disable("rs1");
    assert_eq!(ask(&mut scene, &body).code(), ErrorCode::InvalidTarget);
    // Another one that shares the audience still does.
    scene.server("rs2", |server| server.audiences.push("https://rs1".to_owned()));
    ask(&mut scene, &body).ok();
}

#[test]
fn it_needs_exactly_what_it_uses() {
    let body = form(&format!("{CC}&resource=https://rs1&scope=read"));
    let authorization = basic("web", SECRET);
    let sent = Sent::new(Some(&authorization), &body);
    let expected =
        Needs::default().object(Space::Caller, "web").object(Space::Audience, "https://rs1");
    assert_eq!(TokenRequest::parse(&sent).unwrap().needs(&Vault::new(&[7; 32])), expected);
}

fn with_jwt(algorithm: SigningAlgorithm) -> Scene {
    let mut scene = Scene::new();
    scene.client("web", |client| {
        client.metadata.access_token_format = TokenFormat::Jwt;
        client.metadata.access_token_signed_response_alg = algorithm;
    });
    scene
}

fn claims(scene: &Scene, text: &str) -> (Unverified, Value) {
    let publics: Vec<Value> = scene
        .signing_keys()
        .iter()
        .filter_map(|object| match &object.body {
            Body::SigningKey(key) => Some(key.public.clone()),
            _ => None,
        })
        .collect();
    let keys: JwkSet = serde_json::from_value(json!({ "keys": publics })).unwrap();
    let read = Unverified::parse(text).unwrap();
    let claims = verify_with_jwks(text, &read, &keys).unwrap().clone();
    (read, Value::Object(claims))
}

#[test]
fn sec_086_a_jwt_access_token_says_what_rfc_9068_wants() {
    let mut scene = with_jwt(SigningAlgorithm::ES256);
    let ran = ask(&mut scene, &format!("{CC}&resource=https://rs1&scope=read"));
    let text = ran.ok().access_token.expose();
    let token = inserted(&ran.writes);
    let (read, claims) = claims(&scene, text);
    assert_eq!(read.header("typ"), Some("at+jwt"));
    assert_eq!(read.header("alg"), Some("ES256"));
    assert_eq!(read.header("kid"), token.kid.as_deref());
    let expected = json!({
        "iss": ISSUER, "exp": NOW.seconds() + 3600, "aud": "https://rs1", "sub": "web",
        "client_id": "web", "iat": NOW.seconds(), "jti": token.key.to_text(), "scope": "read",
    });
    assert_eq!(claims, expected);
    assert_eq!(token.hash, scene.vault.token_hash(scene.key(FOO), text));
    assert_eq!(locate(text).unwrap().place, Place::Key(token.key));
}

#[test]
fn without_a_resource_a_jwt_is_for_its_client_and_several_are_a_list() {
    let mut scene = with_jwt(SigningAlgorithm::ES256);
    let ran = ask(&mut scene, CC);
    assert_eq!(claims(&scene, ran.ok().access_token.expose()).1["aud"], "web");
    let ran = ask(&mut scene, &format!("{CC}&resource=https://rs1&resource=https://rs2"));
    let aud = claims(&scene, ran.ok().access_token.expose()).1["aud"].clone();
    assert_eq!(aud, json!(["https://rs1", "https://rs2"]));
    scene.client("web", |client| client.metadata.scope = String::new());
    let ran = ask(&mut scene, CC);
    assert_eq!(claims(&scene, ran.ok().access_token.expose()).1.get("scope"), None);
}

#[test]
fn a_signing_key_is_made_once() {
    for algorithm in SigningAlgorithm::ALL {
        let mut scene = with_jwt(algorithm);
        let first = ask(&mut scene, CC);
        first.ok();
        assert_eq!(first.errands, [Errand::GenerateKey { algorithm }]);
        assert_eq!(first.writes.len(), 2);
        let second = ask(&mut scene, CC);
        assert_eq!((second.errands.len(), second.writes.len()), (0, 1));
        let (read, _) = claims(&scene, second.ok().access_token.expose());
        assert_eq!(read.header("alg"), Some(algorithm.as_str()));
        assert_eq!(scene.signing_keys().len(), 1);
    }
}
