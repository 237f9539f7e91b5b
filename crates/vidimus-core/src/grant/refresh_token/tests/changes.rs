//! What changes between the authorization and its refresh is heeded.

use super::{as_web, body, next, of_spa, refresh, refused, with_token};
use crate::{
    error::{Cause, ErrorCode},
    model::{Body, Token, TokenKind},
    outcome::Change,
    testing::{Draft, FOO, NOW, SECRET, Scene, basic},
};

/// What happens in between.
type Happening = fn(&mut Scene);

fn lock(scene: &mut Scene) {
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!() };
        user.locked = true;
    });
}

fn cut_off(scene: &mut Scene, id: &str) {
    scene.edit(id, |object| object.standing.not_before = NOW.plus_seconds(1));
}

fn issued(ran: &crate::testing::Ran<crate::token::TokenReply>) -> Vec<Token> {
    let token = |write: &crate::outcome::Write| match &write.change {
        Change::InsertToken(token) => Some(token.clone()),
        _ => None,
    };
    ran.writes.iter().filter_map(token).collect()
}

#[test]
fn sec_115_neither_scope_nor_resource_grows() {
    let (mut scene, first, _) = of_spa();
    let ask = |scene: &mut Scene, more: &str| {
        scene.token(None, &format!("{}&client_id=spa{more}", body(&first)))
    };
    let ran = ask(&mut scene, "&scope=admin");
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidScope, 0));
    // The client may have it, but it was not granted.
    let ran = ask(&mut scene, "&scope=openid");
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidScope, 0));
    let ran = ask(&mut scene, "&resource=https://rs1");
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidTarget, 0));
    let ran = ask(&mut scene, "&scope=read+openid+admin");
    assert_eq!(ran.ok().scope, "read");
    // What may be had at most is not lost by asking for less.
    assert_eq!(refresh(&mut scene, &next(&ran)).ok().scope, "read write");
}

#[test]
fn sec_115_another_tenant_knows_nothing_of_it() {
    let (mut scene, first, _) = of_spa();
    let bar = scene.key("bar.com");
    scene.put_client(bar, "native", "none", false);
    scene.client("native", |client| {
        client.metadata.grant_types.push("refresh_token".to_owned());
    });
    let home = std::mem::replace(&mut scene.tenant, crate::facts::TenantRef::Id("bar.com".into()));
    let ran = scene.token(None, &format!("{}&client_id=native", body(&first)));
    refused(&ran, Cause::RefreshUnknown);
    scene.tenant = home;
    refresh(&mut scene, &first).ok();
}

#[test]
fn sec_116_whoever_is_cut_off_cannot_refresh() {
    let changes: [(Happening, Cause); 6] = [
        (|scene| scene.disable("alice"), Cause::InactiveUser),
        (lock, Cause::InactiveUser),
        (|scene| scene.forget("alice"), Cause::RefreshUnknown),
        (|scene| cut_off(scene, "alice"), Cause::RefreshUnknown),
        (|scene| cut_off(scene, "web"), Cause::RefreshUnknown),
        (|scene| cut_off(scene, FOO), Cause::RefreshUnknown),
    ];
    for (at, (change, cause)) in changes.into_iter().enumerate() {
        let (mut scene, first, _) = with_token("web");
        change(&mut scene);
        let ran = as_web(&mut scene, &first);
        assert_eq!(ran.error().cause, cause, "{at}");
        refused(&ran, cause);
    }
    let (mut scene, first, _) = with_token("web");
    scene.disable("web");
    assert_eq!(as_web(&mut scene, &first).code(), ErrorCode::InvalidClient);
    let (mut scene, first, _) = with_token("web");
    scene.client("web", |client| client.metadata.grant_types.clear());
    assert_eq!(as_web(&mut scene, &first).code(), ErrorCode::UnauthorizedClient);
    let (mut scene, first, family) = with_token("web");
    scene.stock.families.retain(|(_, stored)| stored.key != family);
    refused(&as_web(&mut scene, &first), Cause::RefreshUnknown);
}

#[test]
fn sec_116_a_scope_taken_from_the_client_is_gone() {
    let (mut scene, first, _) = of_spa();
    scene.client("spa", |client| client.metadata.scope = "read".to_owned());
    let ran = refresh(&mut scene, &first);
    assert_eq!(ran.ok().scope, "read");
    assert!(issued(&ran).iter().all(|token| token.scope == "read"));
    scene.client("spa", |client| client.metadata.scope = "other".to_owned());
    let ran = refresh(&mut scene, &next(&ran));
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidScope, 0));
}

#[test]
fn sec_116_an_audience_that_nobody_serves_is_gone() {
    let (mut scene, _, family) = with_token("web");
    let (token, _) = scene.issue(&Draft {
        audience: &["https://rs1", "https://rs2"],
        family: Some(family),
        kind: TokenKind::Refresh,
        ..Draft::default()
    });
    let authorization = basic("web", SECRET);
    let one = format!("{}&resource=https://rs2", body(&token));
    let ran = scene.token(Some(&authorization), &one);
    let audiences: Vec<_> = issued(&ran).into_iter().map(|token| token.audience).collect();
    assert_eq!(audiences, [vec!["https://rs2"], vec!["https://rs1", "https://rs2"]]);
    scene.disable("rs1");
    let ran = as_web(&mut scene, &next(&ran));
    assert!(issued(&ran).iter().all(|token| token.audience == ["https://rs2"]));
    scene.forget("rs2");
    let ran = as_web(&mut scene, &next(&ran));
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidTarget, 0));
}

#[test]
fn sec_117_idle_and_old_tokens_expire() {
    let (mut scene, first, _) = of_spa();
    scene.policy(|policy| policy.refresh_token_ttl_seconds = 7200);
    let second = next(&refresh(&mut scene, &first));
    let stock = scene.stock.clone();
    scene.now = NOW.plus_seconds(7200);
    refused(&refresh(&mut scene, &second), Cause::RefreshExpired);
    // Used every hour it lives as long as the authorization, a day, and not a moment longer.
    scene.stock = stock;
    let mut token = second;
    for hour in 1..24 {
        scene.now = NOW.plus_seconds(hour * 3600);
        let ran = refresh(&mut scene, &token);
        token = next(&ran);
        let end = NOW.plus_seconds(86_400);
        assert!(issued(&ran).iter().all(|token| token.expires_at <= end), "{hour}");
    }
    scene.now = NOW.plus_seconds(86_400);
    refused(&refresh(&mut scene, &token), Cause::RefreshExpired);
}
