//! The published key set: public members only, and no key that should not be trusted any more.

use serde_json::Value;

use super::JwksRequest;
use crate::{
    admin::KeyRotate,
    model::{Body, SigningAlgorithm},
    rotation::ANNOUNCE_SECONDS,
    testing::{NOW, Scene},
};

fn rotate(scene: &mut Scene, algorithm: SigningAlgorithm, compromised: bool) {
    let by = "root".to_owned();
    scene.act(&KeyRotate { algorithm: Some(algorithm), compromised, by }).ok();
}

fn published(scene: &mut Scene) -> Vec<Value> {
    scene.act(&JwksRequest::default()).ok()["keys"].as_array().unwrap().clone()
}

#[test]
fn a_tenant_that_signs_nothing_has_no_keys() {
    assert_eq!(published(&mut Scene::new()), [] as [Value; 0]);
}

#[test]
fn a_key_that_must_be_there_is_made_once() {
    let mut scene = Scene::new();
    let wanted = JwksRequest { publishes: Some(SigningAlgorithm::RS256) };
    let made = scene.act(&wanted).ok()["keys"].clone();
    assert_eq!((made.as_array().unwrap().len(), &made[0]["alg"]), (1, &"RS256".into()));
    assert_eq!(scene.act(&wanted).ok()["keys"], made);
    assert_eq!(published(&mut scene), *made.as_array().unwrap());
}

#[test]
fn the_key_that_signs_comes_first() {
    let mut scene = Scene::new();
    rotate(&mut scene, SigningAlgorithm::ES256, false);
    let first = published(&mut scene)[0].clone();
    scene.now = NOW.plus_seconds(10);
    rotate(&mut scene, SigningAlgorithm::ES256, false);
    assert_eq!(published(&mut scene)[0], first);
    scene.now = scene.now.plus_seconds(ANNOUNCE_SECONDS);
    let keys = published(&mut scene);
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1], first);
}

#[test]
fn sec_091_only_public_members_are_published() {
    let mut scene = Scene::new();
    for algorithm in SigningAlgorithm::ALL {
        rotate(&mut scene, algorithm, false);
    }
    let keys = published(&mut scene);
    assert_eq!(keys.len(), 4);
    for (key, algorithm) in keys.iter().zip(SigningAlgorithm::ALL) {
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        assert!(private.iter().all(|member| key.get(member).is_none()), "{key}");
        assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &algorithm.as_str().into()));
        assert!(key["kid"].as_str().is_some_and(|kid| kid.len() == 43), "{key}");
    }
}

#[test]
fn announced_signing_and_retired_keys_are_published_and_no_others() {
    let mut scene = Scene::new();
    rotate(&mut scene, SigningAlgorithm::ES256, false);
    scene.now = NOW.plus_seconds(1);
    rotate(&mut scene, SigningAlgorithm::ES256, false);
    assert_eq!(published(&mut scene).len(), 2, "signing and announced");
    scene.now = scene.now.plus_seconds(ANNOUNCE_SECONDS);
    assert_eq!(published(&mut scene).len(), 2, "retired and signing");
    scene.now = scene.now.plus_seconds(86_400);
    assert_eq!(published(&mut scene).len(), 1, "gone and signing");
    rotate(&mut scene, SigningAlgorithm::ES256, true);
    let keys = published(&mut scene);
    let object = scene.signing_keys().pop().unwrap();
    let Body::SigningKey(newest) = &object.body else { panic!() };
    assert_eq!(keys, std::slice::from_ref(&newest.public), "revoked and signing");
}

#[test]
fn keys_are_the_tenants_own() {
    let mut scene = Scene::new();
    rotate(&mut scene, SigningAlgorithm::ES256, false);
    scene.tenant = crate::facts::TenantRef::Id("bar.com".to_owned());
    assert_eq!(published(&mut scene), [] as [Value; 0]);
}
