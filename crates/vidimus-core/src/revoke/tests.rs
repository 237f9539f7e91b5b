//! Revocation: a client's own tokens go, anything else stays, and the reply never tells which.

use crate::{
    client_auth::Sent,
    error::{Cause, ErrorCode},
    introspect::{Level, Reason},
    manner::Manner,
    model::{Revocation, RevokedBy, TokenFormat, TokenKind},
    outcome::{Change, Event},
    revoke::{RevokeReply, RevokeRequest},
    testing::{Draft, FOO, NOW, Ran, SECRET, Scene, basic, form},
};

fn by_web() -> Revocation {
    Revocation { at: NOW, by: RevokedBy::Client("web".to_owned()) }
}

#[test]
fn a_client_revokes_its_own_access_token_alone() {
    let mut scene = Scene::new();
    let family = scene.family();
    let own = Draft { family: Some(family), ..Draft::default() };
    let (access, key) = scene.issue(&own);
    let (sibling, _) = scene.issue(&own);
    let ran = scene.revoke("web", &access);
    let reply = ran.ok();
    assert!(reply.known && reply.username.is_none());
    assert_eq!(reply.kind, Some(TokenKind::Access));
    assert_eq!(reply.token.as_ref().unwrap().expose(), access);
    assert_eq!(ran.events, [Event::Revoked { caller: "web".to_owned(), token: key }]);
    let [write] = ran.writes.as_slice() else { panic!() };
    assert_eq!(write.tenant, scene.key(FOO));
    assert_eq!(write.change, Change::RevokeToken { key, revocation: by_web() });
    let by = RevokedBy::Client("web".to_owned());
    assert_eq!(scene.reason("web", &access), Some(Reason::Revoked { at: NOW, by }));
    assert_eq!(scene.reason("web", &sibling), None);
}

#[test]
fn sec_137_a_refresh_token_takes_its_family_with_it() {
    let mut scene = Scene::new();
    let family = scene.family();
    let (access, _) = scene.issue(&Draft { family: Some(family), ..Draft::default() });
    let draft = Draft { family: Some(family), kind: TokenKind::Refresh, ..Draft::default() };
    let (refresh, _) = scene.issue(&draft);
    let (other, _) = scene.issue(&Draft::default());
    let ran = scene.revoke("web", &refresh);
    let change = Change::RevokeFamily { key: family, revocation: by_web() };
    assert_eq!(ran.writes[0].change, change);
    let by = RevokedBy::Client("web".to_owned());
    for token in [access, refresh] {
        let reason = Some(Reason::FamilyRevoked { at: NOW, by: by.clone() });
        assert_eq!(scene.reason("web", &token), reason);
    }
    assert_eq!(scene.reason("web", &other), None);
}

#[test]
fn a_refresh_token_without_a_family_goes_alone() {
    let mut scene = Scene::new();
    let (refresh, key) = scene.issue(&Draft { kind: TokenKind::Refresh, ..Draft::default() });
    let ran = scene.revoke("web", &refresh);
    assert_eq!(ran.writes[0].change, Change::RevokeToken { key, revocation: by_web() });
}

#[test]
fn sec_137_what_is_not_the_callers_stays_and_the_reply_is_the_same() {
    let mut scene = Scene::new();
    let bar = scene.key("bar.com");
    scene.put_client(bar, "far", "client_secret_basic", true);
    let (elsewhere, _) = scene.issue(&Draft { client: "far", ..Draft::default() });
    let (others, _) = scene.issue(&Draft { client: "other", ..Draft::default() });
    let (purged, _) = scene.issue(&Draft::default());
    scene.stock.tokens.pop();
    let (own, _) = scene.issue(&Draft::default());
    scene.revoke("web", &own).ok();
    let stored = scene.stock.tokens.clone();
    let by = RevokedBy::Client("web".to_owned());
    for (token, reason) in [
        (others.as_str(), Reason::WrongAudience),
        (elsewhere.as_str(), Reason::OtherTenant),
        (purged.as_str(), Reason::Unknown),
        (own.as_str(), Reason::Revoked { at: NOW, by }),
        ("garbage", Reason::Malformed),
        ("vat_x", Reason::Malformed),
    ] {
        for hint in ["", "&token_type_hint=refresh_token", "&token_type_hint=x"] {
            let ran = scene.revoke("web", &format!("{token}{hint}"));
            assert!(!ran.ok().known);
            assert_eq!(ran.writes, [], "{token}");
            let caller = "web".to_owned();
            assert_eq!(ran.events, [Event::NotRevoked { caller, reason: reason.clone() }]);
        }
    }
    assert_eq!(scene.stock.tokens, stored);
    // A resource server owns no tokens, and one with the right to know is no owner either.
    scene.client("web", |c| c.metadata.introspect = crate::model::IntrospectRight::Tenant);
    for caller in ["rs1", "web"] {
        assert_eq!(scene.revoke(caller, &others).writes, [], "{caller}");
    }
}

#[test]
fn what_only_sleeps_is_revoked_and_does_not_wake_again() {
    let mut scene = Scene::new();
    let later = NOW.plus_seconds(60);
    let alice = Draft { user: Some("alice"), ..Draft::default() };
    let (not_yet, _) = scene.issue(&Draft { not_before: Some(later), ..Draft::default() });
    let (of_locked, _) = scene.issue(&alice);
    scene.edit("alice", |object| object.standing.disabled = true);
    let disabled = Some(Reason::Disabled { level: Level::User });
    assert_eq!(scene.reason("web", &of_locked), disabled);
    for token in [&not_yet, &of_locked] {
        assert_eq!(scene.revoke("web", token).writes.len(), 1);
        assert_eq!(scene.revoke("web", token).writes.len(), 0, "a second time changes nothing");
    }
    scene.edit("alice", |object| object.standing.disabled = false);
    scene.now = later;
    for token in [not_yet, of_locked] {
        assert!(matches!(scene.reason("web", &token), Some(Reason::Revoked { .. })));
    }
}

#[test]
fn a_jwt_is_revoked_like_any_token() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let (jwt, key) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("web", &jwt), None);
    let ran = scene.revoke("web", &jwt);
    assert_eq!(ran.writes[0].change, Change::RevokeToken { key, revocation: by_web() });
    assert!(matches!(scene.reason("web", &jwt), Some(Reason::Revoked { .. })));
}

#[test]
fn a_request_without_token_or_credentials_is_refused() {
    let scene_credentials = basic("web", SECRET);
    let parse = |authorization: Option<&str>, body: &str| {
        RevokeRequest::parse(&Sent::new(authorization, &form(body))).err().unwrap().code
    };
    assert_eq!(parse(Some(&scene_credentials), ""), ErrorCode::InvalidRequest);
    assert_eq!(parse(Some(&scene_credentials), "token="), ErrorCode::InvalidRequest);
    assert_eq!(parse(None, "token=x"), ErrorCode::InvalidClient);
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let wrong = basic("web", "wrong");
    let form = form(&format!("token={token}"));
    let sent = Sent::new(Some(&wrong), &form);
    let ran = scene.act(&RevokeRequest::parse(&sent).unwrap());
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidClient, 0));
}

#[test]
fn a_public_client_revokes_its_own_by_naming_itself() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { client: "spa", ..Draft::default() });
    let (others, _) = scene.issue(&Draft::default());
    for (token, writes) in [(others, 0), (token, 1)] {
        let form = form(&format!("token={token}&client_id=spa"));
        let sent = Sent::new(None, &form);
        let ran = scene.act(&RevokeRequest::parse(&sent).unwrap());
        ran.ok();
        assert_eq!(ran.writes.len(), writes);
    }
}

static OF_HOLDERS: Manner =
    Manner { revokes_without_client: true, tells_unknown_tokens: true, ..Manner::STANDARD };
static OF_FAMILIES: Manner = Manner { revokes_family: true, ..Manner::STANDARD };

fn revoke_as(
    scene: &mut Scene,
    manner: &'static Manner,
    authorization: Option<&str>,
    body: &str,
) -> Ran<RevokeReply> {
    let form = form(body);
    let sent = Sent { manner, ..Sent::new(authorization, &form) };
    scene.act(&RevokeRequest::parse(&sent).unwrap())
}

#[test]
fn where_holders_may_revoke_whoever_holds_a_token_does() {
    let mut scene = Scene::new();
    for draft in [Draft::default(), Draft { client: "other", ..Draft::default() }] {
        let (token, key) = scene.issue(&Draft { user: Some("alice"), ..draft });
        // A name alone proves nothing and asks for nothing.
        let body = format!("token={token}&client_id=web");
        let ran = revoke_as(&mut scene, &OF_HOLDERS, None, &body);
        assert_eq!(ran.ok().username.as_deref(), Some("alice"));
        let revocation = Revocation { at: NOW, by: RevokedBy::Holder };
        assert_eq!(ran.writes[0].change, Change::RevokeToken { key, revocation });
        assert_eq!(ran.events, [Event::Revoked { caller: String::new(), token: key }]);
    }
}

#[test]
fn credentials_that_are_sent_are_checked_there_too() {
    let mut scene = Scene::new();
    let (others, _) = scene.issue(&Draft { client: "other", ..Draft::default() });
    let body = format!("token={others}");
    let wrong = revoke_as(&mut scene, &OF_HOLDERS, Some(&basic("web", "wrong")), &body);
    assert_eq!(wrong.code(), ErrorCode::InvalidClient);
    // A client that says who it is revokes its own.
    let own = revoke_as(&mut scene, &OF_HOLDERS, Some(&basic("web", SECRET)), &body);
    assert_eq!((own.code(), own.writes.len()), (ErrorCode::UnsupportedTokenType, 0));
    let posted = format!("{body}&client_id=web&client_secret=wrong");
    let wrong = revoke_as(&mut scene, &OF_HOLDERS, None, &posted);
    assert_eq!((wrong.code(), wrong.writes.len()), (ErrorCode::InvalidClient, 0));
    let form = form(&format!("{body}&client_assertion=x"));
    let sent = Sent { manner: &OF_HOLDERS, ..Sent::new(None, &form) };
    assert!(RevokeRequest::parse(&sent).is_err());
}

#[test]
fn unknown_tokens_are_told_where_the_manner_tells_them() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let body = format!("token={token}");
    revoke_as(&mut scene, &OF_HOLDERS, None, &body).ok();
    for body in [body.as_str(), "token=garbage", "token=vat_x"] {
        let ran = revoke_as(&mut scene, &OF_HOLDERS, None, body);
        assert_eq!(ran.code(), ErrorCode::UnsupportedTokenType, "{body}");
        assert_eq!(ran.error().cause, Cause::TokenUnknown);
        assert!(matches!(ran.events[..], [Event::NotRevoked { .. }]), "{body}");
    }
}

#[test]
fn nobody_revokes_without_credentials_by_default() {
    let form = form("token=x");
    assert!(RevokeRequest::parse(&Sent::new(None, &form)).is_err());
}

#[test]
fn an_access_token_takes_its_family_where_the_manner_says_so() {
    let mut scene = Scene::new();
    let family = scene.family();
    let (access, _) = scene.issue(&Draft { family: Some(family), ..Draft::default() });
    let (sibling, _) = scene.issue(&Draft { family: Some(family), ..Draft::default() });
    let (alone, key) = scene.issue(&Draft::default());
    let web = basic("web", SECRET);
    let ran = revoke_as(&mut scene, &OF_FAMILIES, Some(&web), &format!("token={access}"));
    let change = Change::RevokeFamily { key: family, revocation: by_web() };
    assert_eq!(ran.writes[0].change, change);
    assert!(scene.reason("web", &sibling).is_some());
    let ran = revoke_as(&mut scene, &OF_FAMILIES, Some(&web), &format!("token={alone}"));
    assert_eq!(ran.writes[0].change, Change::RevokeToken { key, revocation: by_web() });
}

#[test]
fn a_link_revokes_only_where_the_policy_allows_it() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    let web = basic("web", SECRET);
    let form = form(&format!("token={token}"));
    let request = RevokeRequest::parse(&Sent::new(Some(&web), &form)).unwrap().by_get(true);
    let ran = scene.act(&request);
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::NotFound, 0));
    scene.policy(|policy| policy.allow_get_revocation = true);
    assert!(scene.act(&request).ok().known);
}
