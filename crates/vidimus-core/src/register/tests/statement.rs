//! Software statements (RFC 7591 §2.3).

use super::*;
use crate::{
    error::ErrorCode,
    model::{SigningAlgorithm, TrustedIssuer},
    testing::{Key, compact, es256, jwk_of},
};

const VENDOR: &str = "https://vendor.example";

fn scene() -> Scene {
    let mut scene = super::scene();
    let key = jwk_of(SigningAlgorithm::ES256, es256(0));
    for (issuer, jwks_uri) in
        [(VENDOR, None), ("https://far.example", Some("https://client.example/jwks"))]
    {
        let foo = scene.key(FOO);
        let keys = serde_json::from_value(json!({"keys": [key]})).unwrap();
        scene.put(foo, |_, _| {
            Body::TrustedIssuer(TrustedIssuer {
                issuer: issuer.to_owned(),
                jwks: jwks_uri.is_none().then(|| std::sync::Arc::new(keys)),
                jwks_uri: jwks_uri.map(str::to_owned),
                subjects: Vec::new(),
                scope: String::new(),
                audiences: Vec::new(),
                fingerprint: None,
            })
        });
    }
    scene.policy(|policy| policy.registration = Registration::SoftwareStatement);
    scene
}

fn claims(scene: &Scene) -> Value {
    json!({
        "iss": VENDOR,
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "client_name": "Vouched for",
        "redirect_uris": ["https://client.example/cb"],
        "exp": scene.now.seconds() + 60,
    })
}

fn signed(claims: &Value) -> String {
    compact(&json!({"alg": "ES256"}), claims, Key::Es256(es256(0)))
}

fn ask(scene: &mut Scene, statement: &str, more: Value) -> Result<RegistrationReply, OAuthError> {
    let body = with(json!({"software_statement": statement}), more);
    register_in(scene, None, &body, &Manner::STANDARD)
}

#[test]
fn sec_172_a_statement_wins_over_what_stands_beside_it() {
    let mut scene = scene();
    let statement = signed(&claims(&scene));
    let contradicting = json!({
        "client_name": "Somebody else",
        "redirect_uris": ["https://evil.example/cb"],
        "contacts": ["a@b.example"],
    });
    let reply = ask(&mut scene, &statement, contradicting).unwrap();
    let told = told(&reply);
    assert_eq!(told["client_name"], "Vouched for");
    assert_eq!(told["redirect_uris"], json!(["https://client.example/cb"]));
    assert_eq!(told["contacts"], json!(["a@b.example"]));
    assert_eq!(told["software_id"], "4NRB1-0XZABZI9E6-5SM3R");
    assert_eq!(told["software_statement"], json!(statement));
    // Nor does it let in by what it says what no client may be.
    let privileged = with(claims(&scene), json!({"grant_types": ["client_credentials"]}));
    let error = ask(&mut scene, &signed(&privileged), json!({})).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
    // A change cannot leave it behind.
    let (id, bearer) = (reply.client_id().to_owned(), bearer_of(&reply));
    let error = update(&mut scene, &id, &bearer, &web()).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnapprovedSoftwareStatement);
    let body = with(web(), json!({"software_statement": statement}));
    assert_eq!(update(&mut scene, &id, &bearer, &body).unwrap().metadata, reply_without(&reply));
}

fn reply_without(reply: &RegistrationReply) -> crate::model::ClientMetadata {
    crate::model::ClientMetadata { contacts: Vec::new(), ..reply.metadata.clone() }
}

#[test]
fn sec_172_no_other_statement_is_believed() {
    let mut scene = scene();
    let good = claims(&scene);
    let now = scene.now.seconds();
    let changed = |more: Value| signed(&with(good.clone(), more));
    let header = |alg: &str| compact(&json!({"alg": alg}), &good, Key::Bytes(b"x"));
    let mut no_software = good.clone();
    no_software.as_object_mut().unwrap().remove("software_id");
    for (statement, code) in [
        (changed(json!({"iss": "https://who.example"})), ErrorCode::UnapprovedSoftwareStatement),
        (changed(json!({"exp": now - 31})), ErrorCode::InvalidSoftwareStatement),
        (changed(json!({"exp": "soon"})), ErrorCode::InvalidSoftwareStatement),
        (changed(json!({"nbf": now + 60})), ErrorCode::InvalidSoftwareStatement),
        (changed(json!({"aud": "https://elsewhere.example"})), ErrorCode::InvalidSoftwareStatement),
        (changed(json!({"iss": 5})), ErrorCode::InvalidSoftwareStatement),
        (signed(&no_software), ErrorCode::InvalidSoftwareStatement),
        (header("none"), ErrorCode::InvalidSoftwareStatement),
        (header("ES256"), ErrorCode::InvalidSoftwareStatement),
        (header("HS256"), ErrorCode::InvalidSoftwareStatement),
        (
            compact(&json!({"alg": "ES256"}), &good, Key::Es256(es256(1))),
            ErrorCode::InvalidSoftwareStatement,
        ),
        (good.to_string(), ErrorCode::InvalidSoftwareStatement),
        (String::new(), ErrorCode::InvalidSoftwareStatement),
    ] {
        let error = ask(&mut scene, &statement, web()).unwrap_err();
        assert_eq!(error.code, code, "{statement}: {:?}", error.why);
    }
    let error = register_in(&mut scene, None, &web(), &Manner::STANDARD).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidToken);
    let error = register(&mut scene, &web()).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnapprovedSoftwareStatement);
    scene.disable(VENDOR);
    let error = ask(&mut scene, &signed(&good), web()).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnapprovedSoftwareStatement);
    assert_eq!(count(&scene), 0);
}

#[test]
fn its_keys_may_lie_behind_an_address_and_a_token_beside_it() {
    let mut scene = scene();
    let far = with(
        claims(&scene),
        json!({"iss": "https://far.example", "aud": [crate::testing::ISSUER]}),
    );
    let header = json!({"alg": "ES256", "kid": "own"});
    let statement = compact(&header, &far, Key::Es256(es256(0)));
    ask(&mut scene, &statement, json!({})).unwrap();
    scene.policy(|policy| policy.registration = Registration::Token);
    assert_eq!(ask(&mut scene, &statement, json!({})).unwrap_err().code, ErrorCode::InvalidToken);
    let body = json!({"software_statement": statement});
    assert_eq!(register(&mut scene, &body).unwrap().metadata.client_name.unwrap(), "Vouched for");
    let forged = json!({"software_statement": compact(&header, &far, Key::Es256(es256(1)))});
    let error = register(&mut scene, &forged).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidSoftwareStatement);
}
