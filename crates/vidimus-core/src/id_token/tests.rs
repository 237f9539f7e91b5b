//! What an ID token says, for whom, and how it is signed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{IdTokenRequest, algorithms, issue, left_half};
use crate::{
    errand::Errand,
    facts::{Facts, Space},
    jwks::JwksRequest,
    jwt::{Unverified, verify_with_jwks},
    manner::Manner,
    model::{
        Authentication, Body, Family, IdTokenAlgorithm, Named, SigningAlgorithm, TokenFormat,
        TokenKind,
    },
    outcome::Committed,
    policy::Policy,
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    testing::{Draft, FOO, ISSUER, NOW, SECRET, Scene, basic, done},
};

/// OpenID Connect Core A.3 and A.4.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const CODE: &str = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";
const C_HASH: &str = "LDktKdoQak3Pk0cnXxCltA";

#[derive(Default)]
struct Given<'a> {
    authentication: Option<&'a Authentication>,
    nonce: Option<&'a str>,
    access_token: Option<&'a str>,
    code: Option<&'a str>,
    state: Option<&'a str>,
    through_browser: bool,
    claims_in_id_token: bool,
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.email = Some("alice@example.com".to_owned());
        for (claim, value) in [
            ("name", json!("Alice Liddell")),
            ("email_verified", json!(true)),
            ("address", json!({"country": "CH"})),
            // No standard claim: whatever a user has been given, the token's own stay its own.
            ("nonce", json!("hers")),
            ("acr", json!("hers")),
        ] {
            user.claims.insert(claim.to_owned(), value);
        }
    });
    scene
}

/// An ID token of `web` for `alice`, with the scopes `openid profile`.
fn text(scene: &mut Scene, given: &Given<'_>) -> String {
    let (tenant, client, user) = (scene.object(FOO), scene.object("web"), scene.object("alice"));
    let mut facts = Facts::default();
    facts.whole.push((Space::SigningKey, scene.signing_keys()));
    for algorithm in SigningAlgorithm::ALL {
        let errand = Errand::GenerateKey { algorithm };
        facts.errands.insert(errand.clone(), done(&errand));
    }
    let (access_token, code) = (given.access_token.map(Secret::new), given.code.map(Secret::new));
    let request = IdTokenRequest {
        facts: &facts,
        tenant: Named::of(&tenant).unwrap(),
        client: Named::of(&client).unwrap(),
        user: Named::of(&user).unwrap(),
        manner: &Manner::STANDARD,
        scope: &Scope::stored("openid profile"),
        expires_at: scene.now.plus_seconds(600),
        authentication: given.authentication,
        nonce: given.nonce,
        access_token: access_token.as_ref(),
        code: code.as_ref(),
        state: given.state,
        through_browser: given.through_browser,
        claims_in_id_token: given.claims_in_id_token,
    };
    let (text, writes) = scene.with_context(|cx| issue(&request, cx)).unwrap();
    assert_eq!(scene.stock.commit(&writes), Committed::Done);
    text.expose().to_owned()
}

/// Its claims, after its signature has been checked against what the tenant publishes.
fn verified(scene: &mut Scene, text: &str) -> Map<String, Value> {
    let keys = scene.act(&JwksRequest::default()).ok().clone();
    let keys = serde_json::from_value(keys).unwrap();
    let read = Unverified::parse(text).unwrap();
    verify_with_jwks(text, &read, &keys).unwrap().clone()
}

fn given(scene: &mut Scene, given: &Given<'_>) -> Map<String, Value> {
    let text = text(scene, given);
    verified(scene, &text)
}

fn names(claims: &Map<String, Value>) -> Vec<&str> {
    claims.keys().map(String::as_str).collect()
}

fn sign_with(scene: &mut Scene, algorithm: IdTokenAlgorithm) {
    scene.client("web", |client| client.metadata.id_token_signed_response_alg = algorithm);
}

fn authentication() -> Authentication {
    Authentication {
        client_id: "web".to_owned(),
        session: Some(RowKey(77)),
        auth_time: NOW.plus_seconds(-60),
        acr: Some("urn:example:password".to_owned()),
        amr: vec!["pwd".to_owned()],
        id_token_claims: Vec::new(),
        userinfo_claims: Vec::new(),
    }
}

#[test]
fn without_anything_else_it_says_who_for_whom_and_until_when() {
    let mut scene = scene();
    let claims = given(&mut scene, &Given::default());
    let expected = json!({
        "iss": ISSUER,
        "sub": scene.key("alice").to_text(),
        "aud": "web",
        "iat": NOW.seconds(),
        "exp": NOW.seconds() + 600,
    });
    assert_eq!(Value::Object(claims), expected);
}

#[test]
fn every_algorithm_signs_what_is_published_for_it() {
    let mut scene = scene();
    for algorithm in SigningAlgorithm::ALL {
        sign_with(&mut scene, IdTokenAlgorithm::Signed(algorithm));
        let text = text(&mut scene, &Given::default());
        let read = Unverified::parse(&text).unwrap();
        assert_eq!(read.header("alg"), Some(algorithm.as_str()));
        assert_eq!(verified(&mut scene, &text)["aud"], "web", "{algorithm:?}");
    }
    assert_eq!(scene.signing_keys().len(), 4, "one for each");
}

#[test]
fn none_is_for_who_asked_where_it_is_allowed_and_never_through_the_browser() {
    let mut scene = scene();
    let of =
        |text: &str| Unverified::parse(text).and_then(|read| read.header("alg").map(str::to_owned));
    for (asks, allows, through_browser, algorithm) in [
        (true, true, false, "none"),
        (true, true, true, "RS256"),
        (true, false, false, "RS256"),
        (false, true, false, "RS256"),
    ] {
        let wanted = if asks { IdTokenAlgorithm::Unsigned } else { IdTokenAlgorithm::default() };
        sign_with(&mut scene, wanted);
        scene.policy(|policy| policy.allow_unsigned_id_tokens = allows);
        let access_token = Some(ACCESS_TOKEN);
        let text = text(&mut scene, &Given { access_token, through_browser, ..Given::default() });
        if algorithm == "none" {
            let (header, rest) = text.split_once('.').unwrap();
            let (claims, signature) = rest.split_once('.').unwrap();
            let json = |part: &str| -> Value {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!((json(header), signature), (json!({"alg": "none"}), ""));
            assert_eq!((&json(claims)["aud"], json(claims).get("at_hash")), (&json!("web"), None));
        } else {
            assert_eq!(of(&text).as_deref(), Some(algorithm), "{asks} {allows}");
            verified(&mut scene, &text);
        }
    }
}

#[test]
fn what_may_be_registered_for_is_what_is_published() {
    let mut policy = Policy::default();
    assert_eq!(algorithms(&policy), ["ES256", "RS256", "PS256", "EdDSA"]);
    policy.allow_unsigned_id_tokens = true;
    assert_eq!(algorithms(&policy), ["ES256", "RS256", "PS256", "EdDSA", "none"]);
}

#[test]
fn sec_044_the_nonce_is_echoed_byte_for_byte_and_absent_when_absent() {
    let mut scene = scene();
    for nonce in ["n-0S6_WzA2Mj", " \t\"\\/é\u{1F600}\u{0}", ""] {
        let claims = given(&mut scene, &Given { nonce: Some(nonce), ..Given::default() });
        assert_eq!(claims["nonce"].as_str(), Some(nonce));
    }
    let mut known = authentication();
    known.id_token_claims = vec!["nonce".to_owned(), "acr".to_owned()];
    known.acr = None;
    let asked =
        Given { authentication: Some(&known), claims_in_id_token: true, ..Given::default() };
    let claims = given(&mut scene, &asked);
    assert!(!claims.contains_key("nonce") && !claims.contains_key("acr"), "{claims:?}");
}

#[test]
fn sec_044_at_hash_and_c_hash_are_those_of_the_specification() {
    let mut scene = scene();
    let bound = Given {
        access_token: Some(ACCESS_TOKEN),
        code: Some(CODE),
        state: Some("abc"),
        ..Given::default()
    };
    for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256, SigningAlgorithm::ES256] {
        sign_with(&mut scene, IdTokenAlgorithm::Signed(algorithm));
        let claims = given(&mut scene, &bound);
        assert_eq!((&claims["at_hash"], &claims["c_hash"]), (&json!(AT_HASH), &json!(C_HASH)));
        // The left half of the example of FIPS 180-2, B.1.
        assert_eq!(claims["s_hash"], "ungWv48Bz-pBQUDeXa4iIw");
    }
    let bare = given(&mut scene, &Given::default());
    assert!(["at_hash", "c_hash", "s_hash"].iter().all(|name| !bare.contains_key(*name)));
}

/// The left half of the example of FIPS 180-2, C.1.
#[test]
fn sec_044_ed25519_hashes_by_sha_512() {
    let half = left_half(SigningAlgorithm::EdDSA, "abc");
    assert_eq!(half, "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    let mut scene = scene();
    sign_with(&mut scene, IdTokenAlgorithm::Signed(SigningAlgorithm::EdDSA));
    let claims = given(&mut scene, &Given { code: Some("abc"), ..Given::default() });
    assert_eq!(claims["c_hash"], half.as_str());
}

#[test]
fn sec_044_the_audience_is_the_client_alone_and_azp_is_for_several() {
    let mut scene = scene();
    let known = authentication();
    let claims = given(&mut scene, &Given { authentication: Some(&known), ..Given::default() });
    assert_eq!(claims["aud"], "web");
    assert!(!claims.contains_key("azp"), "{claims:?}");
}

#[test]
fn the_sign_in_is_told_where_it_is_known() {
    let mut scene = scene();
    let mut known = authentication();
    let claims = given(&mut scene, &Given { authentication: Some(&known), ..Given::default() });
    assert_eq!(claims["auth_time"], NOW.seconds() - 60);
    assert_eq!(claims["acr"], "urn:example:password");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["sid"], RowKey(77).to_text());
    (known.session, known.acr, known.amr) = (None, None, Vec::new());
    let claims = given(&mut scene, &Given { authentication: Some(&known), ..Given::default() });
    assert_eq!(names(&claims), ["iss", "sub", "aud", "exp", "iat", "auth_time"]);
}

#[test]
fn claims_are_in_it_by_name_or_where_nothing_else_could_tell_them() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.scope = "openid profile email".to_owned());
    let mut known = authentication();
    let none = given(&mut scene, &Given { authentication: Some(&known), ..Given::default() });
    assert!(!none.contains_key("name"));
    let alone = given(&mut scene, &Given { claims_in_id_token: true, ..Given::default() });
    assert_eq!((&alone["name"], alone.get("email")), (&json!("Alice Liddell"), None));
    known.id_token_claims =
        ["email", "email_verified", "address", "sub", "iss"].map(str::to_owned).to_vec();
    let named = given(&mut scene, &Given { authentication: Some(&known), ..Given::default() });
    assert_eq!(named["email"], "alice@example.com");
    assert_eq!((&named["email_verified"], &named["iss"]), (&json!(true), &json!(ISSUER)));
    // The client may not have the scope of it.
    assert_eq!((named.get("address"), named.get("name")), (None, None));
}

/// OpenID Connect Core §12.2.
#[test]
fn a_refreshed_id_token_is_of_the_same_sign_in() {
    let mut scene = scene();
    let (tenant, web, alice) = (scene.key(FOO), scene.key("web"), scene.key("alice"));
    let family = Family {
        key: RowKey(5),
        client: Some(web),
        user: Some(alice),
        expires_at: NOW.plus_seconds(86_400),
        revocation: None,
        authentication: Some(std::sync::Arc::new(authentication())),
    };
    scene.stock.families.push((tenant, family));
    scene.client("web", |client| {
        client.metadata.grant_types = vec!["refresh_token".to_owned()];
        client.metadata.access_token_format = TokenFormat::Jwt;
        client.metadata.preauthorized_users = vec!["*".to_owned()];
    });
    let (refresh, _) = scene.issue(&Draft {
        user: Some("alice"),
        scope: "openid read",
        audience: &[],
        family: Some(RowKey(5)),
        kind: TokenKind::Refresh,
        ..Draft::default()
    });
    scene.now = NOW.plus_seconds(100);
    let body = format!("grant_type=refresh_token&refresh_token={refresh}");
    let ran = scene.token(Some(&basic("web", SECRET)), &body);
    let reply = ran.ok();
    let claims = verified(&mut scene, reply.id_token.as_ref().unwrap().expose());
    assert_eq!(claims["auth_time"], NOW.seconds() - 60);
    assert_eq!(
        (&claims["iat"], &claims["sub"]),
        (&json!(NOW.seconds() + 100), &json!(alice.to_text()))
    );
    let at_hash = left_half(SigningAlgorithm::RS256, reply.access_token.expose());
    assert_eq!(claims["at_hash"], at_hash);
    assert!(!claims.contains_key("nonce"));
    assert_eq!(scene.signing_keys().len(), 2, "the access token has a key of its own");
}
