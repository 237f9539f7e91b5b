//! Assertions of products that read the RFC in their own way.

use serde_json::{Value, json};

use super::{in_manner, own, refused, scene, send, theirs};
use crate::{
    client_auth::Sent,
    error::{Cause, ErrorCode},
    manner::{AssertionManner, Manner},
    model::Body,
    outcome::Change,
    testing::{FOO, Jws, NOW, Ran, SECRET, Scene, basic},
    time::Time,
    token::{TokenReply, TokenRequest},
};

static LENIENT: Manner = Manner {
    assertion: AssertionManner {
        paths: &[],
        audiences: &["https://login.example"],
        accepts_places: true,
        lenient_exp: true,
        skew_seconds: 180,
        subject_alias: Some("prn"),
        names_client: true,
    },
    ..Manner::STANDARD
};

static CREDENTIALS_ONLY: Manner = Manner {
    assertion: AssertionManner { names_client: false, ..AssertionManner::STANDARD },
    ..Manner::STANDARD
};

fn lenient(scene: &mut Scene, claim: &str, value: Value) -> Ran<TokenReply> {
    let assertion = own(scene).claim(claim, value);
    in_manner(scene, &LENIENT, &assertion)
}

#[test]
fn an_exp_may_be_digits_or_milliseconds() {
    let mut scene = scene();
    let now = NOW.seconds();
    for exp in [
        json!(now + 180),
        json!((now + 180).to_string()),
        json!((now - 179).to_string()),
        json!(NOW.0 + 300),
        json!((NOW.0 + 300).to_string()),
        // Beyond any cap.
        json!(now + 10 * 365 * 86_400),
    ] {
        lenient(&mut scene, "exp", exp).ok();
    }
    for exp in [json!(now - 180), json!((now - 180).to_string()), json!(NOW.0 - 180_000)] {
        refused(&lenient(&mut scene, "exp", exp), Cause::AssertionExpired);
    }
    for exp in ["", "x", "1e20", "-1", "+9", " 9", "9.0", "0x9", "9999999999999999", "inf", "NaN"] {
        refused(&lenient(&mut scene, "exp", json!(exp)), Cause::AssertionMalformed);
    }
    for exp in [json!(true), json!([now]), json!(1e300), json!(-1), json!({})] {
        refused(&lenient(&mut scene, "exp", exp), Cause::AssertionMalformed);
    }
    refused(&lenient(&mut scene, "exp", Value::Null), Cause::AssertionIncomplete);
    // Other times are numbers everywhere.
    let iat = json!(now.to_string());
    refused(&lenient(&mut scene, "iat", iat), Cause::AssertionMalformed);
}

#[test]
fn sec_060_an_unbounded_exp_is_remembered_for_a_bounded_time() {
    let mut scene = scene();
    let now = NOW.seconds();
    let far = |scene: &Scene, iat: Value| {
        own(scene).claim("exp", json!(now + 1_000_000)).claim("jti", json!("x")).claim("iat", iat)
    };
    let assertion = far(&scene, json!(now - 60));
    let ran = in_manner(&mut scene, &LENIENT, &assertion);
    let until = ran.writes.iter().find_map(|write| match write.change {
        Change::Once { expires_at, .. } => Some(expires_at),
        _ => None,
    });
    let until = until.unwrap();
    assert_eq!(until, NOW.plus_seconds(3600 - 60 + 180));
    scene.now = Time(until.0 - 1);
    let ran = in_manner(&mut scene, &LENIENT, &assertion);
    refused(&ran, Cause::AssertionReplayed);
    // Forgotten, but not good again.
    scene.stock.once.clear();
    scene.now = until;
    refused(&in_manner(&mut scene, &LENIENT, &assertion), Cause::AssertionExpired);
    // Nothing bounds this one.
    scene.now = NOW;
    let undated = far(&scene, Value::Null);
    refused(&in_manner(&mut scene, &LENIENT, &undated), Cause::AssertionExpired);
}

#[test]
fn its_places_are_names_of_the_server() {
    let mut scene = scene();
    scene.edit(FOO, |object| {
        let Body::Tenant(tenant) = &mut object.body else { panic!() };
        tenant.path_aliases = vec!["/customers".to_owned()];
        tenant.hosts = vec!["foo.example:8443".to_owned()];
        tenant.policy.accepted_assertion_audiences = vec!["https://my.example/x".to_owned()];
    });
    let places = [
        "https://id.example/t/foo.com",
        "https://id.example",
        "id.example",
        "https://id.example/customers",
        "https://foo.example:8443",
        "http://foo.example:8443",
        "foo.example:8443",
        "https://login.example",
        "login.example",
        "https://my.example/x",
        "my.example",
    ];
    for aud in places {
        lenient(&mut scene, "aud", json!(aud)).ok();
    }
    for aud in [
        "https://id.example/",
        "http://id.example",
        "https://id.example/other",
        "id.example/customers",
        "foo.example",
        "example",
        "https://",
        "",
        "https://my.example",
    ] {
        refused(&lenient(&mut scene, "aud", json!(aud)), Cause::AssertionAudience);
    }
    // The standard manner knows its issuer and what is declared.
    let standard = |scene: &mut Scene, aud: &str| {
        let assertion = own(scene).claim("aud", json!(aud));
        send(scene, &assertion).reply.is_ok()
    };
    let accepted: Vec<&str> = places.into_iter().filter(|aud| standard(&mut scene, aud)).collect();
    assert_eq!(accepted, ["https://id.example/t/foo.com", "https://my.example/x"]);
}

#[test]
fn another_issuers_audience_is_this_tenant_and_no_place_that_others_have_too() {
    let mut scene = scene();
    let mut ask = |aud: &str| {
        let assertion = theirs(&scene).claim("aud", json!(aud));
        let form = super::form(&super::body(&assertion.text()));
        let web = basic("web", SECRET);
        let sent = Sent { manner: &LENIENT, ..Sent::new(Some(&web), &form) };
        scene.act(&TokenRequest::parse(&sent).unwrap())
    };
    let own = ["https://id.example/t/foo.com", "https://login.example", "https://theirs.example"];
    for aud in own {
        ask(aud).ok();
    }
    // It may have been made for the default tenant, which trusts the same issuer.
    for aud in ["https://id.example", "id.example", "theirs.example"] {
        refused(&ask(aud), Cause::AssertionAudience);
    }
}

#[test]
fn the_subject_may_have_an_older_name() {
    let mut scene = scene();
    let older =
        |scene: &Scene, sub: Value| own(scene).claim("prn", json!("alice")).claim("sub", sub);
    let only = older(&scene, Value::Null);
    in_manner(&mut scene, &LENIENT, &only).ok();
    refused(&send(&mut scene, &only), Cause::AssertionIncomplete);
    let both = older(&scene, json!("bob"));
    refused(&in_manner(&mut scene, &LENIENT, &both), Cause::UnknownUser);
    let neither = older(&scene, json!(7));
    refused(&in_manner(&mut scene, &LENIENT, &neither), Cause::AssertionIncomplete);
}

#[test]
fn where_an_assertion_names_no_client_credentials_are_asked_for() {
    let mut scene = scene();
    let form = super::form(&super::body(&own(&scene).text()));
    let sent = crate::client_auth::Sent {
        manner: &CREDENTIALS_ONLY,
        ..crate::client_auth::Sent::new(None, &form)
    };
    let error = crate::token::TokenRequest::parse(&sent).map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    let assertion: Jws = own(&scene);
    send(&mut scene, &assertion).ok();
}
