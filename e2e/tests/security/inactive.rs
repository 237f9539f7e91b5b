//! Every kind of inactive token looks the same (SEC-128).
//!
//! Authorization codes and ID tokens arrive with their endpoints; here their places are taken by
//! other JWTs of ours that are no access tokens, and by a code's shape.

use serde_json::{Value, json};
use vidimus_e2e::http::Response;

use crate::callers::JWT;
use crate::keys::seconds_now;
use crate::pair::{Pair, RS1, RS2};
use crate::token_text::{never_issued, other_secret};
use crate::world::{World, assert_inactive, introspection, on_each_store};

/// What is asked, and the reason that only the operator is told; none where the tenant has no row.
type Kind = (&'static str, String, Value);

fn minted(world: &World, pair: &Pair, more: Value) -> String {
    let mut order = json!({"client_id": "web", "username": "alice", "resource": [RS1]});
    for (key, value) in more.as_object().expect("an object") {
        order[key] = value.clone();
    }
    world.mint(&pair.a, &order).access
}

/// Tokens whose surroundings were changed after they were minted.
fn surroundings(world: &World, pair: &Pair) -> Vec<Kind> {
    let patch = |path: &str, patch: Value| world.change("PATCH", path, &patch);
    let mut kinds = Vec::new();
    for (what, change, reason) in [
        ("user disabled", json!({"disabled": true}), "user_disabled"),
        ("user locked", json!({"locked": true}), "user_locked"),
        ("user cut off", json!({"revoke_tokens": true}), "cut_off"),
    ] {
        let name = what.replace(' ', "-");
        world.user(&pair.a, &name);
        kinds.push((what, minted(world, pair, json!({"username": name})), json!(reason)));
        std::thread::sleep(std::time::Duration::from_millis(2));
        patch(&pair.a.admin_user(&name), change);
    }
    for (what, change, reason) in [
        ("client disabled", Some(json!({"disabled": true})), "client_disabled"),
        ("client cut off", Some(json!({"revoke_tokens": true})), "cut_off"),
        ("client deleted", None, "client_deleted"),
    ] {
        let id = what.replace(' ', "-");
        world.client(&pair.a, &id, json!({"grant_types": ["client_credentials"]}));
        kinds.push((what, minted(world, pair, json!({"client_id": id})), json!(reason)));
        std::thread::sleep(std::time::Duration::from_millis(2));
        match change {
            Some(change) => {
                patch(&pair.a.admin_client(&id), change);
            }
            None => world.delete(&pair.a.admin_client(&id)),
        }
    }
    kinds
}

fn kinds(world: &World, pair: &Pair) -> Vec<Kind> {
    let live = minted(world, pair, json!({}));
    let revoked = minted(world, pair, json!({}));
    world.revoke(&pair.a, &pair.web, &revoked);
    let family = pair.of_alice(world);
    world.revoke(&pair.a, &pair.web, family.refresh());
    let elsewhere = world.mint(&pair.b, &json!({"client_id": "webB", "resource": [RS1]})).access;
    let disabled_tenant = world.tenant("off", json!({}));
    world.client(&disabled_tenant, "svc", json!({"grant_types": ["client_credentials"]}));
    let of_disabled = world.mint(&disabled_tenant, &json!({"client_id": "svc"})).access;
    world.change("PATCH", &disabled_tenant.admin(""), &json!({"disabled": true}));
    let answer = introspection(&pair.a, &pair.rs1, &live).header("Accept", JWT);
    let jwt_of_ours = world.exchange(&answer).text().to_owned();
    let soon = seconds_now() + 600;
    let mut kinds = vec![
        ("unknown", never_issued(&live), json!("unknown")),
        ("malformed", live[..live.len() - 1].to_owned(), json!("malformed")),
        ("nearly empty", " ".to_owned(), json!("malformed")),
        ("another secret", other_secret(&live), json!("forged")),
        ("not yet valid", minted(world, pair, json!({"not_before": soon})), json!("not_yet_valid")),
        ("revoked", revoked, json!("revoked")),
        ("family revoked", family.access, json!("family_revoked")),
        (
            "other audience",
            minted(world, pair, json!({"resource": [RS2]})),
            json!("wrong_audience"),
        ),
        ("no audience", minted(world, pair, json!({"resource": []})), json!("wrong_audience")),
        ("other tenant", elsewhere, json!("other_tenant")),
        ("tenant disabled", of_disabled, json!("other_tenant")),
        ("refresh token", pair.of_alice(world).refresh().to_owned(), json!("wrong_kind")),
        ("a JWT of ours that is no access token", jwt_of_ours, json!("malformed")),
        ("a code's shape", "SplxlOBeZQQYbYS6WxSbIA".to_owned(), json!("malformed")),
    ];
    kinds.extend(surroundings(world, pair));
    kinds
}

/// All of an answer but the date and the request's number.
fn bytes(answer: &Response) -> Vec<(String, String)> {
    let changing = ["date", "x-request-id"];
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(n, v)| (n.to_lowercase(), v.clone())).collect();
    headers.retain(|(name, _)| !changing.contains(&name.as_str()));
    headers.push(("body".to_owned(), answer.text().to_owned()));
    headers
}

#[test]
fn sec_128_every_kind_of_inactive_is_the_same_answer() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        // First, so that it has run out when it is asked about.
        let expired = minted(world, &pair, json!({"ttl_seconds": 1}));
        let mut kinds = kinds(world, &pair);
        while world.reason(&pair.a, Some(&pair.rs1), &expired) == Value::Null {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        kinds.push(("expired", expired, json!("expired")));
        assert!(kinds.len() >= 14);
        let model = world.introspect(&pair.a, &pair.rs1, "x");
        assert_inactive(&model);
        let mut connection = world.connect();
        for (what, token, reason) in &kinds {
            // It is what it is said to be, or sameness would prove nothing.
            assert_eq!(&world.reason(&pair.a, Some(&pair.rs1), token), reason, "{what}");
            let request = introspection(&pair.a, &pair.rs1, token);
            let answer = connection.exchange(&request).expect("an answer");
            assert_inactive(&answer);
            assert_eq!(answer.header_names(), {
                let again = connection.exchange(&introspection(&pair.a, &pair.rs1, "x"));
                again.expect("an answer").header_names()
            });
            let alone = world.exchange(&request);
            assert_eq!(bytes(&alone), bytes(&model), "{what}");
        }
    });
}

/// A tenant that is off has no callers; its tokens are inactive for the administrator too.
#[test]
fn sec_128_a_tenant_that_is_off_answers_nobody() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let tokens = [pair.for_rs1(world), pair.jwt_for_rs1(world), pair.of_alice(world).access];
        world.change("PATCH", &pair.a.admin(""), &json!({"disabled": true}));
        for token in &tokens {
            assert_eq!(world.reason(&pair.a, None, token), "tenant_disabled");
            let known = world.introspect(&pair.a, &pair.rs1, token);
            assert_eq!(known.status, 401, "{}", known.text());
            assert_eq!(known.text(), world.introspect(&pair.a, &pair.rs1, "x").text());
        }
        world.change("PATCH", &pair.a.admin(""), &json!({"disabled": null}));
        for token in &tokens {
            assert!(world.is_active(&pair.a, &pair.rs1, token), "on again");
        }
    });
}
