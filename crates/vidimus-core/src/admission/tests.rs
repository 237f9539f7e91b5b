//! Who is counted, as whom, and what is said to who asks too often.

use std::net::IpAddr;

use crate::{
    client_auth::Sent,
    device::DeviceRequest,
    errand::Errand,
    error::{Cause, ErrorCode},
    grant::jwt_bearer::JWT_BEARER,
    introspect::AnswerForm,
    manner::Manner,
    model::{Revocation, RevokedBy, TokenKind},
    outcome::Change,
    revoke::RevokeRequest,
    row_key::RowKey,
    scope,
    testing::{Draft, Jws, Ran, SECRET, Scene, basic, form},
    token::{TokenReply, TokenRequest},
};

static OF_HOLDERS: Manner = Manner { refreshes_without_client: true, ..Manner::STANDARD };
const CC: &str = "grant_type=client_credentials";

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.policy(|policy| policy.caller_requests_per_minute_max = 100);
    scene
}

/// The names under which it was counted, with the limit.
fn counted<R>(ran: &Ran<R>) -> Vec<(String, u32)> {
    let counted = |errand: &Errand| match errand {
        Errand::Admit { who, within_seconds: 60, times_max } => Some((who.clone(), *times_max)),
        _ => None,
    };
    ran.errands.iter().filter_map(counted).collect()
}

fn as_caller(scene: &Scene, id: &str) -> String {
    format!("caller {} {}", scene.key("foo.com").0, scene.key(id).0)
}

#[test]
fn a_caller_is_counted_once_a_request_whatever_it_asks() {
    let mut scene = scene();
    let web = basic("web", SECRET);
    let (token, _) = scene.issue(&Draft::default());
    let expected = vec![(as_caller(&scene, "web"), 100)];
    assert_eq!(counted(&scene.token(Some(&web), CC)), expected);
    assert_eq!(counted(&scene.revoke("web", &token)), expected);
    let body = format!("token={token}");
    let ran = scene.introspection(Some(&web), &body, AnswerForm::Json);
    assert_eq!(counted(&ran), expected);
    let bearer = scene.bearer(scope::INTROSPECT);
    assert_eq!(counted(&scene.introspection(Some(&bearer), &body, AnswerForm::Json)), expected);
}

#[test]
fn nobody_is_counted_without_a_limit_or_before_it_is_known_who_asks() {
    let mut scene = scene();
    assert_eq!(counted(&scene.token(Some(&basic("web", "wrong")), CC)), []);
    scene.policy(|policy| policy.caller_requests_per_minute_max = 0);
    assert_eq!(counted(&scene.token(Some(&basic("web", SECRET)), CC)), []);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let mut scene = scene();
    scene.admits = Err(41);
    let ran = scene.token(Some(&basic("web", SECRET)), CC);
    assert_eq!(ran.code(), ErrorCode::TooManyRequests);
    assert_eq!((ran.error().retry_after_seconds, ran.writes.len()), (Some(41), 0));
}

#[test]
fn a_public_client_is_counted_by_where_it_is() {
    let mut scene = scene();
    let grant = crate::device::GRANT_TYPE.to_owned();
    scene.client("spa", |client| client.metadata.grant_types = vec![grant]);
    let form = form("client_id=spa");
    let mut from = |peer: &str| {
        let peer: Option<IpAddr> = Some(peer.parse().unwrap());
        let request = DeviceRequest::parse(&Sent { peer, ..Sent::new(None, &form) }).unwrap();
        let ran = scene.act(&request);
        ran.ok();
        counted(&ran)
    };
    assert_ne!(from("192.0.2.1"), from("192.0.2.2"));
    assert_eq!(from("192.0.2.1"), from("::ffff:192.0.2.1"));
    assert_eq!(from("2001:db8::1"), from("2001:db8::2:3:4:5"), "one network is one holder");
    assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
}

#[test]
fn a_client_that_proves_itself_is_counted_wherever_it_is() {
    let mut scene = scene();
    let (authorization, form) = (basic("web", SECRET), form(CC));
    for peer in ["192.0.2.1", "192.0.2.2"] {
        let peer = Some(peer.parse().unwrap());
        let sent = Sent { peer, ..Sent::new(Some(&authorization), &form) };
        let ran = scene.act(&TokenRequest::parse(&sent).unwrap());
        assert_eq!(counted(&ran), [(as_caller(&scene, "web"), 100)]);
    }
}

fn refresh(scene: &mut Scene, peer: Option<&str>, token: &str) -> Ran<TokenReply> {
    let form = form(&format!("grant_type=refresh_token&refresh_token={token}"));
    let peer = peer.map(|peer| peer.parse().unwrap());
    let sent = Sent { manner: &OF_HOLDERS, peer, ..Sent::new(None, &form) };
    scene.act(&TokenRequest::parse(&sent).unwrap())
}

/// A refresh token of a user and of no client.
fn held(scene: &mut Scene) -> (String, String) {
    let family = scene.family();
    let draft = Draft { user: Some("alice"), kind: TokenKind::Refresh, ..Draft::default() };
    let (text, key) = scene.issue(&Draft { family: Some(family), ..draft });
    let row = scene.stock.tokens.iter_mut().find(|(_, token)| token.key == key).unwrap();
    row.1.client = None;
    (text, format!("caller {} {}", scene.key("foo.com").0, key.0))
}

#[test]
fn a_holder_is_counted_by_what_it_holds() {
    let mut scene = scene();
    let (token, who) = held(&mut scene);
    let ran = refresh(&mut scene, Some("192.0.2.1"), &token);
    ran.ok();
    assert_eq!(counted(&ran), [(who, 100)]);
    scene.admits = Err(7);
    let ran = refresh(&mut scene, Some("192.0.2.1"), &token);
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::TooManyRequests, 0));
}

#[test]
fn a_peer_that_guesses_is_counted_whatever_the_policy_says() {
    let mut scene = Scene::new();
    let guess = "vrt_nothing-of-the-kind";
    let ran = refresh(&mut scene, Some("192.0.2.1"), guess);
    assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidGrant, Cause::RefreshUnknown));
    assert_eq!(counted(&ran), [("miss 192.0.2.1".to_owned(), 60)]);
    assert_eq!(counted(&refresh(&mut scene, None, guess)), []);
    scene.admits = Err(7);
    let ran = refresh(&mut scene, Some("192.0.2.1"), guess);
    assert_eq!(ran.error().retry_after_seconds, Some(7));
    // Who holds a good one there is no guesser.
    let (token, _) = held(&mut scene);
    refresh(&mut scene, Some("192.0.2.1"), &token).ok();
}

#[test]
fn a_reused_token_costs_its_family_also_where_misses_are_too_many() {
    let mut scene = Scene::new();
    let (token, _) = held(&mut scene);
    let by = RevokedBy::Rotation { successor: RowKey(1) };
    let revocation = Some(Revocation { at: scene.now, by });
    scene.stock.tokens.last_mut().unwrap().1.revocation = revocation;
    scene.admits = Err(7);
    let ran = refresh(&mut scene, Some("192.0.2.1"), &token);
    assert_eq!(ran.code(), ErrorCode::TooManyRequests);
    let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    assert!(matches!(write.change, Change::RevokeFamily { .. }));
}

#[test]
fn an_assertion_that_is_refused_for_its_number_is_used_up() {
    let mut scene = scene();
    scene.admits = Err(41);
    let claims = serde_json::json!({
        "iss": "pkj", "sub": "pkj", "aud": crate::testing::ISSUER, "jti": "one",
        "exp": scene.now.seconds() + 60,
    });
    let header = serde_json::json!({"alg": "ES256", "kid": "own"});
    let key = crate::testing::Key::Es256(crate::testing::es256(0));
    let jwt = crate::testing::compact(&header, &claims, key);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body = format!("{CC}&client_assertion_type={kind}&client_assertion={jwt}");
    let ran = scene.token(None, &body);
    assert_eq!(ran.code(), ErrorCode::TooManyRequests);
    let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    assert!(matches!(write.change, Change::Once { .. }));
}

#[test]
fn a_client_that_an_assertion_names_is_counted_as_itself() {
    let mut scene = crate::grant::jwt_bearer::tests::scene();
    scene.policy(|policy| policy.caller_requests_per_minute_max = 100);
    let assertion = Jws::about_alice("web", &scene).claim("jti", serde_json::json!("one")).text();
    let body = format!("grant_type={JWT_BEARER}&assertion={assertion}");
    let who = as_caller(&scene, "web");
    scene.admits = Err(41);
    let ran = scene.token(None, &body);
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::TooManyRequests, 0));
    scene.admits = Ok(());
    let ran = scene.token(None, &body);
    ran.ok();
    assert_eq!(counted(&ran), [(who, 100)]);
    // Whoever only names it uses up nothing of its own.
    assert_eq!(counted(&scene.token(None, &body)), []);
}

#[test]
fn a_holder_that_revokes_what_is_no_token_guesses() {
    static OF_HOLDERS: Manner = Manner { revokes_without_client: true, ..Manner::STANDARD };
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let mut revoke = |token: &str| {
        let form = form(&format!("token={token}"));
        let peer = Some("192.0.2.1".parse().unwrap());
        let sent = Sent { manner: &OF_HOLDERS, peer, ..Sent::new(None, &form) };
        let ran = scene.act(&RevokeRequest::parse(&sent).unwrap());
        ran.ok();
        counted(&ran)
    };
    assert_eq!(revoke(&token), []);
    assert_eq!(revoke("a-chosen-text"), [("miss 192.0.2.1".to_owned(), 60)]);
}
