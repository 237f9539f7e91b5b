//! One wrong claim is one finding, and the verdict is always the token endpoint's own.

use serde_json::{Value, json};

use super::*;
use crate::{
    client_auth::Sent,
    grant::jwt_bearer::tests::{IDP, scene, trusted},
    testing::{ISSUER, Jws, Key, Scene, es256, form},
};

fn report(scene: &mut Scene, text: &str, client_id: Option<&str>) -> AssertionReport {
    let client_id = client_id.map(str::to_owned);
    let check = AssertionCheck::new(Secret::new(text), client_id, &Manner::STANDARD).unwrap();
    let ran = scene.act(&check);
    assert!(ran.writes.is_empty() && ran.events.is_empty(), "looking changes nothing");
    ran.reply.unwrap()
}

fn asked(scene: &mut Scene, text: &str) -> Result<(), OAuthError> {
    let body = format!("grant_type={JWT_BEARER}&assertion={text}");
    let request = TokenRequest::parse(&Sent::new(None, &form(&body)))?;
    scene.run(&request).reply.map(drop)
}

fn failed(report: &AssertionReport) -> Vec<&str> {
    let is_failed = |check: &&Value| check["ok"] == json!(false);
    report.checks.iter().filter(is_failed).map(|check| check["claim"].as_str().unwrap()).collect()
}

fn check<'a>(report: &'a AssertionReport, claim: &str) -> &'a Value {
    report.checks.iter().find(|check| check["claim"] == claim).unwrap()
}

#[test]
fn a_good_one_is_good_in_every_claim_and_is_not_used_up() {
    let mut scene = scene();
    let assertion = Jws::about_alice("web", &scene).claim("jti", json!("1"));
    for _ in 0..2 {
        let report = report(&mut scene, &assertion.text(), None);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        assert!(
            report.checks.iter().all(|check| check["ok"] == json!(true)),
            "{:?}",
            report.checks
        );
        assert!(report.fix.is_empty());
        assert_eq!(check(&report, "exp")["note"], "in 3 min 0 s");
        assert_eq!(check(&report, "jti")["note"], "not used yet");
    }
}

#[test]
fn each_wrong_claim_is_found_and_the_verdict_is_the_endpoint_s() {
    let mut scene = scene();
    let now = scene.now.seconds();
    let good = Jws::about_alice("web", &scene);
    let cases = [
        ("aud", good.clone().claim("aud", json!("https://other.example")), "aud"),
        ("no aud", good.clone().claim("aud", Value::Null), "aud"),
        ("sub", good.clone().claim("sub", json!("nobody")), "sub"),
        ("no sub", good.clone().claim("sub", Value::Null), "sub"),
        ("exp", good.clone().claim("exp", json!(now - 3600)), "exp"),
        ("no exp", good.clone().claim("exp", Value::Null), "exp"),
        ("nbf", good.clone().claim("nbf", json!(now + 3600)), "exp"),
        ("typ", good.clone().header("typ", json!("at+jwt")), "typ"),
        ("key", good.clone().key(Key::Es256(es256(1))), "signature"),
        ("jti", good.clone().claim("jti", json!(7)), "jti"),
        ("iss", good.claim("iss", json!("nobody")), "iss"),
    ];
    for (name, assertion, claim) in cases {
        let text = assertion.text();
        let report = report(&mut scene, &text, None);
        assert_eq!(failed(&report), [claim], "{name}: {:?}", report.checks);
        assert_eq!(report.verdict, asked(&mut scene, &text), "{name}");
        assert!(report.verdict.is_err(), "{name}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_how_to_mend_it() {
    let mut scene = scene();
    let assertion = Jws::about_alice("web", &scene)
        .claim("aud", json!("http://localhost:8080"))
        .claim("sub", json!("nobody"));
    let report = report(&mut scene, &assertion.text(), None);
    assert_eq!(failed(&report), ["sub", "aud"]);
    assert!(check(&report, "aud")["accepted"].as_array().unwrap().contains(&json!(ISSUER)));
    let fix = report.fix.join("\n");
    assert!(fix.contains("vidimus user create nobody --tenant foo.com"), "{fix}");
    let set = "--set 'policy.accepted_assertion_audiences=[\"http://localhost:8080\"]'";
    assert!(fix.contains(&format!("vidimus tenant update foo.com {set}")), "{fix}");
}

#[test]
fn what_is_wrong_beside_the_assertion_is_told_too() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.preauthorized_users.clear());
    let assertion = Jws::about_alice("web", &scene).text();
    let told = report(&mut scene, &assertion, None);
    assert_eq!(failed(&told), ["approval"]);
    assert_eq!(told.verdict, asked(&mut scene, &assertion));
    let fix = "vidimus client update web --tenant foo.com --preauthorize-user alice";
    assert_eq!(told.fix, [fix]);
    scene.client("web", |client| client.metadata.grant_types.clear());
    assert_eq!(failed(&report(&mut scene, &assertion, None)), ["grant"]);
}

#[test]
fn a_trusted_issuer_s_is_looked_at_as_its_client_brings_it() {
    let mut scene = scene();
    let theirs = Jws::about_alice(IDP, &scene).key(Key::Es256(es256(1))).text();
    let told = report(&mut scene, &theirs, Some("web"));
    assert!(told.verdict.is_ok(), "{:?}", told.checks);
    assert_eq!(check(&told, "iss")["note"], "a trusted issuer");
    trusted(&mut scene, |trusted| trusted.subjects = vec!["bob".to_owned()]);
    assert_eq!(failed(&report(&mut scene, &theirs, Some("web"))), ["approval"]);
}

#[test]
fn what_is_no_jwt_is_refused_without_repeating_it() {
    for (text, client_id) in [("s3cret", None), ("s3cret", Some("web")), ("s3cret.b.c", None)] {
        let client_id = client_id.map(str::to_owned);
        let refused = AssertionCheck::new(Secret::new(text), client_id, &Manner::STANDARD);
        let Err(error) = refused else { panic!("checked") };
        assert!(!error.description.contains("s3cret"));
        assert_eq!(error.pointer.as_deref(), Some("/assertion"));
    }
}

#[test]
fn sec_265_no_claim_steers_a_shell_or_a_terminal() {
    for (text, told) in [
        ("web", "web"),
        ("x'; reboot #", r"'x'\''; reboot #'"),
        ("\u{1b}]0;x\u{7}\u{9b}2J\n", "'\u{fffd}]0;x\u{fffd}\u{fffd}2J\u{fffd}'"),
        ("", "''"),
    ] {
        assert_eq!(quoted(text), told);
    }
}
