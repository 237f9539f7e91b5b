//! A key's life as time passes, and the successor that starts when it is due.

use super::{
    ANNOUNCE_SECONDS, JWKS_MAX_AGE_SECONDS, RETIRED_SECONDS_MIN, SIGNING_LIFE_SECONDS, State, state,
};
use crate::{
    admin::KeyRotate,
    errand::Errand,
    jwks::JwksRequest,
    model::{Body, Named, SigningAlgorithm, SigningKey, TokenFormat},
    outcome::Change,
    testing::{Draft, FOO, NOW, Scene},
    time::Time,
};

/// A scene whose tenant has one ES256 key, signing since now.
fn signing() -> Scene {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    scene.issue(&Draft::default());
    scene
}

fn states(scene: &Scene, now: Time) -> Vec<State> {
    let tenant = scene.object(FOO);
    let Body::Tenant(tenant) = &tenant.body else { panic!() };
    let objects = scene.signing_keys();
    let keys: Vec<Named<'_, SigningKey>> = objects.iter().filter_map(Named::of).collect();
    keys.iter().map(|key| state(*key, &keys, tenant, now)).collect()
}

const fn before(at: Time) -> Time {
    Time(at.0 - 1)
}

#[test]
fn a_key_is_announced_signs_retires_and_goes() {
    use State::{Announced, Gone, Retired, Signing};
    let mut scene = signing();
    let due = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    scene.now = due;
    scene.act(&JwksRequest::default()).ok();
    let signs_from = due.plus_seconds(ANNOUNCE_SECONDS);
    let gone_from = signs_from.plus_seconds(RETIRED_SECONDS_MIN);
    for (now, expected) in [
        (NOW, [Signing, Announced]),
        (due, [Signing, Announced]),
        (before(signs_from), [Signing, Announced]),
        (signs_from, [Retired, Signing]),
        (before(gone_from), [Retired, Signing]),
        (gone_from, [Gone, Signing]),
    ] {
        assert_eq!(states(&scene, now), expected, "{now:?}");
    }
    scene.policy(|policy| policy.access_token_ttl_seconds = RETIRED_SECONDS_MIN + 5);
    assert_eq!(states(&scene, before(gone_from.plus_seconds(5))), [Retired, Signing]);
    assert_eq!(states(&scene, gone_from.plus_seconds(5)), [Gone, Signing]);
}

#[test]
fn a_successor_is_announced_when_due_and_only_once() {
    let mut scene = signing();
    let due = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    scene.now = before(due);
    let early = scene.act(&JwksRequest::default());
    assert_eq!((early.writes.len(), early.errands.len()), (0, 0));
    scene.now = due;
    let ran = scene.act(&JwksRequest::default());
    assert_eq!(ran.errands, [Errand::GenerateKey { algorithm: SigningAlgorithm::ES256 }]);
    assert_eq!(ran.ok()["keys"].as_array().unwrap().len(), 2, "published by the same request");
    let [write] = ran.writes.as_slice() else { panic!() };
    let Change::Create(made) = &write.change else { panic!() };
    let Body::SigningKey(key) = &made.body else { panic!() };
    assert_eq!(
        (key.slot.as_str(), key.signs_from),
        ("ES256#2", due.plus_seconds(ANNOUNCE_SECONDS))
    );
    let again = scene.act(&JwksRequest::default());
    assert_eq!((again.writes.len(), again.errands.len()), (0, 0));
    assert_eq!(again.ok(), ran.ok());
}

#[test]
fn two_nodes_agree_on_one_successor() {
    let mut scene = signing();
    scene.now = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    let first = scene.run(&JwksRequest::default());
    let second = scene.run(&JwksRequest::default());
    assert_eq!(scene.stock.commit(&first.writes), crate::outcome::Committed::Done);
    assert_eq!(scene.stock.commit(&second.writes), crate::outcome::Committed::Conflict);
    assert_eq!(scene.act(&JwksRequest::default()).ok()["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_gone_is_deleted_and_the_new_key_signs() {
    let mut scene = signing();
    let old = scene.signing_keys()[0].clone();
    scene.now = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    scene.act(&JwksRequest::default()).ok();
    let new = scene.signing_keys()[1].id().to_owned();
    scene.now = scene.now.plus_seconds(ANNOUNCE_SECONDS + RETIRED_SECONDS_MIN);
    let (jwt, _) = scene.issue(&Draft::default());
    let read = crate::jwt::Unverified::parse(&jwt).unwrap();
    assert_eq!(read.header("kid"), Some(new.as_str()));
    let ids: Vec<String> = scene.signing_keys().iter().map(|key| key.id().to_owned()).collect();
    assert_eq!(ids, [new]);
    assert!(!ids.contains(&old.id().to_owned()));
}

#[test]
fn keys_of_one_algorithm_do_not_retire_anothers() {
    let mut scene = signing();
    scene.now = NOW.plus_seconds(60);
    let algorithm = Some(SigningAlgorithm::EdDSA);
    let by = "root".to_owned();
    scene.act(&KeyRotate { algorithm, compromised: false, by }).ok();
    assert_eq!(states(&scene, scene.now), [State::Signing, State::Signing]);
}

#[test]
fn a_revoked_successor_retires_nobody() {
    let mut scene = signing();
    scene.now = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    scene.act(&JwksRequest::default()).ok();
    let successor = scene.signing_keys()[1].id().to_owned();
    let revoked_at = Some(scene.now);
    scene.edit(&successor, |object| {
        let Body::SigningKey(key) = &mut object.body else { panic!() };
        key.revoked_at = revoked_at;
    });
    let later = scene.now.plus_seconds(ANNOUNCE_SECONDS);
    assert_eq!(states(&scene, later), [State::Signing, State::Revoked]);
}

#[test]
fn a_revoked_key_neither_signs_nor_has_a_successor_wait() {
    let mut scene = signing();
    let by = "root".to_owned();
    scene.now = NOW.plus_seconds(60);
    scene.act(&KeyRotate { algorithm: None, compromised: true, by }).ok();
    assert_eq!(states(&scene, scene.now), [State::Revoked, State::Signing]);
    assert_eq!(
        states(&scene, scene.now.plus_seconds(10 * SIGNING_LIFE_SECONDS))[0],
        State::Revoked
    );
    let published = scene.act(&JwksRequest::default()).ok()["keys"].clone();
    let kids: Vec<&str> =
        published.as_array().unwrap().iter().filter_map(|key| key["kid"].as_str()).collect();
    assert_eq!(kids, [scene.signing_keys()[1].id()]);
}

/// A client with a slow secret has used one turn already, and `TURNS_MAX` is what the engine gives.
#[test]
fn many_successors_due_at_once_take_no_more_turns_than_one() {
    let mut scene = signing();
    let by = "root".to_owned();
    let algorithm = Some(SigningAlgorithm::EdDSA);
    scene.act(&KeyRotate { algorithm, compromised: false, by }).ok();
    scene.now = NOW.plus_seconds(SIGNING_LIFE_SECONDS);
    for made in 1..=2 {
        let ran = scene.act(&JwksRequest::default());
        assert_eq!((ran.errands.len(), ran.writes.len()), (1, 1), "{made}");
    }
    let ran = scene.act(&JwksRequest::default());
    assert_eq!((ran.errands.len(), ran.writes.len()), (0, 0), "each has its successor");
}

/// More than two hundred days, looked at every five minutes of them in which anything can happen, with one
/// rotation by hand among those by time.
#[test]
fn sec_270_whoever_caches_the_key_set_for_its_max_age_knows_every_key() {
    const STEP_SECONDS: i64 = 300;
    let mut scene = signing();
    let mut cached: Vec<(i64, Vec<String>)> = vec![(i64::MIN, Vec::new()); 3];
    let mut signed = std::collections::BTreeSet::new();
    let mut steps: Vec<i64> = Vec::new();
    let by_hand = 30 * 86_400;
    let next = by_hand + ANNOUNCE_SECONDS + SIGNING_LIFE_SECONDS;
    for due in [0, by_hand, next, next + ANNOUNCE_SECONDS + SIGNING_LIFE_SECONDS] {
        steps.extend((-6..48).map(|step| due + step * STEP_SECONDS).filter(|at| *at >= 0));
    }
    for at in steps {
        scene.now = NOW.plus_seconds(at);
        if at == by_hand {
            let rotate = KeyRotate { algorithm: None, compromised: false, by: "root".to_owned() };
            scene.act(&rotate).ok();
        }
        let reply = scene.act(&JwksRequest::default()).ok().clone();
        let published = reply["keys"].as_array().unwrap().iter();
        let published: Vec<String> =
            published.map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
        // Verifiers that fetched at different moments, each as late as it may be.
        for (late, (fetched_at, known)) in cached.iter_mut().enumerate() {
            let late = i64::try_from(late).unwrap() * STEP_SECONDS;
            if at.saturating_sub(*fetched_at) >= JWKS_MAX_AGE_SECONDS - late {
                (*fetched_at, *known) = (at, published.clone());
            }
        }
        let (jwt, _) = scene.issue(&Draft::default());
        let read = crate::jwt::Unverified::parse(&jwt).unwrap();
        let kid = read.header("kid").unwrap().to_owned();
        assert!(cached.iter().all(|(_, known)| known.contains(&kid)), "{at} s: {kid} {cached:?}");
        signed.insert(kid);
    }
    assert!(signed.len() >= 4, "only {} keys signed", signed.len());
}

#[test]
fn sec_270_after_a_compromise_the_old_key_is_good_for_nothing_at_once() {
    let mut scene = signing();
    let (jwt, _) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("rs1", &jwt), None);
    scene.act(&KeyRotate { algorithm: None, compromised: true, by: "root".to_owned() }).ok();
    assert_eq!(scene.reason("rs1", &jwt), Some(crate::introspect::Reason::KeyRevoked));
    let (fresh, _) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("rs1", &fresh), None);
}

#[test]
fn sec_271_a_key_is_of_one_algorithm_and_one_tenant_and_signs_for_ninety_days_at_most() {
    assert_eq!(SIGNING_LIFE_SECONDS, 90 * 86_400);
    assert_eq!(super::DEFAULT, SigningAlgorithm::ES256);
    let mut scene = signing();
    for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256, SigningAlgorithm::EdDSA] {
        let rotate =
            KeyRotate { algorithm: Some(algorithm), compromised: false, by: "root".to_owned() };
        scene.act(&rotate).ok();
    }
    let keys = scene.signing_keys();
    let mut kids: Vec<&str> = keys.iter().map(|key| key.id()).collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), 4);
    for key in &keys {
        let Body::SigningKey(body) = &key.body else { panic!() };
        assert_eq!(body.public["alg"], serde_json::json!(body.algorithm));
        assert_eq!(body.public["use"], "sig");
        assert_eq!(key.tenant, scene.key(FOO));
        // Sealed for this tenant and this key: nowhere else does it open.
        let sealed = |place: &str| scene.vault.open(place, &body.sealed).is_ok();
        assert!(sealed(&crate::vault::key_place(key.tenant, key.id())));
        assert!(!sealed(&crate::vault::key_place(key.tenant, "another")));
    }
}
