//! Introspection: what an active answer says, and how little an inactive one does.

mod bearer;
mod jwt;
mod reasons;
mod rights;

use serde_json::{Value, json};

use crate::{
    client_auth::Sent,
    engine::Operation as _,
    error::ErrorCode,
    facts::{Needs, Space, TokenRef},
    introspect::{AnswerForm, IntrospectReply, IntrospectRequest, Reason},
    jwt::Unverified,
    model::{Confirmation, TokenKind},
    testing::{Draft, ISSUER, NOW, SECRET, Scene, basic, form},
    time::Time,
};

fn keys(answer: &Value) -> Vec<&str> {
    answer.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_active_answer_has_every_member_that_applies() {
    let mut scene = Scene::new();
    let (token, key) = scene.issue(&Draft::default());
    let expected = json!({
        "active": true, "scope": "read write", "client_id": "web", "token_type": "Bearer",
        "exp": NOW.seconds() + 3600, "iat": NOW.seconds(), "sub": "web", "aud": "https://rs1",
        "iss": ISSUER, "jti": key.to_text(),
    });
    let (answer, reason) = scene.introspect("rs1", &token);
    assert_eq!((&answer, reason), (&expected, None));
    assert_eq!(scene.introspect("web", &token).0, expected, "its own client sees the same");
    let order =
        ["active", "scope", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss", "jti"];
    assert_eq!(keys(&answer), order);
}

#[test]
fn what_does_not_apply_is_left_out_and_the_rest_is_there() {
    let mut scene = Scene::new();
    let (bare, _) = scene.issue(&Draft { scope: "", audience: &[], ..Draft::default() });
    let (answer, _) = scene.introspect("web", &bare);
    for absent in ["scope", "username", "nbf", "aud", "cnf"] {
        assert_eq!(answer.get(absent), None, "{absent}");
    }
    let (full, _) = scene.issue(&Draft {
        user: Some("alice"),
        audience: &["https://rs1", "https://rs2"],
        not_before: Some(NOW),
        confirmation: Some(Confirmation::X5tS256("digest".to_owned())),
        ..Draft::default()
    });
    let (answer, _) = scene.introspect("rs2", &full);
    assert_eq!(answer["username"], "alice");
    assert_eq!(answer["sub"], scene.key("alice").to_text());
    assert_eq!(answer["client_id"], "web");
    assert_eq!(answer["nbf"], NOW.seconds());
    assert_eq!(answer["aud"], json!(["https://rs1", "https://rs2"]));
    assert_eq!(answer["cnf"], json!({"x5t#S256": "digest"}));
    assert_eq!(answer["token_type"], "Bearer");
}

#[test]
fn sec_073_a_bound_token_names_its_key_and_type() {
    let mut scene = Scene::new();
    let confirmation = Some(Confirmation::Jkt("thumb".to_owned()));
    let (token, _) = scene.issue(&Draft { confirmation, ..Draft::default() });
    let (answer, _) = scene.introspect("rs1", &token);
    assert_eq!(answer["cnf"], json!({"jkt": "thumb"}));
    assert_eq!(answer["token_type"], "DPoP");
}

#[test]
fn sec_134_a_token_ends_on_the_millisecond() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { not_before: Some(NOW), ..Draft::default() });
    let exp = NOW.plus_seconds(3600);
    for (now, reason) in [
        (Time(NOW.0 - 1), Some(Reason::NotYetValid { from: NOW })),
        (NOW, None),
        (Time(exp.0 - 1), None),
        (exp, Some(Reason::Expired { at: exp })),
        (Time(exp.0 + 1), Some(Reason::Expired { at: exp })),
    ] {
        scene.now = now;
        assert_eq!(scene.reason("rs1", &token), reason, "{now:?}");
    }
}

#[test]
fn sec_132_a_hint_changes_nothing() {
    let mut scene = Scene::new();
    let (access, _) = scene.issue(&Draft::default());
    let (refresh, _) = scene.issue(&Draft { kind: TokenKind::Refresh, ..Draft::default() });
    for token in [access, refresh] {
        let (plain, _) = scene.introspect("web", &token);
        assert_eq!(plain["active"], true);
        for hint in ["access_token", "refresh_token", "id_token", "x"] {
            let hinted = format!("{token}&token_type_hint={hint}");
            assert_eq!(scene.introspect("web", &hinted).0, plain, "{hint}");
        }
    }
}

#[test]
fn sec_125_a_failed_caller_learns_nothing() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let body = format!("token={token}");
    let wrong = basic("rs1", "wrong");
    let right = basic("rs1", SECRET);
    let mut code = |authorization: Option<&str>, body: &str| {
        let ran = scene.introspection(authorization, body, AnswerForm::Json);
        assert_eq!((ran.writes.len(), ran.events.len()), (0, 0));
        ran.code()
    };
    assert_eq!(code(None, &body), ErrorCode::InvalidClient);
    assert_eq!(code(Some(&wrong), &body), ErrorCode::InvalidClient);
    assert_eq!(code(Some(&right), ""), ErrorCode::InvalidRequest);
    assert_eq!(code(Some(&right), "token="), ErrorCode::InvalidRequest);
    assert_eq!(code(None, ""), ErrorCode::InvalidClient, "who asks comes first");
}

#[test]
fn sec_146_only_the_exact_text_is_active() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("rs1", &token), None);
    for altered in [
        format!("+{token}"),
        format!("{token}%0A"),
        format!("{token}%20"),
        format!("Bearer+{token}"),
        token.replacen("vat_", "VAT_", 1),
        token.replacen("vat_", "vrt_", 1),
        token.replacen("vat_", "", 1),
        token[..token.len() - 1].to_owned(),
    ] {
        assert_eq!(scene.reason("rs1", &altered), Some(Reason::Malformed), "{altered}");
    }
}

#[test]
fn it_needs_exactly_what_it_uses() {
    let mut scene = Scene::new();
    let (token, key) = scene.issue(&Draft::default());
    let authorization = basic("rs1", SECRET);
    let needs = |body: &str| {
        let form = form(body);
        let sent = Sent::new(Some(&authorization), &form);
        IntrospectRequest::parse(&sent, AnswerForm::Json).unwrap().needs(&scene.vault)
    };
    let caller = Needs::default().object(Space::Caller, "rs1");
    assert_eq!(needs("token=garbage"), caller, "what cannot be a token is not looked for");
    let with_token = Needs { token: Some(TokenRef::Key(key)), ..caller };
    assert_eq!(needs(&format!("token={token}")), with_token);
}

/// The claims of a signed answer.
fn signed(scene: &mut Scene, caller: &str, token: &str) -> Unverified {
    let body = format!("token={token}");
    let authorization = basic(caller, SECRET);
    let ran = scene.introspection(Some(&authorization), &body, AnswerForm::Jwt);
    let IntrospectReply::Jwt(jwt) = ran.ok() else { panic!("not a JWT") };
    Unverified::parse(jwt).unwrap()
}

#[test]
fn sec_143_a_signed_answer_is_for_its_caller_and_nothing_else() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
    let read = signed(&mut scene, "rs1", &token);
    assert_eq!(read.header("typ"), Some("token-introspection+jwt"));
    assert_eq!(read.header("alg"), Some("ES256"));
    assert_eq!(read.header("kid"), Some(scene.signing_keys()[0].id()));
    let inner = scene.introspect("rs1", &token).0;
    let expected = json!({
        "iss": ISSUER, "aud": "rs1", "iat": NOW.seconds(), "token_introspection": inner,
    });
    assert_eq!(Value::Object(read.claims), expected);
    assert_eq!(scene.signing_keys().len(), 1, "the key is made once");
}

#[test]
fn sec_127_an_inactive_signed_answer_says_nothing_more() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
    for (caller, token) in [("rs2", token.as_str()), ("rs1", "garbage")] {
        let read = signed(&mut scene, caller, token);
        let expected = json!({
            "iss": ISSUER, "aud": caller, "iat": NOW.seconds(),
            "token_introspection": {"active": false},
        });
        assert_eq!(Value::Object(read.claims), expected);
    }
}

#[test]
fn sec_085_a_signed_answer_is_no_token() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let body = format!("token={token}");
    let authorization = basic("rs1", SECRET);
    let ran = scene.introspection(Some(&authorization), &body, AnswerForm::Jwt);
    let IntrospectReply::Jwt(jwt) = ran.ok() else { panic!("not a JWT") };
    assert_eq!(scene.reason("web", jwt), Some(Reason::Malformed));
}
