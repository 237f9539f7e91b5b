//! Assertions (RFC 7523 §3): one accepted claim set, and each way to depart from it.

use serde_json::{Value, json};

use crate::{
    client_auth::{Presented, Sent, with_caller},
    context::Context,
    engine::Operation,
    errand::Errand,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    jwt::Signer,
    limits::{ASSERTION_SKEW_SECONDS_MAX, CLIENT_ASSERTION_EXP_CAP_SECONDS_MAX, JTI_BYTES_MAX},
    model::SigningAlgorithm,
    outcome::{Change, Decision, OnceSpace},
    policy::Policy,
    testing::{ISSUER, Key, NOW, Ran, SECRET, Scene, compact, es256, form, jwk_of, rs256},
    token::TokenReply,
};

pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const CC: &str = "grant_type=client_credentials";

pub struct Assertion {
    header: Value,
    claims: Value,
    key: Key<'static>,
}

impl Assertion {
    /// What `pkj` would send.
    pub fn of(scene: &Scene) -> Self {
        let now = scene.now.seconds();
        Self {
            header: json!({"alg": "ES256", "kid": "own"}),
            claims: json!({
                "iss": "pkj", "sub": "pkj", "aud": ISSUER,
                "iat": now, "exp": now + 60, "jti": format!("jti {}", scene.stock.once.len()),
            }),
            key: Key::Es256(es256(0)),
        }
    }

    /// What `hmac` would send.
    fn hmac(scene: &Scene) -> Self {
        let header = json!({"alg": "HS256"});
        let sent = Self { header, key: Key::Hs256(SECRET.as_bytes()), ..Self::of(scene) };
        sent.claim("iss", json!("hmac")).claim("sub", json!("hmac"))
    }

    /// `null` takes the claim away.
    fn claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    fn header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    const fn key(mut self, key: Key<'static>) -> Self {
        self.key = key;
        self
    }

    pub fn text(&self) -> String {
        compact(&self.header, &self.claims, self.key)
    }
}

fn put(target: &mut Value, name: &str, value: Value) {
    let map = target.as_object_mut().unwrap();
    if value.is_null() {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
}

fn body(assertion: &Assertion) -> String {
    format!("{CC}&client_assertion_type={TYPE}&client_assertion={}", assertion.text())
}

fn send(scene: &mut Scene, assertion: &Assertion) -> Ran<TokenReply> {
    scene.token(None, &body(assertion))
}

#[track_caller]
fn refused(scene: &mut Scene, assertion: &Assertion, why: &str) {
    let ran = send(scene, assertion);
    assert_eq!((ran.code(), ran.why()), (ErrorCode::InvalidClient, why), "{}", assertion.claims);
    assert_eq!(ran.writes, []);
}

#[test]
fn both_assertion_methods_are_accepted() {
    let mut scene = Scene::new();
    let own = Assertion::of(&scene);
    send(&mut scene, &own).ok();
    let without_kid = Assertion::of(&scene).header("kid", Value::Null);
    send(&mut scene, &without_kid).ok();
    let named = format!("{}&client_id=pkj", body(&Assertion::of(&scene)));
    scene.token(None, &named).ok();
    let hmac = Assertion::hmac(&scene);
    send(&mut scene, &hmac).ok();
}

#[test]
fn sec_056_only_the_issuer_alone_is_the_audience() {
    let mut scene = Scene::new();
    let wrong = "aud of the assertion is not our issuer";
    for aud in [
        json!(format!("{ISSUER}/oauth2/token")),
        json!(format!("{ISSUER}/")),
        json!("https://id.example"),
        json!("https://id.example/t/bar.com"),
        json!([ISSUER]),
        json!([ISSUER, "https://other.example"]),
        json!([1, Value::Null, ISSUER]),
        json!({}),
        json!(""),
        Value::Null,
    ] {
        let assertion = Assertion::of(&scene).claim("aud", aud);
        refused(&mut scene, &assertion, wrong);
    }
    let other = "https://login.example";
    scene.policy(|policy| policy.accepted_assertion_audiences = vec![other.to_owned()]);
    let assertion = Assertion::of(&scene).claim("aud", json!(other));
    send(&mut scene, &assertion).ok();
}

#[test]
fn sec_057_iss_sub_and_the_client_id_are_one() {
    let mut scene = Scene::new();
    let wrong = "iss and sub of the assertion are not the client";
    for iss in [json!("web"), json!(["pkj"]), Value::Null] {
        let assertion = Assertion::of(&scene).claim("iss", iss);
        refused(&mut scene, &assertion, wrong);
    }
    let for_another = Assertion::of(&scene).claim("sub", json!("web")).claim("iss", json!("web"));
    refused(&mut scene, &for_another, "the client is not registered for the method");
    let for_nobody = Assertion::of(&scene).claim("sub", json!("x")).claim("iss", json!("x"));
    refused(&mut scene, &for_nobody, "there is no such client");
    let no_sub = Assertion::of(&scene).claim("sub", Value::Null);
    refused(&mut scene, &no_sub, "the client assertion is no JWT");
    let named = format!("{}&client_id=web", body(&Assertion::of(&scene)));
    assert_eq!(scene.token(None, &named).why(), "sub is not the client_id parameter");
}

#[test]
fn sec_057_times_are_checked_with_a_little_skew() {
    let mut scene = Scene::new();
    let now = NOW.seconds();
    let skew = ASSERTION_SKEW_SECONDS_MAX;
    let longest = now + 300 + skew;
    for (claim, at) in [
        ("exp", now - 8),
        ("exp", now - skew + 1),
        ("exp", longest),
        ("nbf", now + 8),
        ("nbf", now + skew),
        ("iat", now + 8),
        ("iat", now + skew),
    ] {
        let assertion = Assertion::of(&scene).claim(claim, json!(at));
        send(&mut scene, &assertion).ok();
    }
    let no_iat = Assertion::of(&scene).claim("iat", Value::Null);
    send(&mut scene, &no_iat).ok();
    for (claim, at, why) in [
        ("exp", now - 61, "the assertion has expired"),
        ("exp", now - skew, "the assertion has expired"),
        ("exp", longest + 1, "the assertion lives too long"),
        ("nbf", now + 61, "the assertion is from the future"),
        ("nbf", now + skew + 1, "the assertion is from the future"),
        ("iat", now + 61, "the assertion is from the future"),
        ("iat", now + skew + 1, "the assertion is from the future"),
    ] {
        let assertion = Assertion::of(&scene).claim(claim, json!(at));
        refused(&mut scene, &assertion, why);
    }
    let no_exp = Assertion::of(&scene).claim("exp", Value::Null);
    refused(&mut scene, &no_exp, "the assertion has no exp");
}

#[test]
fn sec_057_a_tenant_may_take_assertions_that_live_for_an_hour_and_no_longer() {
    let mut scene = Scene::new();
    let cap = CLIENT_ASSERTION_EXP_CAP_SECONDS_MAX;
    let longest = NOW.seconds() + cap + ASSERTION_SKEW_SECONDS_MAX;
    let assertion = Assertion::of(&scene).claim("exp", json!(longest));
    refused(&mut scene, &assertion, "the assertion lives too long");
    scene.policy(|policy| policy.client_assertion_exp_cap_seconds = cap);
    send(&mut scene, &assertion).ok();
    let longer = Assertion::of(&scene).claim("exp", json!(longest + 1));
    refused(&mut scene, &longer, "the assertion lives too long");
    let over = Policy { client_assertion_exp_cap_seconds: cap + 1, ..Policy::default() };
    let pointer = over.check().unwrap_err().pointer;
    assert_eq!(pointer.as_deref(), Some("/policy/client_assertion_exp_cap_seconds"));
}

#[test]
fn sec_081_a_time_of_a_wrong_type_is_never_absent() {
    let mut scene = Scene::new();
    let now = NOW.seconds();
    for claim in ["exp", "nbf", "iat"] {
        for value in [json!(now.to_string()), json!([now]), json!(true), json!(-1), json!(1e300)] {
            let assertion = Assertion::of(&scene).claim(claim, value);
            refused(&mut scene, &assertion, "a time of the assertion is no number");
        }
    }
    let fraction = Assertion::of(&scene).claim("exp", json!(now as f64 + 30.5));
    send(&mut scene, &fraction).ok();
}

#[test]
fn an_assertion_is_used_once() {
    let mut scene = Scene::new();
    for bad in [Value::Null, json!(""), json!(7), json!("j".repeat(JTI_BYTES_MAX + 1))] {
        let assertion = Assertion::of(&scene).claim("jti", bad);
        refused(&mut scene, &assertion, "the assertion has no usable jti");
    }
    let longest = Assertion::of(&scene).claim("jti", json!("j".repeat(JTI_BYTES_MAX)));
    send(&mut scene, &longest).ok();
    refused(&mut scene, &longest, "the assertion was used before");
    // The same jti of another client is another fact.
    let same = Assertion::hmac(&scene).claim("jti", json!("j".repeat(JTI_BYTES_MAX)));
    send(&mut scene, &same).ok();
    refused(&mut scene, &same, "the assertion was used before");
}

#[test]
fn sec_059_its_use_is_remembered_until_no_skew_saves_it() {
    let mut scene = Scene::new();
    let assertion = Assertion::of(&scene);
    let ran = send(&mut scene, &assertion);
    let [first, ..] = ran.writes.as_slice() else { panic!() };
    let Change::Once { space: OnceSpace::ClientAssertion, expires_at, .. } = first.change else {
        panic!("{first:?}")
    };
    assert_eq!(first.tenant, scene.key(crate::testing::FOO));
    assert_eq!(expires_at, NOW.plus_seconds(60 + ASSERTION_SKEW_SECONDS_MAX));
    scene.now = crate::time::Time(expires_at.0 - 1);
    refused(&mut scene, &assertion, "the assertion was used before");
    scene.now = expires_at;
    refused(&mut scene, &assertion, "the assertion has expired");
}

#[test]
fn rel_022_after_a_cut_off_none_is_good_that_may_have_been_used_before() {
    let mut scene = Scene::new();
    let old = "the assertion is older than the tenant's cut-off: it may have been used";
    let before = Assertion::of(&scene);
    // The last that was good without saying when it was made.
    let last = NOW.seconds() + 10 + 300 + ASSERTION_SKEW_SECONDS_MAX;
    let silent = |scene: &Scene, exp: i64| {
        Assertion::of(scene).claim("iat", Value::Null).claim("exp", json!(exp))
    };
    let cut = NOW.plus_seconds(10);
    scene.edit(crate::testing::FOO, |object| object.standing.not_before = cut);
    scene.now = cut;
    refused(&mut scene, &before, old);
    let same_second = Assertion::of(&scene);
    send(&mut scene, &same_second).ok();
    for ahead in [0, 60] {
        scene.now = cut.plus_seconds(ahead);
        let barely = silent(&scene, last - 1);
        refused(&mut scene, &barely, old);
    }
    for iat in [Value::Null, json!(1)] {
        let after = silent(&scene, last).claim("iat", iat);
        send(&mut scene, &after).ok();
    }
}

#[test]
fn sec_080_no_other_algorithm_key_or_header_is_believed() {
    let mut scene = Scene::new();
    let no_key = "no key of the client verifies the signature";
    let unknown = "the header names no algorithm we know";
    for algorithm in ["none", "None", "nOnE", "es256", "", "HS256 "] {
        let assertion = Assertion::of(&scene).header("alg", json!(algorithm)).key(Key::Bytes(b"x"));
        let why = if algorithm.starts_with("HS") {
            "the client is not registered for the method"
        } else {
            unknown
        };
        refused(&mut scene, &assertion, why);
    }
    let foreign = Assertion::of(&scene).key(Key::Es256(es256(1)));
    refused(&mut scene, &foreign, no_key);
    let other_kid = Assertion::of(&scene).header("kid", json!("../../dev/null"));
    refused(&mut scene, &other_kid, no_key);
    for algorithm in ["RS256", "PS256", "ES384", "EdDSA"] {
        let confused = Assertion::of(&scene).header("alg", json!(algorithm));
        refused(&mut scene, &confused, no_key);
    }
    let weak = Assertion::of(&scene).header("alg", json!("RS512"));
    refused(&mut scene, &weak, "the algorithm is not one that clients may sign with");
    // The header brings its own key; nobody looks at it.
    let jwk = jwk_of(SigningAlgorithm::ES256, es256(1));
    let embedded = Assertion::of(&scene).header("jwk", jwk).key(Key::Es256(es256(1)));
    refused(&mut scene, &embedded, no_key);
    for extension in ["crit", "b64"] {
        let asking = Assertion::of(&scene).header(extension, json!(["exp"]));
        refused(&mut scene, &asking, "the header asks for extensions");
    }
}

#[test]
fn sec_080_a_public_key_is_no_hmac_secret() {
    let mut scene = Scene::new();
    let mut jwk = jwk_of(SigningAlgorithm::RS256, rs256());
    jwk["kid"] = json!("rsa");
    let keys = serde_json::from_value(json!({"keys": [jwk]})).unwrap();
    scene.client("pkj", |client| client.metadata.jwks = Some(std::sync::Arc::new(keys)));
    let rsa = |scene: &Scene| {
        Assertion::of(scene)
            .header("alg", json!("RS256"))
            .header("kid", json!("rsa"))
            .key(Key::Rs256(rs256()))
    };
    let good = rsa(&scene);
    send(&mut scene, &good).ok();
    let text: &'static str = Box::leak(jwk.to_string().into_boxed_str());
    for secret in [text.as_bytes(), b"rsa", b""] {
        let confused = rsa(&scene).header("alg", json!("HS256")).key(Key::Hs256(secret));
        refused(&mut scene, &confused, "the client is not registered for the method");
    }
    let as_pss = rsa(&scene).header("alg", json!("PS256"));
    refused(&mut scene, &as_pss, "no key of the client verifies the signature");
}

#[test]
fn sec_080_a_key_signs_with_its_own_algorithm_alone() {
    let mut scene = Scene::new();
    let mut jwk = jwk_of(SigningAlgorithm::RS256, rs256());
    jwk["kid"] = json!("rsa");
    for (registered, accepted) in [(json!("RS256"), false), (json!("PS256"), true)] {
        jwk["alg"] = registered;
        let keys = serde_json::from_value(json!({"keys": [jwk]})).unwrap();
        scene.client("pkj", |client| client.metadata.jwks = Some(std::sync::Arc::new(keys)));
        let signer = Signer::parse(SigningAlgorithm::PS256, "rsa", rs256()).unwrap();
        let text = signer.sign("JWT", &Assertion::of(&scene).claims).unwrap();
        let body = format!("{CC}&client_assertion_type={TYPE}&client_assertion={text}");
        assert_eq!(scene.token(None, &body).reply.is_ok(), accepted, "{jwk}");
    }
}

#[test]
fn sec_053_garbage_beside_a_right_secret_is_refused() {
    let mut scene = Scene::new();
    let credentials = crate::testing::basic("web", SECRET);
    let garbage = format!("{CC}&client_assertion_type={TYPE}&client_assertion=x.y.z");
    assert_eq!(scene.token(Some(&credentials), &garbage).code(), ErrorCode::InvalidClient);
    let other_type = body(&Assertion::of(&scene)).replace("jwt-bearer", "saml2-bearer");
    assert_eq!(scene.token(None, &other_type).code(), ErrorCode::InvalidRequest);
}

#[test]
fn the_secret_of_client_secret_jwt_must_fit_be_kept_and_be_alive() {
    let mut scene = Scene::new();
    let wrong = Assertion::hmac(&scene).key(Key::Hs256(b"another secret"));
    refused(&mut scene, &wrong, "the client's secret does not verify the signature");
    let other_hash = Assertion::hmac(&scene).header("alg", json!("HS512"));
    refused(&mut scene, &other_hash, "the client's secret does not verify the signature");
    let unknown = Assertion::hmac(&scene).header("alg", json!("HS1"));
    refused(&mut scene, &unknown, "the header names no algorithm we know");
    let asymmetric =
        Assertion::hmac(&scene).header("alg", json!("ES256")).key(Key::Es256(es256(0)));
    refused(&mut scene, &asymmetric, "the client is not registered for the method");
    let late = Assertion::hmac(&scene).claim("exp", json!(1));
    refused(&mut scene, &late, "the assertion has expired");
    let now = scene.now;
    let good = Assertion::hmac(&scene);
    scene.client("hmac", |client| client.secret.as_mut().unwrap().expires_at = Some(now));
    refused(&mut scene, &good, "the secret has expired");
    scene.client("hmac", |client| client.secret.as_mut().unwrap().sealed = None);
    refused(&mut scene, &good, "the client's secret is not kept for use in assertions");
    scene.client("hmac", |client| client.secret = None);
    refused(&mut scene, &good, "the client has no secret");
}

#[test]
fn the_registered_algorithm_alone_is_accepted() {
    let mut scene = Scene::new();
    for (id, right, wrong) in [("pkj", "ES256", "EdDSA"), ("hmac", "HS256", "HS512")] {
        let own = |scene: &Scene| {
            if id == "pkj" { Assertion::of(scene) } else { Assertion::hmac(scene) }
        };
        let registered = |algorithm: &str| Some(algorithm.to_owned());
        scene.client(id, |c| c.metadata.token_endpoint_auth_signing_alg = registered(right));
        let assertion = own(&scene);
        send(&mut scene, &assertion).ok();
        scene.client(id, |c| c.metadata.token_endpoint_auth_signing_alg = registered(wrong));
        let assertion = own(&scene);
        refused(&mut scene, &assertion, "the client is registered for another algorithm");
    }
}

#[test]
fn keys_behind_a_jwks_uri_are_fetched_after_the_cheap_checks() {
    let mut scene = Scene::new();
    let uri = "https://client.example/jwks";
    let point = |to: &str, scene: &mut Scene| {
        let to = to.to_owned();
        scene.client("pkj", |client| {
            client.metadata.jwks = None;
            client.metadata.jwks_uri = Some(to);
        });
    };
    point(uri, &mut scene);
    let good = Assertion::of(&scene);
    let ran = send(&mut scene, &good);
    ran.ok();
    assert_eq!(
        ran.errands,
        [Errand::FetchJwks { uri: uri.to_owned(), kid: Some("own".to_owned()) }]
    );
    let late = Assertion::of(&scene).claim("exp", json!(1));
    assert_eq!(send(&mut scene, &late).errands, []);
    assert_eq!(send(&mut scene, &good).errands, [], "a replay fetches nothing");
    point("https://away.example", &mut scene);
    let assertion = Assertion::of(&scene);
    refused(&mut scene, &assertion, "https://away.example does not answer");
    scene.client("pkj", |client| client.metadata.jwks_uri = None);
    refused(&mut scene, &assertion, "the client has no keys");
}

/// Authenticates, and then refuses.
struct Refusing(Presented);

impl Operation for Refusing {
    type Reply = ();

    fn needs(&self, vault: &crate::vault::Vault) -> Needs {
        self.0.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<()> {
        with_caller(&self.0, facts, cx, |caller, _| {
            assert_eq!(caller.id(), "pkj");
            Err(OAuthError::invalid_request("No.").into())
        })
    }
}

#[test]
fn an_assertion_is_used_up_by_a_request_that_is_refused() {
    let mut scene = Scene::new();
    let assertion = Assertion::of(&scene);
    let form = form(&body(&assertion));
    let sent = Sent::new(None, &form);
    let ran = scene.act(&Refusing(Presented::find(&sent).unwrap()));
    assert_eq!(ran.code(), ErrorCode::InvalidRequest);
    assert!(
        matches!(ran.writes.as_slice(), [write] if matches!(write.change, Change::Once { .. }))
    );
    refused(&mut scene, &assertion, "the assertion was used before");
    let without_grant = Assertion::of(&scene);
    scene.client("pkj", |client| client.metadata.grant_types.clear());
    assert_eq!(send(&mut scene, &without_grant).code(), ErrorCode::UnauthorizedClient);
    refused(&mut scene, &without_grant, "the assertion was used before");
}

#[test]
fn an_assertion_is_used_up_by_a_client_that_is_disabled() {
    let mut scene = Scene::new();
    let assertion = Assertion::of(&scene);
    scene.disable("pkj");
    let ran = send(&mut scene, &assertion);
    assert_eq!((ran.code(), ran.why()), (ErrorCode::InvalidClient, "the client is disabled"));
    scene.edit("pkj", |object| object.standing.disabled = false);
    refused(&mut scene, &assertion, "the assertion was used before");
}
