//! Refreshing: each use, each refusal, and what a second use costs.

mod changes;

use crate::{
    client_auth::Sent,
    error::{Cause, ErrorCode},
    introspect::Reason,
    manner::Manner,
    model::{Revocation, RevokedBy, TokenKind},
    outcome::{Change, Committed, Event},
    row_key::RowKey,
    testing::{Draft, FOO, NOW, Ran, SECRET, Scene, basic, form},
    token::{TokenReply, TokenRequest},
};

static KEEPING: Manner =
    Manner { keeps_refresh_token: true, refreshes_without_client: true, ..Manner::STANDARD };

/// A refresh token of the public client, for `alice`.
fn of_spa() -> (Scene, String, RowKey) {
    with_token("spa")
}

fn with_token(client: &'static str) -> (Scene, String, RowKey) {
    let mut scene = Scene::new();
    for id in ["web", "spa", "other"] {
        scene.client(id, |client| client.metadata.grant_types.push("refresh_token".to_owned()));
    }
    let family = scene.family();
    let (text, _) = scene.issue(&Draft {
        client,
        user: Some("alice"),
        audience: &[],
        family: Some(family),
        kind: TokenKind::Refresh,
        ..Draft::default()
    });
    (scene, text, family)
}

fn body(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

fn refresh(scene: &mut Scene, token: &str) -> Ran<TokenReply> {
    scene.token(None, &format!("{}&client_id=spa", body(token)))
}

fn as_web(scene: &mut Scene, token: &str) -> Ran<TokenReply> {
    scene.token(Some(&basic("web", SECRET)), &body(token))
}

fn in_manner(scene: &mut Scene, manner: &'static Manner, body: &str) -> Ran<TokenReply> {
    let form = form(body);
    let sent = Sent { manner, ..Sent::new(None, &form) };
    let request = TokenRequest::parse(&sent).unwrap();
    scene.act(&request)
}

#[track_caller]
fn next(ran: &Ran<TokenReply>) -> String {
    ran.ok().refresh_token.as_ref().unwrap().expose().to_owned()
}

#[track_caller]
fn refused(ran: &Ran<TokenReply>, cause: Cause) {
    assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidGrant, cause), "{}", ran.why());
    assert_eq!(ran.writes, []);
}

#[test]
fn sec_110_a_token_is_rotated_and_its_reuse_ends_the_family() {
    let (mut scene, first, family) = of_spa();
    let ran = refresh(&mut scene, &first);
    let second = next(&ran);
    assert!(ran.ok().refresh_is_new && second != first);
    assert_eq!(ran.ok().scope, "read write");
    let access = ran.ok().access_token.expose().to_owned();
    assert_eq!(scene.reason("rs1", &access), Some(Reason::WrongAudience));
    let third = next(&refresh(&mut scene, &second));
    let ran = refresh(&mut scene, &first);
    assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidGrant, Cause::RefreshReused));
    let revocation = Revocation { at: NOW, by: RevokedBy::Reuse };
    let change = Change::RevokeFamily { key: family, revocation };
    assert_eq!(ran.writes.iter().map(|write| &write.change).collect::<Vec<_>>(), [&change]);
    let [Event::Reused { client_id, .. }] = ran.events.as_slice() else {
        panic!("{:?}", ran.events)
    };
    assert_eq!(client_id.as_deref(), Some("spa"));
    refused(&refresh(&mut scene, &third), Cause::RefreshUnknown);
    // A third time finds nothing left to revoke.
    refused(&refresh(&mut scene, &first), Cause::RefreshReused);
    scene.client("web", |client| {
        client.metadata.introspect = crate::model::IntrospectRight::Tenant;
    });
    for token in [&access, &third] {
        let by = RevokedBy::Reuse;
        assert_eq!(scene.reason("web", token), Some(Reason::FamilyRevoked { at: NOW, by }));
    }
}

#[test]
fn sec_111_of_two_that_race_one_wins() {
    let (mut scene, first, _) = of_spa();
    let form = form(&format!("{}&client_id=spa", body(&first)));
    let request = TokenRequest::parse(&Sent::new(None, &form)).unwrap();
    let (one, other) = (scene.run(&request), scene.run(&request));
    assert_eq!(scene.stock.commit(&one.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
}

#[test]
fn sec_113_a_reuse_is_one_whatever_the_clock_of_the_other_said() {
    let (mut scene, token, family) = of_spa();
    scene.now = NOW.plus_seconds(2);
    refresh(&mut scene, &token).ok();
    // Of another node, or of a request that came earlier and was overtaken.
    scene.now = NOW;
    let ran = refresh(&mut scene, &token);
    assert_eq!(ran.error().cause, Cause::RefreshReused);
    let revoked = Change::RevokeFamily {
        key: family,
        revocation: Revocation { at: NOW, by: RevokedBy::Reuse },
    };
    assert_eq!(ran.writes.iter().map(|write| &write.change).collect::<Vec<_>>(), [&revoked]);
}

#[test]
fn sec_111_in_the_grace_the_same_successor_comes_again() {
    let (mut scene, first, family) = of_spa();
    scene.policy(|policy| policy.refresh_grace_seconds = 10);
    let second = next(&refresh(&mut scene, &first));
    for ms in [0, 1, 9_999] {
        scene.now = crate::time::Time(NOW.0 + ms);
        let ran = refresh(&mut scene, &first);
        assert_eq!(next(&ran), second, "{ms}");
        assert!(!ran.writes.iter().any(|w| matches!(w.change, Change::RevokeToken { .. })));
    }
    let live = |scene: &Scene| {
        let of = |(_, token): &&(RowKey, crate::model::Token)| {
            token.family == Some(family)
                && token.kind == TokenKind::Refresh
                && token.revocation.is_none()
        };
        scene.stock.tokens.iter().filter(of).count()
    };
    assert_eq!(live(&scene), 1);
    let stock = scene.stock.clone();
    scene.now = NOW.plus_seconds(10);
    assert_eq!(refresh(&mut scene, &first).error().cause, Cause::RefreshReused);
    // Or the successor was used: then two hold the family's tokens.
    scene.stock = stock;
    scene.now = NOW.plus_seconds(1);
    refresh(&mut scene, &second).ok();
    let ran = refresh(&mut scene, &first);
    assert_eq!((ran.error().cause, ran.writes.len()), (Cause::RefreshReused, 1));
}

#[test]
fn a_successor_from_before_the_grace_cannot_be_told_again() {
    let (mut scene, first, _) = of_spa();
    refresh(&mut scene, &first).ok();
    scene.policy(|policy| policy.refresh_grace_seconds = 10);
    refused(&refresh(&mut scene, &first), Cause::RefreshReused);
}

#[test]
fn in_the_grace_a_successor_that_is_not_good_is_not_given() {
    let (mut scene, first, _) = of_spa();
    scene.policy(|policy| policy.refresh_grace_seconds = 10);
    refresh(&mut scene, &first).ok();
    scene.disable("alice");
    refused(&refresh(&mut scene, &first), Cause::InactiveUser);
}

#[test]
fn sec_113_every_ancestor_is_refused_within_one_millisecond() {
    let (mut scene, mut token, _) = of_spa();
    let mut ancestors = Vec::new();
    for _ in 0..100 {
        let successor = next(&refresh(&mut scene, &token));
        ancestors.push(std::mem::replace(&mut token, successor));
    }
    let stock = scene.stock.clone();
    for ancestor in &ancestors {
        let ran = refresh(&mut scene, ancestor);
        assert_eq!((ran.error().cause, ran.writes.len()), (Cause::RefreshReused, 1));
        scene.stock = stock.clone();
    }
    refresh(&mut scene, &token).ok();
}

#[test]
fn sec_114_after_a_race_with_revocation_nothing_is_active() {
    for order in ["revoked first", "decided together", "refreshed first"] {
        let (mut scene, first, _) = with_token("web");
        let authorization = basic("web", SECRET);
        let form = form(&body(&first));
        let request = TokenRequest::parse(&Sent::new(Some(&authorization), &form)).unwrap();
        let refreshing = scene.run(&request);
        if order == "revoked first" {
            scene.revoke("web", &first).ok();
            assert_eq!(scene.stock.commit(&refreshing.writes), Committed::Done);
        } else if order == "refreshed first" {
            assert_eq!(scene.stock.commit(&refreshing.writes), Committed::Done);
            assert!(scene.revoke("web", &first).ok().known);
        } else {
            let reply = crate::revoke::RevokeRequest::parse(&Sent::new(
                Some(&authorization),
                &crate::testing::form(&format!("token={first}")),
            ));
            let revoking = scene.run(&reply.unwrap());
            assert_eq!(scene.stock.commit(&refreshing.writes), Committed::Done);
            assert_eq!(scene.stock.commit(&revoking.writes), Committed::Done);
        }
        for token in [&next(&refreshing), refreshing.ok().access_token.expose()] {
            assert!(scene.reason("web", token).is_some(), "{order}");
        }
    }
}

#[test]
fn sec_118_rotation_is_one_commit() {
    let (mut scene, first, _) = of_spa();
    let ran = refresh(&mut scene, &first);
    let tokens = |w: &&crate::outcome::Write| matches!(w.change, Change::InsertToken(_));
    assert_eq!(ran.writes.iter().filter(tokens).count(), 2);
    let revoked = |w: &&crate::outcome::Write| matches!(w.change, Change::RevokeToken { .. });
    assert_eq!((ran.writes.iter().filter(revoked).count(), ran.writes.len()), (1, 3));
}

#[test]
fn what_is_no_refresh_token_of_the_caller_is_unknown_and_stays() {
    let (mut scene, first, _) = of_spa();
    let (access, _) = scene.issue(&Draft { client: "spa", ..Draft::default() });
    let mut last = first.clone();
    let flipped = if last.pop() == Some('0') { '1' } else { '0' };
    last.push(flipped);
    for text in ["x", "not-a-token-at-all", "vrt_", &access, &last] {
        refused(&refresh(&mut scene, text), Cause::RefreshUnknown);
    }
    let none = refresh(&mut scene, "");
    assert_eq!(none.error().cause, Cause::Missing("refresh_token"));
    let stranger = as_web(&mut scene, &first);
    let unknown = as_web(&mut scene, "x");
    assert_eq!(stranger.error().description, unknown.error().description);
    refused(&stranger, Cause::RefreshUnknown);
    refresh(&mut scene, &first).ok();
    // Nor does a rotated one tell a stranger anything, or cost its owner.
    refused(&as_web(&mut scene, &first), Cause::RefreshUnknown);
    let (mut scene, first, _) = of_spa();
    scene.stock.tokens[0].1.hash[0] ^= 1;
    refused(&refresh(&mut scene, &first), Cause::RefreshUnknown);
    scene.stock.tokens[0].1.hash[0] ^= 1;
    scene.stock.tokens[0].0 = scene.key("bar.com");
    refused(&refresh(&mut scene, &first), Cause::RefreshUnknown);
    scene.stock.tokens[0].0 = scene.key(FOO);
    scene.stock.tokens[0].1.family = None;
    refused(&refresh(&mut scene, &first), Cause::RefreshUnknown);
}

#[test]
fn a_route_may_leave_the_token_as_it_is_but_not_a_public_clients() {
    let (mut scene, first, _) = with_token("web");
    let body = format!("{}&client_id=web&client_secret={SECRET}", body(&first));
    for _ in 0..2 {
        let ran = in_manner(&mut scene, &KEEPING, &body);
        assert_eq!((next(&ran), ran.ok().refresh_is_new), (first.clone(), false));
        assert_eq!(ran.writes.len(), 1);
    }
    let (mut scene, first, _) = of_spa();
    let ran = in_manner(&mut scene, &KEEPING, &format!("{}&client_id=spa", self::body(&first)));
    assert!(next(&ran) != first && ran.ok().refresh_is_new);
}

#[test]
fn a_token_of_no_client_needs_none_and_stays() {
    let (mut scene, first, _) = with_token("web");
    // Its holder is not the client's.
    refused(&in_manner(&mut scene, &KEEPING, &body(&first)), Cause::RefreshUnknown);
    scene.stock.tokens[0].1.client = None;
    let ran = in_manner(&mut scene, &KEEPING, &body(&first));
    assert_eq!((next(&ran), ran.ok().scope.as_str()), (first.clone(), "read write"));
    assert_eq!(ran.ok().client, None);
    // A client has nothing to do with it.
    refused(&as_web(&mut scene, &first), Cause::RefreshUnknown);
    let ran = scene.token(None, &body(&first));
    assert_eq!(ran.code(), ErrorCode::InvalidClient);
}
