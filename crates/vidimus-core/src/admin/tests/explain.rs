//! Explaining: the caller's answer, the reason, and a sentence for each.

use serde_json::{Value, json};

use crate::{
    admin::{Explain, IntrospectAny, KeyRotate},
    error::ErrorCode,
    model::{Body, Kind, Revocation, RevokedBy, TokenFormat, TokenKind},
    secret::Secret,
    testing::{Draft, FOO, NOW, Scene},
    time::Time,
};

fn explain(scene: &mut Scene, token: &str, caller: Option<&str>) -> Value {
    let operation = Explain { token: Secret::new(token), caller: caller.map(str::to_owned) };
    let ran = scene.run(&operation);
    assert_eq!(ran.writes, []);
    ran.ok().clone()
}

#[test]
fn a_good_token_is_explained_with_its_row() {
    let mut scene = Scene::new();
    let family = scene.family();
    let draft = Draft { user: Some("alice"), family: Some(family), ..Draft::default() };
    let (token, key) = scene.issue(&draft);
    let explained = explain(&mut scene, &token, Some("rs1"));
    assert_eq!(explained["active"], true);
    assert_eq!(explained["answer"], scene.introspect("rs1", &token).0);
    assert_eq!(explained["reason"], Value::Null);
    assert_eq!(explained["why"], "The token is valid and this caller may know of it.");
    let expected = json!({
        "jti": key.to_text(), "kind": "access_token", "client_id": "web", "username": "alice",
        "scope": "read write", "aud": ["https://rs1"], "iat": NOW.seconds(),
        "exp": NOW.seconds() + 3600, "nbf": null, "family": family.to_text(), "kid": null,
        "revoked": null, "family_revoked": null,
    });
    assert_eq!(explained["token"], expected);
    assert!(!explained.to_string().contains(&token));
}

type Case = (fn(&mut Scene), &'static str, &'static str);

fn cases() -> [Case; 14] {
    fn locked(object: &mut crate::model::Object) {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.locked = true;
    }
    const BY: fn() -> Revocation =
        || Revocation { at: NOW, by: RevokedBy::Administrator("root".to_owned()) };
    [
        (|s| s.now = NOW.plus_seconds(3610), "expired", "It expired 10 s ago."),
        (
            |s| s.stock.tokens[0].1.not_before = Some(Time(1_900_000_000_000)),
            "not_yet_valid",
            "It is valid only from 1900000000 on (nbf).",
        ),
        (
            |s| {
                s.stock.tokens[0].1.revocation = Some(BY());
                s.now = NOW.plus_seconds(600);
            },
            "revoked",
            "It was revoked 10 min ago by administrator root.",
        ),
        (
            |s| {
                s.stock.families[0].1.revocation = Some(Revocation { by: RevokedBy::Reuse, ..BY() })
            },
            "family_revoked",
            "Its whole family was revoked 0 s ago by the second use of an authorization code, or of a \
             refresh token that was exchanged.",
        ),
        (
            |s| s.edit("web", |object| object.standing.not_before = Time(NOW.0 + 1000)),
            "cut_off",
            "All tokens of the client that were issued until 0 s ago were revoked.",
        ),
        (|s| s.disable("alice"), "user_disabled", "The user is disabled."),
        (|s| s.disable(FOO), "tenant_disabled", "The tenant is disabled."),
        (|s| s.edit("alice", locked), "user_locked", "The user is locked."),
        (|s| s.forget("alice"), "user_deleted", "The user was deleted."),
        (|s| s.stock.families.clear(), "family_deleted", "The family was deleted."),
        (
            |s| s.stock.tokens[0].0 = s.key("bar.com"),
            "other_tenant",
            "The token belongs to another tenant.",
        ),
        (
            |s| s.stock.tokens.clear(),
            "unknown",
            "It is well-formed and says that it was issued 0 s ago, but there is no such row: it \
             expired and was purged, or it is of another installation.",
        ),
        (
            |s| s.stock.tokens[0].1.audience = vec!["https://rs2".to_owned()],
            "wrong_audience",
            "rs1 may not know of it: the token is for https://rs2.",
        ),
        (
            |s| s.stock.tokens[0].1.audience.clear(),
            "wrong_audience",
            "rs1 may not know of it: the token has no audience (no resource was asked for), and \
             rs1 neither owns it nor may ask about the whole tenant.",
        ),
    ]
}

#[test]
fn a_revocation_is_told_in_seconds() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let by = RevokedBy::Administrator("root".to_owned());
    scene.stock.tokens[0].1.revocation = Some(Revocation { at: NOW, by });
    let told = explain(&mut scene, &token, None)["token"]["revoked"].clone();
    assert_eq!(told, json!({"at": NOW.seconds(), "by": {"administrator": "root"}}));
}

#[test]
fn every_reason_has_its_sentence() {
    for (happens, reason, why) in cases() {
        let mut scene = Scene::new();
        let family = Some(scene.family());
        let draft = Draft { user: Some("alice"), family, ..Draft::default() };
        let (token, _) = scene.issue(&draft);
        happens(&mut scene);
        let explained = explain(&mut scene, &token, Some("rs1"));
        assert_eq!((&explained["reason"], &explained["why"]), (&json!(reason), &json!(why)));
        assert_eq!(explained["answer"], json!({"active": false}));
        assert_eq!(explained["active"], false);
    }
}

#[test]
fn what_a_user_took_back_is_told_from_what_administrators_did() {
    let mut scene = Scene::new();
    let family = Some(scene.family());
    let draft = Draft { user: Some("alice"), family, ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    let by = RevokedBy::User("7".to_owned());
    scene.stock.families[0].1.revocation = Some(Revocation { at: NOW, by });
    let told = "Its whole family was revoked 0 s ago by its user 7, in the account.";
    assert_eq!(explain(&mut scene, &token, Some("rs1"))["why"], told);
}

#[test]
fn what_was_never_issued_shows_no_row() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    scene.stock.tokens[0].1.hash[0] ^= 1;
    let forged = explain(&mut scene, &token, None);
    assert_eq!((&forged["reason"], &forged["token"]), (&json!("forged"), &Value::Null));
    assert!(forged["why"].as_str().unwrap().starts_with("It names a row of ours"));
    let garbage = explain(&mut scene, "garbage", None);
    assert_eq!((&garbage["reason"], &garbage["token"]), (&json!("malformed"), &Value::Null));
    for (text, why) in [
        ("garbage", "The text is no token of ours"),
        ("vac_0SFTcIG6mr3", "It begins as an authorization code does"),
        ("vss_0SFTcIG6mr3", "It begins as a browser's session does"),
        ("vdc_0SFTcIG6mr3", "It begins as a device code does"),
        ("vcs_Cz2otg8joAS", "It begins as a client's secret does"),
        ("bearer vat_0SFTcILpJ96", "It begins with the word Bearer"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "It is no access token of ours. If it is a JWT"),
    ] {
        let explained = explain(&mut scene, text, None);
        assert!(explained["why"].as_str().unwrap().starts_with(why), "{text}: {explained}");
    }
}

#[test]
fn kinds_and_keys_have_their_sentences_too() {
    let mut scene = Scene::new();
    let (refresh, _) = scene.issue(&Draft { kind: TokenKind::Refresh, ..Draft::default() });
    let explained = explain(&mut scene, &refresh, Some("rs1"));
    assert_eq!(explained["reason"], "wrong_kind");
    assert_eq!(explained["token"]["kind"], "refresh_token");
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let (jwt, _) = scene.issue(&Draft::default());
    let by = "root".to_owned();
    scene.act(&KeyRotate { algorithm: None, compromised: true, by }).ok();
    let explained = explain(&mut scene, &jwt, None);
    assert_eq!(explained["reason"], "key_revoked");
    assert_eq!(explained["token"]["kid"], scene.signing_keys()[0].id());
}

#[test]
fn an_exchanged_refresh_token_names_its_successor() {
    let mut scene = Scene::new();
    let refresh = Draft { kind: TokenKind::Refresh, ..Draft::default() };
    let (old, _) = scene.issue(&refresh);
    scene.now = NOW.plus_seconds(60);
    let (_, successor) = scene.issue(&refresh);
    let by = RevokedBy::Rotation { successor };
    scene.stock.tokens[0].1.revocation = Some(Revocation { at: NOW, by });
    let why = format!(
        "It is a refresh token that was exchanged for its successor, {}, 60 s ago.",
        successor.to_text()
    );
    assert_eq!(explain(&mut scene, &old, None)["why"], why);
}

#[test]
fn an_api_token_is_told_from_a_clients_refresh_token() {
    let mut scene = Scene::new();
    let declaration = json!({"username": "alice", "token": "an-api-token"});
    super::declare::create(&mut scene, Kind::ApiToken, &declaration).ok();
    let explained = explain(&mut scene, "an-api-token", Some("web"));
    assert_eq!(explained["reason"], "wrong_kind");
    assert_eq!(explained["token"]["kind"], "api_token");
    assert!(explained["why"].as_str().unwrap().starts_with("It is an API token"), "{explained}");
    let unknown = explain(&mut scene, "another-text", None);
    assert_eq!(unknown["token"], Value::Null);
}

#[test]
fn a_caller_is_one_of_the_tenants() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { audience: &[], ..Draft::default() });
    assert_eq!(explain(&mut scene, &token, None)["active"], true);
    assert_eq!(explain(&mut scene, &token, Some("web"))["active"], true);
    assert_eq!(explain(&mut scene, &token, Some("other"))["active"], false);
    for nobody in ["nobody", "alice"] {
        let operation = Explain { token: Secret::new(&*token), caller: Some(nobody.to_owned()) };
        assert_eq!(scene.run(&operation).code(), ErrorCode::NotFound);
    }
}

#[test]
fn an_administrator_introspects_any_token() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { client: "other", audience: &[], ..Draft::default() });
    let any = |scene: &mut Scene, token: &str| {
        scene.run(&IntrospectAny { token: Secret::new(token) }).ok().clone()
    };
    assert_eq!(any(&mut scene, &token), scene.introspect("other", &token).0);
    assert_eq!(any(&mut scene, "x"), json!({"active": false}));
    scene.disable("other");
    assert_eq!(any(&mut scene, &token), json!({"active": false}));
}

#[test]
fn the_time_line_tells_what_happened_in_the_order_of_time() {
    let mut scene = Scene::new();
    let family = scene.family();
    let draft = Draft { user: Some("alice"), family: Some(family), ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    let events = |scene: &mut Scene| -> Vec<String> {
        let line = explain(scene, &token, None)["time_line"].as_array().unwrap().clone();
        assert!(line.is_sorted_by_key(|event| event["at"].as_i64().unwrap()), "{line:?}");
        line.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(events(&mut scene), ["authorized", "issued", "expires"]);
    scene.now = scene.now.plus_seconds(5);
    scene.revoke("web", &token).ok();
    let expected = ["authorized", "issued", "revoked", "expires"];
    assert_eq!(events(&mut scene), expected);
    scene.edit("alice", |user| user.standing.not_before = NOW.plus_seconds(7));
    let expected = ["authorized", "issued", "revoked", "cut_off", "expires"];
    assert_eq!(events(&mut scene), expected);
}
