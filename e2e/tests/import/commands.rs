//! Commands over what is made and not declared: tokens, sessions, the trail; and the doctor.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::stage::{Stage, err, fixture, out};

#[test]
fn a_token_is_minted_as_a_dialect_spells_it() {
    let server = Server::dev(&Setup::new(Store::Memory));
    let run = |arguments: &[&str]| {
        binary::command()
            .args(arguments)
            .args(["--server", &server.base_url()])
            .env("VIDIMUS_CREDENTIALS", server.directory().join("dev/vidimus-admin.toml"))
            .output()
            .expect("vidimus runs")
    };
    let mint = [
        "token",
        "mint",
        "--profile",
        "wso2",
        "--tenant",
        "foo.com",
        "--scope",
        "test1",
        "--quiet",
    ];
    let minted = run(&mint);
    assert!(minted.status.success(), "{}", err(&minted));
    let token = out(&minted).trim().to_owned();
    assert_eq!(token.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{token}");
    let request = Request::post("/t/foo.com/oauth2/introspect")
        // As curl sends it: a user's name is not form-encoded.
        .header("Authorization", &format!("Basic {}", STANDARD.encode("admin@foo.com:admin")))
        .form(&[("token", &token)]);
    let seen: Value = serde_json::from_slice(&server.exchange(&request).body).expect("JSON");
    assert_eq!((&seen["active"], &seen["scope"]), (&json!(true), &json!("test1")), "{seen}");
    // Several clients: it is not guessed which.
    let several = run(&["token", "mint", "--tenant", "default", "--quiet"]);
    assert_eq!(several.status.code(), Some(2));
    assert!(err(&several).contains("demo-app"), "{}", err(&several));
    let unknown = run(&["token", "mint", "--client-id", "demo-app", "--profile", "nonsense"]);
    assert!(err(&unknown).contains("standard"), "{}", err(&unknown));
}

#[test]
fn tokens_are_listed_and_cut_off_by_whose_they_are() {
    let stage = Stage::new();
    let mint = ["token", "mint", "--client-id", "by-hand", "--quiet"];
    let token = stage.done(&mint);
    let introspect = || {
        let path = stage.at("token");
        std::fs::write(&path, &token).expect("written");
        stage.json(&["token", "introspect", "--token-file", &path.display().to_string()])
    };
    assert_eq!(introspect()["active"], true);
    let listed = stage.json(&["token", "list", "--client-id", "by-hand"]);
    let items = listed["items"].as_array().expect("items");
    assert_eq!((items.len(), &items[0]["client_id"]), (1, &json!("by-hand")));
    assert!(!listed.to_string().contains(token.trim()));
    stage.done(&["token", "revoke", "--client-id", "by-hand"]);
    assert_eq!(introspect()["active"], false);
    let both = stage.run(&["token", "revoke", "--client-id", "a", "--username", "b"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn the_trail_and_the_sessions_are_listed() {
    let stage = Stage::new();
    stage.done(&["client", "update", "by-hand", "--name", "By hand"]);
    for scope in [&["--tenant", "default"][..], &[]] {
        let audit = stage.json(&[&["audit", "list", "--limit", "1"], scope].concat());
        let entry = &audit["items"][0];
        assert_eq!(entry["by"], "vidimus-admin");
        assert!(entry["action"].as_str().expect("text").contains("client by-hand"), "{entry}");
    }
    assert_eq!(stage.json(&["audit", "check"])["intact"], true);
    assert_eq!(stage.json(&["session", "list"])["items"], json!([]));
    let unknown = stage.refused(&["session", "revoke", "0TircqiwwMy"]);
    assert!(!err(&unknown).is_empty());
}

#[test]
fn the_doctor_looks_at_the_running_server_too() {
    let mut stage = Stage::new();
    let config = stage.at("vidimus.toml").display().to_string();
    let told = stage.json(&["doctor", "--config", &config]);
    let checks = told["checks"].as_array().expect("checks");
    let verdict = |name: &str| {
        let check = checks.iter().find(|check| check["check"] == name);
        check.unwrap_or_else(|| panic!("no {name}: {told}"))["verdict"].clone()
    };
    for name in ["clock", "server clock", "store", "durability", "purge", "signing keys", "aliases"]
    {
        assert_eq!(verdict(name), "ok", "{name}: {told}");
    }
    // Its public URL is a name that leads nowhere.
    assert_eq!(verdict("issuer"), "warning");
    stage.server.kill();
    let told = stage.json(&["doctor", "--config", &config]);
    let skipped = told["checks"].as_array().expect("checks").iter();
    assert_eq!(skipped.filter(|check| check["verdict"] == "skipped").count(), 5, "{told}");
}

#[test]
fn clients_are_found_by_what_they_are() {
    let stage = Stage::new();
    stage.done(&[
        "import",
        "hydra",
        &fixture("hydra/hydra_client.csv"),
        &fixture("hydra/clients.json"),
        "--masked-secrets",
        "skip",
        "--unusable-redirects",
        "drop",
    ]);
    let found = |flags: &[&str]| {
        let listed = stage.json(&[&["client", "list"], flags].concat());
        let items = listed["items"].as_array().expect("items").iter();
        let ids = items.map(|item| item["client_id"].as_str().expect("an id").to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(found(&["--source", "declared"]), ["by-hand"]);
    assert_eq!(found(&["--redirect-host", "shop.example"]), ["shop-web"]);
    assert_eq!(found(&["--scope", "orders:write"]).len(), 1);
    assert_eq!(found(&["--begins", "Billi"]).len(), 1, "by its name");
    assert_eq!(found(&["--unused-for", "1w"]), [""; 0], "all are younger");
    assert!(found(&["--enabled", "false"]).is_empty());
    assert!(stage.authenticates("by-hand", "by-hand-secret"));
    let wrong = stage.run(&["client", "list", "--unused-for", "soon"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("such as 30d"), "{}", err(&wrong));
}
