//! Nothing of one tenant is known to another, whichever way one comes in (SEC-129).

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::world::{Party, Tenant, World, on_each_store, refusal, unique, verdict};

struct Cell {
    tenant: Tenant,
    alias: String,
    host: String,
    auditor: Party,
    tokens: [String; 2],
}

/// A tenant with every way in, and the same ids in each.
fn cell(world: &World) -> Cell {
    let number = unique();
    let (alias, host) = (format!("/site-{number}"), format!("login-{number}.example"));
    let tenant = world.tenant("cell", json!({"path_aliases": [alias], "hosts": [host]}));
    let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
    let grants = json!(["client_credentials"]);
    let declaration = |format: &str| json!({"grant_types": grants, "access_token_format": format});
    let opaque = world.client(&tenant, "svc", declaration("opaque"));
    let jwt = world.client(&tenant, "signed", declaration("jwt"));
    let tokens = [world.token(&tenant, &opaque, &[]), world.token(&tenant, &jwt, &[])];
    Cell { tenant, alias, host, auditor, tokens }
}

/// The four ways to a tenant's endpoint.
fn ways(cell: &Cell, path: &str) -> Vec<Request> {
    vec![
        Request::post(&cell.tenant.at(path)),
        Request::post(&format!("{}{path}", cell.alias)),
        Request::post(path).header("Host", &cell.host),
        Request::post(path).header("Host", &format!("{}:8443", cell.host)),
    ]
}

#[test]
fn sec_129_sixteen_cells_by_every_way_in() {
    on_each_store(|world| {
        let cells: Vec<Cell> = (0..4).map(|_| cell(world)).collect();
        for (at, place) in cells.iter().enumerate() {
            for (of, owner) in cells.iter().enumerate() {
                for token in &owner.tokens {
                    for way in ways(place, "/oauth2/introspect") {
                        let what = format!("{} {:?}, token of {of}", way.target, way.headers);
                        let asked = way.form(&[("token", token)]);
                        let caller = &place.auditor;
                        let own = world.exchange(&asked.clone().basic("auditor", &caller.secret));
                        assert_eq!(verdict(&own), at == of, "{what}");
                        // The other tenant's credentials, though the id is the same.
                        let theirs = asked.basic("auditor", &owner.auditor.secret);
                        let answer = world.exchange(&theirs);
                        if at != of {
                            let expected = (401, "invalid_client".to_owned());
                            assert_eq!(refusal(&answer), expected, "{what}");
                        }
                    }
                }
            }
        }
    });
}

/// The path decides before the host does, and a foreign host changes nothing (no Host is trusted).
#[test]
fn sec_129_a_host_beside_a_path_says_nothing() {
    on_each_store(|world| {
        let (one, two) = (cell(world), cell(world));
        let hosts = [two.host.as_str(), "evil.example", "as.example", "127.0.0.1"];
        for host in hosts {
            for (name, value) in [("Host", host), ("X-Forwarded-Host", host), ("Forwarded", host)] {
                for token in &one.tokens {
                    let target = one.tenant.at("/oauth2/introspect");
                    let asked =
                        Request::post(&target).header(name, value).form(&[("token", token)]);
                    let answer =
                        world.exchange(&asked.clone().basic("auditor", &one.auditor.secret));
                    assert!(verdict(&answer), "{name}: {value}");
                    assert_eq!(answer.json()["iss"], json!(one.tenant.issuer));
                    let theirs = asked.basic("auditor", &two.auditor.secret);
                    assert_eq!(world.exchange(&theirs).status, 401, "{name}: {value}");
                }
            }
        }
    });
}

#[test]
fn sec_129_no_tenant_revokes_or_is_asked_about_another_s() {
    on_each_store(|world| {
        let (one, two) = (cell(world), cell(world));
        for token in &one.tokens {
            let revoke = Request::post(&two.tenant.at("/oauth2/revoke")).form(&[("token", token)]);
            let answer = world.exchange(&revoke.basic("auditor", &two.auditor.secret));
            assert_eq!(answer.status, 200);
            assert!(world.is_active(&one.tenant, &one.auditor, token));
            assert_eq!(world.reason(&two.tenant, None, token), "other_tenant");
            let answer =
                world.change("POST", &two.tenant.admin("/tokens/revoke"), &json!({"token": token}));
            assert_eq!(answer["revoked"], false);
            assert!(world.is_active(&one.tenant, &one.auditor, token));
        }
    });
}
