//! The claims of an assertion as the RFC reads them.

use serde_json::{Value, json};

use super::{IDP, as_web, body, own, refused, scene, send, theirs, trusted};
use crate::{
    client_auth::Sent,
    error::{Cause, ErrorCode},
    limits::{ASSERTION_SKEW_SECONDS_MAX, JTI_BYTES_MAX},
    outcome::{Change, Committed, OnceSpace},
    testing::{FOO, ISSUER, Jws, NOW, SECRET, Scene, basic, compact, form},
    token::TokenRequest,
};

#[test]
fn sec_056_it_is_for_the_issuer_and_for_whom_the_policy_names() {
    let mut scene = scene();
    let send_aud = |scene: &mut Scene, aud: Value| {
        let assertion = own(scene).claim("aud", aud);
        send(scene, &assertion)
    };
    send_aud(&mut scene, json!([ISSUER])).ok();
    send_aud(&mut scene, json!(["https://other.example", ISSUER])).ok();
    for aud in [
        json!(format!("{ISSUER}/oauth2/token")),
        json!(format!("{ISSUER}/")),
        json!("https://id.example"),
        json!("id.example"),
        json!("https://id.example/t/bar.com"),
        json!("https://theirs.example"),
        json!(["https://other.example"]),
    ] {
        refused(&send_aud(&mut scene, aud), Cause::AssertionAudience);
    }
    let other = "https://login.example";
    scene.policy(|policy| policy.accepted_assertion_audiences = vec![other.to_owned()]);
    send_aud(&mut scene, json!(other)).ok();
    let theirs = theirs(&scene).claim("aud", json!("https://theirs.example"));
    as_web(&mut scene, &theirs).ok();
}

#[test]
fn sec_094_an_audience_of_a_wrong_type_is_none() {
    let mut scene = scene();
    for aud in
        [json!([1, null, ISSUER]), json!([]), json!({}), json!(""), json!(7), json!([[ISSUER]])]
    {
        let assertion = own(&scene).claim("aud", aud);
        refused(&send(&mut scene, &assertion), Cause::AssertionAudience);
    }
}

#[test]
fn sec_063_absent_is_never_fine() {
    let mut scene = scene();
    for claim in ["sub", "aud", "exp"] {
        let mine = own(&scene).claim(claim, Value::Null);
        refused(&send(&mut scene, &mine), Cause::AssertionIncomplete);
        let other = theirs(&scene).claim(claim, Value::Null);
        refused(&as_web(&mut scene, &other), Cause::AssertionIncomplete);
    }
    for iss in [Value::Null, json!(7), json!([IDP])] {
        let nobodys = theirs(&scene).claim("iss", iss);
        refused(&as_web(&mut scene, &nobodys), Cause::AssertionIncomplete);
    }
    for sub in [json!(7), json!(""), json!(["alice"]), json!("x".repeat(2049))] {
        let nobodys = own(&scene).claim("sub", sub);
        refused(&send(&mut scene, &nobodys), Cause::AssertionIncomplete);
    }
    let elsewhere = theirs(&scene).claim("aud", json!("https://another.example"));
    refused(&as_web(&mut scene, &elsewhere), Cause::AssertionAudience);
}

#[test]
fn sec_057_its_times_are_checked_with_a_little_skew() {
    let mut scene = scene();
    let (now, skew) = (NOW.seconds(), ASSERTION_SKEW_SECONDS_MAX);
    let longest = now + 3600 + skew;
    for (claim, at) in [
        ("exp", now - skew + 1),
        ("exp", longest),
        ("nbf", now + skew),
        ("iat", now + skew),
        ("iat", now - 86_400),
    ] {
        let assertion = own(&scene).claim(claim, json!(at));
        send(&mut scene, &assertion).ok();
    }
    for (claim, at, cause) in [
        ("exp", now - skew, Cause::AssertionExpired),
        ("exp", longest + 1, Cause::AssertionMalformed),
        ("exp", now * 1000, Cause::AssertionMalformed),
        ("nbf", now + skew + 1, Cause::AssertionNotYetValid),
        ("iat", now + skew + 1, Cause::AssertionNotYetValid),
    ] {
        let assertion = own(&scene).claim(claim, json!(at));
        refused(&send(&mut scene, &assertion), cause);
    }
    scene.policy(|policy| policy.assertion_exp_cap_seconds = 60);
    let assertion = own(&scene);
    refused(&send(&mut scene, &assertion), Cause::AssertionMalformed);
}

#[test]
fn sec_081_a_time_of_a_wrong_type_is_never_absent() {
    let mut scene = scene();
    let now = NOW.seconds();
    for claim in ["exp", "nbf", "iat"] {
        for value in [json!(now.to_string()), json!([now]), json!(true), json!(-1), json!(1e300)] {
            let assertion = own(&scene).claim(claim, value);
            refused(&send(&mut scene, &assertion), Cause::AssertionMalformed);
        }
        // `put` would take a null away.
        let mut nothing = own(&scene);
        nothing.claims[claim] = Value::Null;
        refused(&send(&mut scene, &nothing), Cause::AssertionMalformed);
    }
}

#[test]
fn sec_058_a_jti_is_used_once() {
    let mut scene = scene();
    let assertion = own(&scene).claim("jti", json!("one"));
    let form = form(&body(&assertion.text()));
    let request = TokenRequest::parse(&Sent::new(None, &form)).unwrap();
    let (first, racing) = (scene.run(&request), scene.run(&request));
    assert_eq!(scene.stock.commit(&first.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&racing.writes), Committed::Conflict);
    refused(&send(&mut scene, &assertion), Cause::AssertionReplayed);
    // With other claims, or beside credentials, it is the same assertion still.
    let longer = assertion.clone().claim("exp", json!(NOW.seconds() + 600));
    refused(&send(&mut scene, &longer), Cause::AssertionReplayed);
    refused(&as_web(&mut scene, &assertion), Cause::AssertionReplayed);
    // Of another issuer it is another.
    let other = theirs(&scene).claim("jti", json!("one"));
    as_web(&mut scene, &other).ok();
    refused(&as_web(&mut scene, &other), Cause::AssertionReplayed);
    // Without one nothing is remembered.
    let none = own(&scene);
    assert_eq!(send(&mut scene, &none).writes.len(), 1);
    send(&mut scene, &none).ok();
}

#[test]
fn rel_022_after_a_cut_off_none_is_good_that_may_have_been_used_before() {
    let mut scene = scene();
    let cut = NOW.plus_seconds(10);
    scene.edit(FOO, |object| object.standing.not_before = cut);
    scene.now = cut;
    let once = own(&scene).claim("jti", json!("one"));
    let made_at = |iat: i64| once.clone().claim("iat", json!(iat));
    refused(&send(&mut scene, &once), Cause::AssertionReplayed);
    refused(&send(&mut scene, &made_at(cut.seconds() - 1)), Cause::AssertionReplayed);
    send(&mut scene, &made_at(cut.seconds())).ok();
    // What may be used as often as one likes was not used up either.
    let often = own(&scene);
    send(&mut scene, &often).ok();
    let earliest = 3600 + ASSERTION_SKEW_SECONDS_MAX;
    let late = own(&scene).claim("jti", json!("two"));
    let late = late.claim("exp", json!(cut.seconds() + earliest));
    send(&mut scene, &late).ok();
}

#[test]
fn sec_059_its_use_is_remembered_until_no_skew_saves_it() {
    let mut scene = scene();
    let assertion = own(&scene).claim("jti", json!("one")).claim("iat", json!(1_000_000_000));
    let ran = send(&mut scene, &assertion);
    let [first, ..] = ran.writes.as_slice() else { panic!() };
    let Change::Once { space: OnceSpace::AssertionGrant, expires_at, .. } = first.change else {
        panic!("{first:?}")
    };
    assert_eq!(first.tenant, scene.key(FOO));
    assert_eq!(expires_at, NOW.plus_seconds(180 + ASSERTION_SKEW_SECONDS_MAX));
    scene.now = crate::time::Time(expires_at.0 - 1);
    refused(&send(&mut scene, &assertion), Cause::AssertionReplayed);
    scene.now = expires_at;
    refused(&send(&mut scene, &assertion), Cause::AssertionExpired);
}

#[test]
fn sec_060_a_jti_is_bounded() {
    let mut scene = scene();
    for bad in [json!(""), json!(7), json!("j".repeat(JTI_BYTES_MAX + 1)), json!(["a"])] {
        let assertion = own(&scene).claim("jti", bad);
        refused(&send(&mut scene, &assertion), Cause::AssertionMalformed);
    }
    let longest = own(&scene).claim("jti", json!("j".repeat(JTI_BYTES_MAX)));
    send(&mut scene, &longest).ok();
}

#[test]
fn sec_062_what_is_no_assertion_is_malformed() {
    let mut scene = scene();
    let good = own(&scene).text();
    let credentials = basic("web", SECRET);
    for bad in ["x", "a.b.c", &good[1..], &format!("{good}.x"), &good.replace('.', "!")] {
        let ran = scene.token(Some(&credentials), &body(bad));
        refused(&ran, Cause::AssertionMalformed);
        refused(&scene.token(None, &body(bad)), Cause::AssertionMalformed);
    }
    let missing = scene.token(Some(&credentials), &body(""));
    let expected = (ErrorCode::InvalidRequest, Cause::Missing("assertion"));
    assert_eq!((missing.code(), missing.error().cause), expected);
    for typ in [json!("at+jwt"), json!("logout+jwt"), json!("dpop+jwt"), json!(""), json!(7)] {
        let assertion = own(&scene).header("typ", typ);
        refused(&send(&mut scene, &assertion), Cause::AssertionMalformed);
    }
    for algorithm in ["RS384", "RS512", "HS256", "none", "ES384"] {
        let assertion = own(&scene).header("alg", json!(algorithm));
        refused(&send(&mut scene, &assertion), Cause::AssertionSignature);
    }
}

/// A client assertion authenticates a client; it grants nothing in a user's name, and the reverse.
#[test]
fn sec_085_neither_kind_of_assertion_stands_for_the_other() {
    let mut scene = scene();
    let as_client = own(&scene).claim("sub", json!("web")).claim("jti", json!("c"));
    refused(&send(&mut scene, &as_client), Cause::UnknownUser);
    scene.client("pkj", |client| {
        client.metadata.grant_types.push(super::JWT_BEARER.to_owned());
        client.metadata.preauthorized_users = vec!["*".to_owned()];
    });
    let grant = Jws::about_alice("pkj", &scene).header("kid", json!("own"));
    send(&mut scene, &grant).ok();
    let text = compact(&grant.header, &grant.claims, grant.key);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let ran = scene.token(
        None,
        &format!(
            "grant_type=client_credentials&client_assertion_type={kind}&client_assertion={text}"
        ),
    );
    assert_eq!(ran.code(), ErrorCode::InvalidClient);
    trusted(&mut scene, |trusted| trusted.subjects.clear());
}
