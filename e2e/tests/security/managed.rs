//! Registered clients under their own token (RFC 7592): nobody else's, and not for more than it gave
//! (SEC-169…171); and that names begin anew (SEC-294).

use std::time::{Duration, Instant};

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::outbound::registrar;
use crate::registration::{CB, ask, initial_token, registered, with};
use crate::world::{Tenant, on_each_store, refusal, verdict};

#[test]
fn sec_169_only_its_own_token_manages_a_client() {
    on_each_store(|world| {
        let (registrar, elsewhere) = (registrar(world), self::registrar(world));
        let client = registered(world, &registrar, json!({}));
        let other = registered(world, &registrar, json!({}));
        let foreign = registered(world, &elsewhere, json!({}));
        let access = world.mint(&registrar.tenant, &json!({"client_id": client.id})).access;
        let bad = [
            other.token.as_str(),
            &foreign.token,
            &registrar.token,
            &access,
            world.admin_bearer(),
            &client.secret,
            "vrr_nonsense",
        ];
        let assert_refused = |token: &str| {
            for method in ["GET", "PUT", "DELETE"] {
                let request = Request::new(method, &client.path).bearer(token);
                let answer = world.exchange(&match method {
                    "PUT" => request.json(&with(json!({"client_id": client.id}))),
                    _ => request,
                });
                assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{method} {token}");
            }
        };
        bad.into_iter().for_each(assert_refused);
        assert_eq!(world.exchange(&Request::get(&client.path)).status, 401);
        let in_query = format!("{}?access_token={}", client.path, client.token);
        assert_eq!(world.exchange(&Request::get(&in_query)).status, 401);
        // The same path in another tenant, with the right token of this one.
        let there = elsewhere.tenant.at(&format!("/oauth2/register/{}", client.id));
        assert_eq!(world.exchange(&Request::get(&there).bearer(&client.token)).status, 401);
        // A change gives another token, and the old one is dead.
        let changed = client.put(world, &client.token, json!({"client_name": "new"}));
        assert_eq!(changed.status, 200, "{}", changed.text());
        let token = changed.member("registration_access_token");
        assert_ne!(token, client.token);
        assert_refused(&client.token);
        assert_eq!(client.get(world, &token).status, 200);
        let deletion = Request::new("DELETE", &client.path).bearer(&token);
        assert_eq!(world.exchange(&deletion).status, 204);
        assert_refused(&token);
    });
}

#[test]
fn sec_170_a_client_cannot_say_what_the_server_says() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let client = registered(world, &registrar, json!({}));
        for more in [
            json!({"registration_access_token": client.token}),
            json!({"registration_client_uri": "https://evil.example/"}),
            json!({"client_secret_expires_at": 0}),
            json!({"client_id_issued_at": 1}),
            json!({"client_id": "other"}),
            json!({"client_id": null}),
            json!({"client_secret": "chosen-by-the-client"}),
            json!({"client_secret": ""}),
            json!({"client_secret": null}),
        ] {
            let answer = client.put(world, &client.token, more.clone());
            assert!(matches!(answer.status, 400 | 401), "{more}: {}", answer.text());
        }
        // With its own secret it may, and keeps it.
        let own = json!({"client_secret": client.secret, "client_name": "kept"});
        let answer = client.put(world, &client.token, own);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.member("client_secret"), client.secret);
    });
}

#[test]
fn sec_171_what_hangs_on_a_deleted_client_is_dead() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let tenant = &registrar.tenant;
        world.user(tenant, "alice");
        let auditor = world.resource_server(tenant, "auditor", json!({"introspect": "tenant"}));
        let client = registered(world, &registrar, json!({"scope": "openid offline_access"}));
        let order = json!({"client_id": client.id, "username": "alice", "refresh": true});
        let minted = world.mint(tenant, &order);
        let jwt = world.mint(tenant, &json!({"client_id": client.id})).access;
        let all = [minted.access.as_str(), minted.refresh(), &jwt];
        assert!(all.iter().all(|token| world.is_active(tenant, &auditor, token)));
        let deletion = Request::new("DELETE", &client.path).bearer(&client.token);
        let start = Instant::now();
        assert_eq!(world.exchange(&deletion).status, 204);
        assert!(all.iter().all(|token| !world.is_active(tenant, &auditor, token)));
        assert!(start.elapsed() < Duration::from_secs(1));
        let asked = Request::post(&tenant.at("/oauth2/token")).basic(&client.id, &client.secret);
        let form = [("grant_type", "refresh_token"), ("refresh_token", minted.refresh())];
        assert_eq!(world.exchange(&asked.form(&form)).status, 401);
    });
}

/// Deleted and made again under the same name: nothing of the first is the second's.
#[test]
fn sec_294_a_name_begins_anew() {
    on_each_store(|world| {
        let build = |tenant: &Tenant| {
            let declaration = json!({"grant_types": ["client_credentials", "refresh_token",
                "authorization_code"], "redirect_uris": [CB], "scope": "read"});
            let client = world.client(tenant, "app", declaration);
            world.user(tenant, "alice");
            let auditor = world.resource_server(tenant, "auditor", json!({"introspect": "tenant"}));
            let token = initial_token(world, tenant, json!({"id": "init", "uses": 5}));
            let order = json!({"client_id": "app", "username": "alice", "refresh": true});
            (client, auditor, token, world.mint(tenant, &order))
        };
        for what in ["client", "user", "tenant"] {
            let tenant = world.tenant("again", json!({}));
            let (client, auditor, initial, minted) = build(&tenant);
            let sub = world.introspect(&tenant, &auditor, &minted.access).json()["sub"].clone();
            let (auditor, secret_is_dead) = match what {
                "client" => {
                    world.delete(&tenant.admin_client("app"));
                    let again = json!({"grant_types": ["client_credentials", "refresh_token"]});
                    assert_ne!(world.client(&tenant, "app", again).secret, client.secret);
                    (auditor, true)
                }
                "user" => {
                    world.delete(&tenant.admin_user("alice"));
                    world.user(&tenant, "alice");
                    (auditor, false)
                }
                _ => {
                    world.delete(&format!("/tenants/{}", tenant.id));
                    world.change("POST", "/tenants", &json!({"id": tenant.id}));
                    let (_, auditor, ..) = build(&tenant);
                    (auditor, true)
                }
            };
            for token in [&minted.access, minted.refresh.as_ref().expect("one")] {
                assert!(!verdict(&world.introspect(&tenant, &auditor, token)), "{what}: {token}");
            }
            let form = [("grant_type", "refresh_token"), ("refresh_token", minted.refresh())];
            let request = Request::post(&tenant.at("/oauth2/token"));
            let answer = world.exchange(&request.basic("app", &client.secret).form(&form));
            let expected = if secret_is_dead { 401 } else { 400 };
            assert_eq!(answer.status, expected, "{what}: {}", answer.text());
            let registers = ask(world, &tenant, Some(&initial)).status;
            assert_eq!(registers, if what == "tenant" { 401 } else { 201 }, "{what}");
            let order = json!({"client_id": "app", "username": "alice"});
            let now = world.mint(&tenant, &order).access;
            let told = world.introspect(&tenant, &auditor, &now).json();
            assert_eq!(told["sub"] == sub, what == "client", "{what}: {sub} and {}", told["sub"]);
        }
    });
}
