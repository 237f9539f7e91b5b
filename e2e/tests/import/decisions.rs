//! What nobody but the operator can say is asked, and nothing is guessed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::stage::{Stage, fixture, out, text};

#[test]
fn masked_secrets_are_never_imported() {
    let stage = Stage::new();
    let partial = fixture("keycloak/partial.json");
    let arguments = ["import", "keycloak", &partial, "--unusable-redirects", "drop"];
    let refused = stage.refused(&arguments);
    let said = out(&refused);
    assert!(said.contains("masked in the export"), "{said}");
    assert!(said.contains("--masked-secrets skip|generate"), "{said}");
    assert!(stage.show("client", "mobile").is_none(), "nothing is imported before it is decided");
    let skip = [&arguments[..], &["--masked-secrets", "skip"]].concat();
    stage.done(&skip);
    assert!(stage.show("client", "orders").is_none());
    assert!(stage.show("client", "mobile").is_some());
    let secrets = stage.at("secrets.json").display().to_string();
    let generate =
        [&arguments[..], &["--masked-secrets", "generate", "--secrets", &secrets]].concat();
    for _ in 0..2 {
        stage.done(&generate);
        let mode = fs::metadata(&secrets).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let made: Value =
            serde_json::from_str(&fs::read_to_string(&secrets).expect("the file")).expect("JSON");
        let secret = made["clients"]["orders"].as_str().expect("a secret");
        assert!(stage.authenticates("orders", secret), "the same one the second time");
        for mask in ["**********", "*", ""] {
            assert!(!stage.authenticates("orders", mask));
        }
    }
}

#[test]
fn encrypted_and_missing_secrets_are_asked_about() {
    let stage = Stage::new();
    let table = fixture("wso2/IDN_OAUTH_CONSUMER_APPS.csv");
    let said = out(&stage.refused(&["import", "wso2", &table, "--scope", "test1"]));
    assert!(said.contains("encrypted under a key of the old server"), "{said}");
    let pickup = fixture("wso2/pickup.xml");
    let said = out(&stage.refused(&["import", "wso2", &pickup]));
    assert!(said.contains("--scope"), "{said}");
}

#[test]
fn what_is_here_already_is_left_until_told_otherwise() {
    let stage = Stage::new();
    let path = stage.at("clients.json");
    let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let export = format!(
        "[{{\"client_id\": \"by-hand\", \"client_secret\": \"{hash}\", \"scope\": \"b\", \
         \"grant_types\": [\"client_credentials\"]}}]"
    );
    fs::write(&path, export).expect("written");
    let path = path.display().to_string();
    let said = out(&stage.refused(&["import", "hydra", &path]));
    assert!(said.contains("--existing skip|replace"), "{said}");
    stage.done(&["import", "hydra", &path, "--existing", "skip"]);
    assert!(stage.authenticates("by-hand", "by-hand-secret"));
    stage.done(&["import", "hydra", &path, "--existing", "replace"]);
    assert!(stage.authenticates("by-hand", "U*U"));
    assert!(!stage.authenticates("by-hand", "by-hand-secret"));
}

#[test]
fn hostile_hashes_and_entities_are_refused() {
    let stage = Stage::new();
    let path = stage.at("clients.json");
    for hash in [
        "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$pbkdf2-sha256$i=4000000000,l=32$VI1K2hsmvxq1Urky3DQY/w$gE/SJ29k8+Esw5fJdxUrJHewh+hUkKhYhlMJjRzFjDQ",
    ] {
        fs::write(&path, format!("[{{\"client_id\": \"x\", \"client_secret\": \"{hash}\"}}]"))
            .expect("written");
        let said = out(&stage.refused(&["import", "hydra", &path.display().to_string()]));
        assert!(said.contains("kind or cost"), "{said}");
        // Nor by the admin API, whatever the command line thinks of it.
        let set = format!("client_secret_hash={hash}");
        let output = stage.run(&["client", "create", "x", "--set", &set]);
        assert!(!output.status.success());
    }
    let bomb = text("wso2/pickup.xml")
        .replace("<ServiceProvider>", "<!DOCTYPE x [<!ENTITY y \"z\">]><ServiceProvider>");
    fs::write(&path, bomb).expect("written");
    stage.refused(&["import", "wso2", &path.display().to_string(), "--scope", "a"]);
}
