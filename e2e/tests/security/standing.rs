//! Which client may use which grant, and what becomes of one that is switched off
//! (SEC-066…SEC-068).
//!
//! That a refresh is refused after a client is switched off arrives with the refresh grant.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::keys::seconds_now;
use crate::pair::{Pair, RS1};
use crate::world::{Party, Tenant, World, on_each_store, on_two_nodes, refusal};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const GRANTS: [&str; 6] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "password",
    JWT_BEARER,
    "urn:ietf:params:oauth:grant-type:device_code",
];

fn ask(world: &World, tenant: &Tenant, party: &Party, parameters: &[(&str, &str)]) -> Response {
    let request = Request::post(&tenant.at("/oauth2/token"));
    world.exchange(&match party.secret.as_str() {
        "" => request.form(&[parameters, &[("client_id", party.id.as_str())]].concat()),
        secret => request.basic(&party.id, secret).form(parameters),
    })
}

#[test]
fn sec_066_client_credentials_are_for_the_client_itself() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let grant = ("grant_type", "client_credentials");
        // Public, though the grant is in its list.
        let answer = ask(world, &pair.a, &pair.spa, &[grant]);
        assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()));
        let person = world.client(
            &pair.a,
            "person",
            json!({"grant_types": ["client_credentials"],
                "scope": "openid profile email address phone offline_access read"}),
        );
        for scope in ["openid", "profile email", "offline_access", "address phone"] {
            let answer = ask(world, &pair.a, &person, &[grant, ("scope", scope)]);
            assert_eq!(refusal(&answer), (400, "invalid_scope".to_owned()), "{scope}");
        }
        let answer =
            ask(world, &pair.a, &person, &[grant, ("scope", "openid read offline_access")]);
        let reply = answer.json();
        assert_eq!((answer.status, &reply["scope"]), (200, &json!("read")));
        assert_eq!(reply.get("refresh_token"), None);
        assert_eq!(reply.get("id_token"), None);
        let told = world.introspect(&pair.a, &person, &answer.member("access_token")).json();
        assert_eq!((&told["sub"], &told["client_id"]), (&json!("person"), &json!("person")));
        assert_eq!(told.get("username"), None);
    });
}

/// The cells of a grant that the server does not have say `unsupported_grant_type`; what it has,
/// its metadata says.
#[test]
fn sec_067_every_client_and_every_grant() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let target = pair.a.at("/.well-known/oauth-authorization-server");
        let metadata = world.exchange(&Request::get(&target)).json();
        let supported = |grant: &str| {
            metadata["grant_types_supported"].as_array().expect("grants").contains(&json!(grant))
        };
        assert!(supported("client_credentials"));
        let mut cells = 0;
        for (which, own) in GRANTS.iter().enumerate() {
            let id = format!("only-{which}");
            let uri = "https://only.example/cb";
            let declaration =
                json!({"grant_types": [own], "scope": "read", "redirect_uris": [uri]});
            let party = world.client(&pair.a, &id, declaration);
            for grant in GRANTS {
                let answer = ask(world, &pair.a, &party, &[("grant_type", grant)]);
                let error =
                    if answer.status == 200 { String::new() } else { answer.member("error") };
                let what = format!("{id} asks for {grant}: {} {error}", answer.status);
                if !supported(grant) {
                    assert_eq!(error, "unsupported_grant_type", "{what}");
                } else if grant != *own {
                    assert_eq!(error, "unauthorized_client", "{what}");
                } else if grant == "client_credentials" {
                    assert_eq!(answer.status, 200, "{what}");
                } else {
                    assert_ne!(answer.status, 200, "{what}");
                    assert_ne!(error, "unauthorized_client", "{what}");
                }
                cells += 1;
            }
        }
        let public = ask(world, &pair.a, &pair.native, &[("grant_type", "client_credentials")]);
        assert_eq!(refusal(&public), (400, "unauthorized_client".to_owned()));
        let server = ask(world, &pair.a, &pair.rs1, &[("grant_type", "client_credentials")]);
        assert_eq!(refusal(&server), (400, "unauthorized_client".to_owned()));
        assert_eq!(cells, 36);
    });
}

/// What is done to a client, and whether its tokens go with it. A secret that has run out ends the
/// client's way in; what it was issued before ends by itself.
const EVENTS: [(&str, bool); 4] =
    [("disabled", true), ("deleted", true), ("tenant disabled", true), ("secret expired", false)];

fn happens(world: &World, tenant: &Tenant, client: &Party, event: &str) {
    let path = tenant.admin_client(&client.id);
    match event {
        "disabled" => world.change("PATCH", &path, &json!({"disabled": true})),
        "secret expired" => {
            let past = json!({"client_secret_expires_at": seconds_now() - 1});
            world.change("PATCH", &path, &past)
        }
        "tenant disabled" => {
            world.change("PATCH", &format!("/tenants/{}", tenant.id), &json!({"disabled": true}))
        }
        _ => {
            world.delete(&path);
            Value::Null
        }
    };
}

fn has_effect(world: &World, nodes: &[&World]) {
    for (event, kills) in EVENTS {
        for format in ["opaque", "jwt"] {
            let pair = Pair::of(world);
            let client = if format == "jwt" { &pair.signed } else { &pair.svc };
            let token = world.token(&pair.a, client, &[("resource", RS1)]);
            for node in nodes {
                assert!(node.is_active(&pair.a, &pair.rs1, &token));
            }
            happens(world, &pair.a, client, event);
            for (which, node) in nodes.iter().enumerate() {
                let what = format!("{event}, {format}, node {which}");
                // The node that did it knows at once; others have one second.
                let soon = |check: &dyn Fn() -> bool| eventually(which > 0, check);
                let grant = [("grant_type", "client_credentials")];
                let refused = || ask(node, &pair.a, client, &grant).status == 401;
                assert!(soon(&refused), "{what}: still gets tokens");
                let dead = || node.reason(&pair.a, None, &token) != Value::Null;
                assert_eq!(soon(&dead), kills, "{what}: its token");
            }
        }
    }
}

/// Now, or on another node within one second.
fn eventually(patient: bool, check: &dyn Fn() -> bool) -> bool {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1);
    loop {
        if check() {
            return true;
        }
        if !patient || std::time::Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn sec_068_a_client_that_is_off_is_off() {
    on_each_store(|world| has_effect(world, &[world]));
}

#[test]
fn sec_068_on_all_nodes() {
    on_two_nodes(|nodes| has_effect(nodes[0], nodes));
}
