//! Who may revoke what, and what the answer tells (SEC-137).

use vidimus_e2e::http::{Request, Response};

use crate::pair::Pair;
use crate::token_text::{never_issued, other_secret};
use crate::world::{Party, Tenant, World, on_each_store, refusal};

fn revoke(world: &World, tenant: &Tenant, party: &Party, more: &[(&str, &str)]) -> Response {
    let request = Request::post(&tenant.at("/oauth2/revoke"));
    world.exchange(&match party.secret.as_str() {
        "" => request.form(&[more, &[("client_id", party.id.as_str())]].concat()),
        secret => request.basic(&party.id, secret).form(more),
    })
}

/// All of an answer but the date and the request's number.
fn seen(answer: &Response) -> (u16, Vec<(String, String)>, String) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| {
        !["date", "x-request-id"].contains(&name.to_ascii_lowercase().as_str())
    });
    (answer.status, headers, answer.text().to_owned())
}

#[test]
fn sec_137_nobody_revokes_another_s_token_or_learns_of_it() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let minted = pair.of_alice(world);
        let (opaque, jwt) = (pair.for_rs1(world), pair.jwt_for_rs1(world));
        let nothing = seen(&revoke(world, &pair.a, &pair.evil, &[("token", "nonsense")]));
        assert_eq!((nothing.0, nothing.2.as_str()), (200, ""));
        // Not even the resource server that the token is for, or who may see it, may end it.
        for party in [&pair.evil, &pair.rs1, &pair.auditor, &pair.spa] {
            for token in [&opaque, &jwt, &minted.access, minted.refresh()] {
                for hint in [None, Some("access_token"), Some("refresh_token"), Some("x")] {
                    let mut given = vec![("token", token)];
                    given.extend(hint.map(|hint| ("token_type_hint", hint)));
                    let answer = seen(&revoke(world, &pair.a, party, &given));
                    assert_eq!(answer, nothing, "{} {hint:?}", party.id);
                }
            }
        }
        for token in [never_issued(&opaque), other_secret(&opaque), opaque.to_lowercase()] {
            let answer = seen(&revoke(world, &pair.a, &pair.svc, &[("token", &token)]));
            assert_eq!(answer, nothing);
        }
        for token in [&opaque, &jwt, &minted.access, minted.refresh()] {
            assert!(world.is_active(&pair.a, &pair.auditor, token));
        }
        // Its own client's answer is no other.
        let own = seen(&revoke(world, &pair.a, &pair.svc, &[("token", &opaque)]));
        assert_eq!(own, nothing);
        assert!(!world.is_active(&pair.a, &pair.auditor, &opaque));
        let again = seen(&revoke(world, &pair.a, &pair.svc, &[("token", &opaque)]));
        assert_eq!(again, nothing);
    });
}

#[test]
fn sec_137_another_tenant_s_token_is_untouched() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        // The same client_id in both tenants.
        let twin = world.client(
            &pair.b,
            "svc",
            serde_json::json!({"grant_types": ["client_credentials"], "scope": "read"}),
        );
        let token = pair.for_rs1(world);
        for party in [&twin, &pair.web_b, &pair.rs_b] {
            assert_eq!(revoke(world, &pair.b, party, &[("token", &token)]).status, 200);
        }
        let answer = revoke(world, &pair.a, &twin, &[("token", &token)]);
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
        assert!(world.is_active(&pair.a, &pair.rs1, &token));
    });
}

#[test]
fn sec_137_a_refresh_token_takes_its_family_and_an_access_token_goes_alone() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let (one, two) = (pair.of_alice(world), pair.of_alice(world));
        revoke(world, &pair.a, &pair.web, &[("token", &one.access)]);
        assert!(!world.is_active(&pair.a, &pair.web, &one.access));
        assert!(world.is_active(&pair.a, &pair.web, one.refresh()));
        revoke(world, &pair.a, &pair.web, &[("token", two.refresh())]);
        assert!(!world.is_active(&pair.a, &pair.web, two.refresh()));
        assert!(!world.is_active(&pair.a, &pair.web, &two.access));
        assert!(world.is_active(&pair.a, &pair.web, one.refresh()), "another family");
    });
}

#[test]
fn sec_137_a_public_client_revokes_its_own() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let order = serde_json::json!({"client_id": "spa", "username": "alice", "refresh": true});
        let minted = world.mint(&pair.a, &order);
        revoke(world, &pair.a, &pair.native, &[("token", minted.refresh())]);
        assert!(world.is_active(&pair.a, &pair.auditor, minted.refresh()), "by another");
        revoke(world, &pair.a, &pair.spa, &[("token", minted.refresh())]);
        assert!(!world.is_active(&pair.a, &pair.auditor, &minted.access));
    });
}

#[test]
fn sec_137_without_a_token_or_credentials() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        for given in [&[][..], &[("token", "")], &[("token_type_hint", "access_token")]] {
            let answer = revoke(world, &pair.a, &pair.svc, given);
            assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
        }
        let target = pair.a.at("/oauth2/revoke");
        let request = Request::post(&target).form(&[("token", &token)]);
        for request in
            [request.clone(), request.clone().basic("svc", "wrong"), request.bearer(&token)]
        {
            let answer = world.exchange(&request);
            assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
        }
        assert!(world.is_active(&pair.a, &pair.svc, &token));
    });
}
