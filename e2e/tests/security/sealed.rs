//! Sealed values open in their own place only (SEC-268): rows of signing keys and of recoverable
//! secrets, moved within the store, are no use there.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::postgres;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::setup::Setup;

use crate::keys::{hs256, random_text, seconds_now};
use crate::stored::{member, rows};
use crate::world::{Tenant, World, on_each_store_alone};

const SECRETS: [&str; 2] =
    ["the-first-secret-of-thirty-two-bytes", "another-secret-of-thirty-two-bytes!!"];

/// Replaces a text in the documents of the store, while no server runs.
fn replace(world: &World, from: &str, to: &str) {
    let url = world.server.store_url();
    let sql = format!("UPDATE object SET doc = replace(doc, '{from}', '{to}')");
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let database = rusqlite::Connection::open(path).expect("the database");
            database.execute_batch(&sql).expect("update");
        }
        None => {
            postgres::run(&Programs::find().expect("PostgreSQL"), url, &sql).expect("update");
        }
    }
}

/// The sealed values of the objects of a kind, in the order of their tenants.
fn sealed(world: &World, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in rows(world, "object") {
        let document: Value =
            serde_json::from_str(row["doc"].as_str().expect("doc")).expect("JSON");
        if let Some(sealed) = member(&document, "sealed").and_then(Value::as_str)
            && row["kind"] == json!(kind)
        {
            found.push(sealed.to_owned());
        }
    }
    found.sort();
    found
}

/// Exchanges the two sealed values of a kind, and starts again on the result.
fn swap(world: &mut World, kind: &str) {
    let values = sealed(world, kind);
    let [one, two] = &values[..] else {
        panic!("two sealed values of {kind}, not {}", values.len())
    };
    assert_ne!(one, two);
    assert!(world.server.terminate().success());
    for (from, to) in [(&**one, "SWAPPED"), (&**two, one), ("SWAPPED", two)] {
        replace(world, from, to);
    }
    world.server.restart();
    assert_eq!(sealed(world, kind).len(), 2);
}

fn tenants(world: &World) -> [Tenant; 2] {
    ["one", "two"].map(|name| world.tenant(name, json!({})))
}

fn assert_fault(world: &World, answer: &Response) {
    assert_eq!((answer.status, answer.member("error")), (500, "server_error".to_owned()));
    let (text, log) = (answer.text(), world.server.stderr());
    assert!(!text.contains("sealed") && !text.contains("master"), "{text}");
    let told = log.lines().any(|line| line.contains("fault") && line.contains("does not open"));
    assert!(told, "the operator is not told:\n{log}");
}

#[test]
fn sec_268_a_signing_key_signs_for_its_own_tenant_only() {
    on_each_store_alone(|setup: Setup| {
        let mut world = World::start(&setup);
        let tenants = tenants(&world);
        let declaration =
            json!({"grant_types": ["client_credentials"], "access_token_format": "jwt"});
        let clients =
            tenants.each_ref().map(|tenant| world.client(tenant, "svc", declaration.clone()));
        for (tenant, client) in tenants.iter().zip(&clients) {
            world.token(tenant, client, &[]);
        }
        swap(&mut world, "signing_key");
        for (tenant, client) in tenants.iter().zip(&clients) {
            let request = Request::post(&tenant.at("/oauth2/token"))
                .basic("svc", &client.secret)
                .form(&[("grant_type", "client_credentials")]);
            assert_fault(&world, &world.exchange(&request));
        }
        swap(&mut world, "signing_key");
        for (tenant, client) in tenants.iter().zip(&clients) {
            world.token(tenant, client, &[]);
        }
    });
}

fn by_secret_jwt(world: &World, tenant: &Tenant, secret: &str) -> Response {
    let now = seconds_now();
    let claims = json!({"iss": "sealed", "sub": "sealed", "aud": tenant.issuer,
        "iat": now, "exp": now + 60, "jti": random_text()});
    let assertion = hs256(&json!({"alg": "HS256"}), &claims, secret.as_bytes());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", kind),
        ("client_assertion", &assertion),
    ];
    world.exchange(&Request::post(&tenant.at("/oauth2/token")).form(&form))
}

#[test]
fn sec_268_a_sealed_secret_is_its_own_client_s_only() {
    on_each_store_alone(|setup: Setup| {
        let mut world = World::start(&setup);
        let tenants = tenants(&world);
        for (tenant, secret) in tenants.iter().zip(SECRETS) {
            let declaration = json!({"grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "client_secret_jwt", "client_secret": secret});
            world.client(tenant, "sealed", declaration);
            let answer = by_secret_jwt(&world, tenant, secret);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        swap(&mut world, "client");
        for tenant in &tenants {
            for secret in SECRETS {
                assert_fault(&world, &by_secret_jwt(&world, tenant, secret));
            }
        }
        swap(&mut world, "client");
        for (tenant, secret) in tenants.iter().zip(SECRETS) {
            assert_eq!(by_secret_jwt(&world, tenant, secret).status, 200);
        }
    });
}
