//! Each product's export ends in clients that authenticate as before.

use std::fs;

use jsonwebtoken::{Algorithm, Header, encode};
use serde_json::json;

use crate::stage::{Stage, fixture, old_key, out};

const BILLING: &str = "5f9c2a7e-4c1d-4f0e-9f6b-0d6f1b6f9a11";

#[test]
fn hydra_clients_keep_their_hashed_secrets() {
    let stage = Stage::new();
    for table in ["hydra/hydra_client.csv", "hydra/hydra_client.sql"] {
        let said = stage.done(&[
            "import",
            "hydra",
            &fixture("hydra/clients.json"),
            &fixture(table),
            "--masked-secrets",
            "skip",
            "--unusable-redirects",
            "drop",
        ]);
        assert!(said.contains("left out: client never-seen"), "{said}");
        assert!(stage.authenticates(BILLING, "billing-old-secret"), "PBKDF2");
        assert!(stage.authenticates("shop-web", "shop-old-secret"), "bcrypt");
        for (id, wrong) in [(BILLING, "shop-old-secret"), ("shop-web", ""), ("shop-web", "x")] {
            assert!(!stage.authenticates(id, wrong), "{id}");
        }
        assert!(stage.show("client", "never-seen").is_none());
    }
    // Once the secret has proven itself, the hash is one of ours, and the import is still in place.
    let again = stage.json(&[
        "import",
        "hydra",
        &fixture("hydra/clients.json"),
        &fixture("hydra/hydra_client.csv"),
        "--masked-secrets",
        "skip",
        "--unusable-redirects",
        "drop",
    ]);
    for object in again["objects"].as_array().expect("objects") {
        assert!(["unchanged", "left out"].contains(&object["action"].as_str().expect("action")));
    }
    assert!(stage.authenticates("shop-web", "shop-old-secret"));
    stage.tenant_is_as_it_was();
}

#[test]
fn keycloak_clients_and_users_keep_secrets_and_passwords() {
    let stage = Stage::new();
    stage.done(&[
        "import",
        "keycloak",
        &fixture("keycloak/acme-realm.json"),
        "--unusable-redirects",
        "drop",
    ]);
    assert!(stage.authenticates("orders", "orders-old-secret"));
    assert!(stage.authenticates("portal", "portal-old-secret"));
    for (name, version) in [("alice", 1), ("bob", 2), ("dave", 2)] {
        let password = format!("{name}-old-password");
        let form = |password: &str| {
            stage.token(
                Some(("orders", "orders-old-secret")),
                &[("grant_type", "password"), ("username", name), ("password", password)],
            )
        };
        assert_eq!(form("wrong").1["error"], "invalid_grant", "{name}");
        // By the old hash, then by one of ours.
        for _ in 0..2 {
            assert_eq!(form(&password).0, 200, "{name}");
            let user = stage.show("user", name).expect("there");
            assert_eq!((&user["version"], &user["imported"]), (&json!(version), &json!(true)));
        }
    }
    let carol = stage.show("user", "carol").expect("carol");
    assert_eq!(carol["disabled"], true);
    let alice = stage.show("user", "alice").expect("alice");
    assert_eq!(alice["roles"], json!(["clerk"]), "their admin is none of ours");
    // The bearer-only client asks about tokens.
    let (_, token) =
        stage.token(Some(("orders", "orders-old-secret")), &[("grant_type", "client_credentials")]);
    let request = vidimus_e2e::http::Request::post("/oauth2/introspect")
        .basic("stock-api", "stock-old-secret")
        .form(&[("token", token["access_token"].as_str().expect("a token"))]);
    assert_eq!(stage.server.exchange(&request).status, 200);
    stage.tenant_is_as_it_was();
}

#[test]
fn wso2_applications_keep_plain_and_hashed_secrets() {
    let stage = Stage::new();
    stage.done(&[
        "import",
        "wso2",
        &fixture("wso2/pickup.xml"),
        &fixture("wso2/dispatch.xml"),
        &fixture("wso2/IDN_OAUTH_CONSUMER_APPS.csv"),
        "--scope",
        "test1 openid",
        "--masked-secrets",
        "skip",
    ]);
    for (id, secret) in [
        ("mVfLyTLjyPoRRoHqEvx9vm3R_e0a", "pickup_old_secret_Qa7wRz5tJm"),
        ("zTq0C1JYd2cN8yN3rJm6UeP2_Xka", "dispatch_old_secret_9sXw2Lk0bV"),
        ("kYr5Wb0S8dGvQx1ZpT7nHcF4_mIa", "plain_old_secret_4hGt8Yk1Zn"),
    ] {
        assert!(stage.authenticates(id, secret), "{id}");
        assert!(!stage.authenticates(id, "wrong"), "{id}");
    }
    assert!(stage.show("client", "sealedAppKey00000000000000000").is_none());
    stage.tenant_is_as_it_was();
}

#[test]
fn salesforce_apps_authenticate_by_their_certificate() {
    let stage = Stage::new();
    stage.done(&["user", "create", "user@acme.example", "--password-file", &secret(&stage)]);
    stage.done(&[
        "import",
        "salesforce",
        &fixture("salesforce/Billing.connectedApp-meta.xml"),
        &fixture("salesforce/Warehouse.eca-meta.xml"),
        &fixture("salesforce/Warehouse_oauth.ecaOauth-meta.xml"),
        &fixture("salesforce/Warehouse_glbloauth.ecaGlblOauth-meta.xml"),
        "--preauthorize-user",
        "user@acme.example",
    ]);
    for name in ["Billing", "Warehouse"] {
        let id = format!("3MVG9_old_consumer_key.{name}");
        let aud = "https://login.salesforce.com";
        let exp = seconds_now() + 170;
        let claims = json!({"iss": id, "sub": "user@acme.example", "aud": aud, "exp": exp});
        let header = Header::new(Algorithm::RS256);
        let assertion = encode(&header, &claims, &old_key()).expect("signed");
        let request = vidimus_e2e::http::Request::post("/services/oauth2/token").form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &assertion),
        ]);
        let answer = stage.server.exchange(&request);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    stage.tenant_is_as_it_was();
}

#[test]
fn a_dry_run_tells_of_every_member_and_changes_nothing() {
    let stage = Stage::new();
    let arguments = ["import", "keycloak", &fixture("keycloak/acme-realm.json"), "--dry-run"];
    let said = out(&stage.run(&arguments));
    for word in ["mapped", "changed", "dropped", "needs a decision", "left out", "dry run"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let told = stage.json(&arguments);
    assert_eq!(told["applied"], false);
    assert_eq!(told["needs_a_decision"], 1, "the wildcard");
    assert!(stage.show("client", "orders").is_none());
    // Without a server as well: what an export comes to hangs on nothing else.
    let alone = vidimus_e2e::binary::command()
        .args(arguments)
        .current_dir(stage.server.directory().join(".."))
        .output()
        .expect("vidimus runs");
    assert!(alone.status.success());
    assert!(out(&alone).contains("no server was asked"), "{}", out(&alone));
}

fn secret(stage: &Stage) -> String {
    let path = stage.at("password");
    fs::write(&path, "a long enough password\n").expect("written");
    path.display().to_string()
}

fn seconds_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}
