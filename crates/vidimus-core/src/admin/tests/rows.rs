//! Tokens and sessions by their rows: the verdict is the one that introspection and the sign-in give.

use serde_json::Value;

use crate::{
    admin::{KeyRotate, ShowSessions, ShowTokens},
    authorize::{self, tests::query},
    model::TokenFormat,
    row_key::RowKey,
    testing::{Draft, NOW, Scene, visitor::Visitor},
};

fn reason(scene: &mut Scene, key: RowKey) -> Value {
    scene.run(&ShowTokens { keys: vec![key] }).ok()[0]["reason"].clone()
}

#[test]
fn a_token_that_a_compromised_key_signed_is_shown_as_such() {
    let mut scene = Scene::new();
    let (_, opaque) = scene.issue(&Draft::default());
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let (text, signed) = scene.issue(&Draft::default());
    assert_eq!(reason(&mut scene, signed), Value::Null);
    scene.act(&KeyRotate { algorithm: None, compromised: true, by: "root".to_owned() }).ok();
    assert_eq!(reason(&mut scene, signed), "key_revoked");
    assert_eq!(scene.reason("rs1", &text).unwrap().label(), "key_revoked");
    assert_eq!(reason(&mut scene, opaque), Value::Null);
}

#[test]
fn a_session_that_is_cut_off_is_none() {
    let mut scene = authorize::tests::scene();
    Visitor::default().go(&mut scene, &query(""), "alice");
    let keys: Vec<RowKey> = scene.stock.tickets.iter().map(|(_, ticket)| ticket.key).collect();
    let shown = |scene: &mut Scene| {
        let sessions = scene.run(&ShowSessions { keys: keys.clone() }).ok().clone();
        sessions.iter().map(|session| session["username"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&mut scene), ["alice"]);
    scene.edit("alice", |alice| alice.standing.not_before = NOW.plus_seconds(1));
    assert!(shown(&mut scene).is_empty());
}
