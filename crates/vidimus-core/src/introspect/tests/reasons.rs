//! Every reason for which a token is inactive, each of them the same answer.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    introspect::{Level, Reason},
    model::{Body, IntrospectRight, Object, Revocation, RevokedBy, TokenFormat, TokenKind},
    testing::{Draft, FOO, NOW, Scene},
    time::Time,
};

const REUSE: Revocation = Revocation { at: NOW, by: RevokedBy::Reuse };

/// A token of `web` and alice in a family, before something happens to it.
fn issued() -> (Scene, String) {
    let mut scene = Scene::new();
    let family = Some(scene.family());
    let draft = Draft { user: Some("alice"), family, ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    assert_eq!(scene.reason("rs1", &token), None);
    (scene, token)
}

fn disable(object: &mut Object) {
    object.standing.disabled = true;
}

const fn cut_off(object: &mut Object) {
    object.standing.not_before = Time(NOW.0 + 1);
}

fn lock(object: &mut Object) {
    let Body::User(user) = &mut object.body else { panic!("no user") };
    user.locked = true;
}

/// What happens, and the reason that the operator then reads.
type Case = (fn(&mut Scene), Reason);

fn cases() -> Vec<Case> {
    let cut = |level| Reason::CutOff { level, at: Time(NOW.0 + 1) };
    let expired = NOW.plus_seconds(3600);
    vec![
        (|scene| scene.now = NOW.plus_seconds(3600), Reason::Expired { at: expired }),
        (
            |scene| scene.stock.tokens[0].1.not_before = Some(NOW.plus_seconds(1)),
            Reason::NotYetValid { from: NOW.plus_seconds(1) },
        ),
        (
            |scene| scene.stock.tokens[0].1.revocation = Some(REUSE),
            Reason::Revoked { at: NOW, by: RevokedBy::Reuse },
        ),
        (
            |scene| scene.stock.families[0].1.revocation = Some(REUSE),
            Reason::FamilyRevoked { at: NOW, by: RevokedBy::Reuse },
        ),
        (|scene| scene.edit("web", cut_off), cut(Level::Client)),
        (|scene| scene.edit("alice", cut_off), cut(Level::User)),
        (|scene| scene.edit(FOO, cut_off), cut(Level::Tenant)),
        (|scene| scene.edit("web", disable), Reason::Disabled { level: Level::Client }),
        (|scene| scene.edit("alice", disable), Reason::Disabled { level: Level::User }),
        (|scene| scene.edit("alice", lock), Reason::Locked),
        (|scene| scene.forget("web"), Reason::Deleted { level: Level::Client }),
        (|scene| scene.forget("alice"), Reason::Deleted { level: Level::User }),
        (|scene| scene.stock.families.clear(), Reason::Deleted { level: Level::Family }),
        (|scene| scene.stock.tokens.clear(), Reason::Unknown),
        (|scene| scene.stock.tokens[0].0 = scene.key("bar.com"), Reason::OtherTenant),
        (|scene| scene.stock.tokens[0].1.hash[31] ^= 1, Reason::Forged),
        (|scene| scene.stock.tokens[0].1.kind = TokenKind::Refresh, Reason::WrongKind),
        (|scene| scene.stock.tokens[0].1.audience.clear(), Reason::WrongAudience),
    ]
}

#[test]
fn sec_128_every_reason_is_the_same_answer() {
    let mut labels = BTreeSet::new();
    for (happens, expected) in cases() {
        let (mut scene, token) = issued();
        happens(&mut scene);
        let (answer, reason) = scene.introspect("rs1", &token);
        assert_eq!(answer.to_string(), "{\"active\":false}", "{expected:?}");
        assert_eq!(reason.as_ref(), Some(&expected));
        labels.insert(expected.label());
    }
    // A disabled tenant lets nobody in, so only a caller of another could see that reason; a
    // malformed text and a revoked key have their own tests.
    assert_eq!(labels.len(), 16, "{labels:?}");
}

#[test]
fn a_malformed_text_is_the_same_answer() {
    let mut scene = Scene::new();
    for text in ["garbage", "vat_", "eyJhbGciOiJub25lIn0.e30.x", "%F0%9F%92%A9"] {
        let (answer, reason) = scene.introspect("rs1", text);
        assert_eq!((answer, reason), (json!({"active": false}), Some(Reason::Malformed)));
    }
}

#[test]
fn a_revoked_key_takes_its_tokens_with_it() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let (token, _) = scene.issue(&Draft::default());
    let by = "root".to_owned();
    scene.act(&crate::admin::KeyRotate { algorithm: None, compromised: true, by }).ok();
    assert_eq!(scene.reason("rs1", &token), Some(Reason::KeyRevoked));
    let (fresh, _) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("rs1", &fresh), None, "the new key signs");
    let kid = scene.signing_keys()[1].id().to_owned();
    scene.forget(&kid);
    assert_eq!(scene.reason("rs1", &fresh), None, "a key that is gone is only old");
}

#[test]
fn another_row_is_not_told_from_none() {
    let (mut scene, token) = issued();
    let (other, _) = scene.issue(&Draft::default());
    // The key of one row around the secret of another.
    let mixed = format!("{}{}", &token[..15], &other[15..]);
    assert_eq!(scene.introspect("rs1", &mixed).0, json!({"active": false}));
}

const fn before(at: Time) -> Time {
    Time(at.0 - 1)
}

#[test]
fn sec_135_the_most_restrictive_cut_off_wins_in_every_order() {
    const LEVELS: [(&str, Level); 3] =
        [(FOO, Level::Tenant), ("web", Level::Client), ("alice", Level::User)];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        // The cut-offs lie one, two and three seconds ahead, set oldest or newest first.
        for newest_first in [false, true] {
            let (mut scene, _) = issued();
            let mut set: Vec<(usize, Time)> = order
                .iter()
                .enumerate()
                .map(|(place, &level)| (level, NOW.plus_seconds(i64::try_from(place).unwrap() + 1)))
                .collect();
            let strictest = set[2].1;
            if newest_first {
                set.reverse();
            }
            for (level, at) in set {
                scene.edit(LEVELS[level].0, |object| object.standing.not_before = at);
            }
            for (issued_at, active) in [
                (NOW, false),
                (before(NOW.plus_seconds(2)), false),
                (before(NOW.plus_seconds(3)), false),
                (before(strictest), false),
                (strictest, true),
            ] {
                scene.now = issued_at;
                let (token, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
                let reason = scene.reason("rs1", &token);
                assert_eq!(reason.is_none(), active, "{order:?} {issued_at:?} {reason:?}");
            }
        }
    }
}

#[test]
fn sec_135_one_cut_off_is_enough_at_any_level() {
    for id in [FOO, "web", "alice"] {
        let (mut scene, token) = issued();
        for other in [FOO, "web", "alice"] {
            // Older ones at the other levels do not soften it.
            scene.edit(other, |object| object.standing.not_before = before(NOW));
        }
        assert_eq!(scene.reason("rs1", &token), None);
        scene.edit(id, cut_off);
        assert!(matches!(scene.reason("rs1", &token), Some(Reason::CutOff { .. })), "{id}");
    }
}

/// Issued after the cut-off was decided on and before anybody could know: it continues what was given
/// before.
#[test]
fn sec_135_a_refresh_meanwhile_is_cut_off_with_what_it_continues() {
    for id in [FOO, "web", "alice"] {
        let mut scene = Scene::new();
        let family = Some(scene.family());
        scene.now = NOW.plus_seconds(2);
        let (token, _) = scene.issue(&Draft { family, user: Some("alice"), ..Draft::default() });
        assert_eq!(scene.reason("rs1", &token), None);
        scene.edit(id, |object| object.standing.not_before = NOW.plus_seconds(1));
        assert!(matches!(scene.reason("rs1", &token), Some(Reason::CutOff { .. })), "{id}");
    }
}

#[test]
fn what_is_unknown_stays_unknown_to_the_most_trusted() {
    let (mut scene, token) = issued();
    scene.server("rs2", |server| server.introspect = IntrospectRight::Tenant);
    assert_eq!(scene.reason("rs2", &token), None);
    scene.edit("alice", lock);
    assert_eq!(scene.reason("rs2", &token), Some(Reason::Locked));
}
