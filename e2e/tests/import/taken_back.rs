//! An import that is interrupted goes on, and one that was a mistake is undone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Stage, err, fixture, out};

const COUNT: usize = 400;

/// More than one batch, each with a secret that is slow to hash.
fn large(stage: &Stage) -> String {
    let client = |at: usize| {
        json!({"clientId": format!("c{at}"), "secret": format!("secret-{at}"),
            "serviceAccountsEnabled": true, "defaultClientScopes": ["orders"]})
    };
    let clients: Vec<Value> = (0..COUNT).map(client).collect();
    let path = stage.at("large.json");
    fs::write(&path, json!({"realm": "large", "clients": clients}).to_string()).expect("written");
    path.display().to_string()
}

#[test]
fn an_import_that_is_killed_goes_on_and_can_be_undone() {
    let mut stage = Stage::new();
    let (large, undo) = (large(&stage), stage.at("undo").display().to_string());
    let arguments = ["import", "keycloak", &large, "--undo", &undo];
    let mut child = stage.command(&arguments).spawn().expect("vidimus runs");
    // Past the first batch and before the last.
    while fs::read_to_string(&undo).unwrap_or_default().lines().count() < 60 {
        assert!(child.try_wait().expect("its own child").is_none(), "too quick to be killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("dead");
    stage.server.restart();
    assert!(stage.show("client", &format!("c{}", COUNT - 1)).is_none(), "it was not done");
    let done = stage.json(&arguments);
    let count = |action: &str| {
        let objects = done["objects"].as_array().expect("objects").iter();
        objects.filter(|object| object["action"] == action).count()
    };
    assert!(count("unchanged") >= 50, "the first batch was there: {}", count("unchanged"));
    assert_eq!(count("unchanged") + count("created"), COUNT);
    for at in [0, 49, 50, COUNT - 1] {
        assert!(stage.authenticates(&format!("c{at}"), &format!("secret-{at}")), "{at}");
    }
    let mode = fs::metadata(&undo).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!fs::read_to_string(&undo).expect("the file").contains("secret-1"));
    // Their use has changed them; that is no reason to keep them.
    let undone = stage.json(&["import", "undo", &undo]);
    assert_eq!(undone["items"].as_array().expect("items").len(), COUNT);
    assert!(stage.show("client", "c0").is_none());
    stage.tenant_is_as_it_was();
    assert_eq!(stage.done(&["import", "undo", &undo]).trim(), "nothing to undo");
}

#[test]
fn what_was_replaced_is_put_back_with_its_secret() {
    let stage = Stage::new();
    let before = stage.show("client", "by-hand").expect("there");
    let path = stage.at("clients.json");
    let export = json!([{"client_id": "by-hand", "client_secret": "another", "scope": "b",
        "grant_types": ["client_credentials"]}, {"client_id": "new", "client_secret": "new-secret",
        "scope": "b", "grant_types": ["client_credentials"]}]);
    fs::write(&path, export.to_string()).expect("written");
    let (path, undo) = (path.display().to_string(), stage.at("undo").display().to_string());
    stage.done(&["import", "hydra", &path, "--existing", "replace", "--undo", &undo]);
    assert!(stage.authenticates("by-hand", "another") && stage.authenticates("new", "new-secret"));
    stage.done(&["import", "undo", &undo]);
    assert!(stage.authenticates("by-hand", "by-hand-secret"));
    assert!(!stage.authenticates("by-hand", "another"));
    assert!(stage.show("client", "new").is_none());
    let after = stage.show("client", "by-hand").expect("there");
    assert_eq!(before["scope"], after["scope"]);
    assert!(after.get("imported").is_none());
    // Its own file, for another export, is refused.
    let refused = stage.refused(&["import", "hydra", &path, "--existing", "skip", "--undo", &undo]);
    assert!(err(&refused).contains("another file"), "{}", err(&refused));
}

#[test]
fn what_has_changed_since_is_left() {
    let stage = Stage::new();
    let (realm, undo) =
        (fixture("keycloak/acme-realm.json"), stage.at("undo").display().to_string());
    let import = ["import", "keycloak", &realm, "--unusable-redirects", "drop", "--undo", &undo];
    stage.done(&import);
    stage.done(&["client", "update", "orders", "--name", "Orders, renamed"]);
    stage.done(&["user", "update", "bob", "--set", "name=Bob"]);
    let dave =
        [("grant_type", "password"), ("username", "dave"), ("password", "dave-old-password")];
    assert_eq!(
        stage.token(Some(("portal", "portal-old-secret")), &dave).1["error"],
        "unauthorized_client"
    );
    let orders = Some(("orders", "orders-old-secret"));
    assert_eq!(stage.token(orders, &dave).0, 200, "whose hash is one of ours from here on");
    let refused = stage.refused(&["import", "undo", &undo]);
    let said = out(&refused);
    assert!(said.contains("changed since"), "{said}");
    assert_eq!(stage.show("client", "orders").expect("left")["client_name"], "Orders, renamed");
    assert!(stage.show("user", "bob").is_some());
    assert!(stage.show("client", "portal").is_none() && stage.show("user", "alice").is_none());
    assert!(stage.show("user", "dave").is_none(), "his use is no reason to keep him");
    stage.tenant_is_as_it_was();
}

#[test]
fn a_world_prunes_nothing_that_was_imported() {
    let stage = Stage::new();
    stage.done(&["import", "wso2", &fixture("wso2/pickup.xml"), "--scope", "test1"]);
    let world = stage.at("world.toml").display().to_string();
    stage.done(&["apply", &world, "--prune"]);
    assert!(stage.authenticates("mVfLyTLjyPoRRoHqEvx9vm3R_e0a", "pickup_old_secret_Qa7wRz5tJm"));
}
