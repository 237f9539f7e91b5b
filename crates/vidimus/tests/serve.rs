//! `serve` and the commands that speak to it.

mod harness;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use harness::{Server, stderr, stdout, vidimus, write_private};
use serde_json::{Value, json};

#[test]
fn a_master_key_is_required_and_must_be_good() {
    let folder = Server::configured();
    let key = folder.path().join("vidimus.key");
    let good = harness::read(&key);
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (text, why) in [
        (None, "vidimus key generate-master > vidimus.key"),
        (Some("c2hvcnQ="), "5 bytes instead of 32"),
        (Some(zeros), "a sample, not random bytes"),
        (Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), "a sample, not random bytes"),
        (Some("not base64"), "not base64"),
    ] {
        let _ = fs::remove_file(&key);
        if let Some(text) = text {
            write_private(&key, text);
        }
        let output = vidimus(folder.path()).arg("serve").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert!(!folder.path().join("vidimus.db").exists(), "nothing was touched");
    }
    write_private(&key, &good);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let output = vidimus(folder.path()).arg("serve").output().unwrap();
    assert!(stderr(&output).contains("chmod 600"), "{}", stderr(&output));
}

#[test]
fn a_redirected_master_key_is_closed_to_others() {
    let folder = Server::folder();
    let path = folder.path().join("vidimus.key");
    let file = fs::File::create(&path).unwrap();
    let status =
        vidimus(folder.path()).args(["key", "generate-master"]).stdout(file).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_first_start_makes_an_administrator_and_later_ones_do_not() {
    let mut server = Server::start(Server::configured(), &["serve"]);
    let mode = fs::metadata(server.credentials()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let credentials = harness::read(&server.credentials());
    let tenants = server.json(&["tenant", "list"]);
    assert_eq!(tenants["items"][0]["id"], "default");
    assert!(server.stop().success(), "{}", server.log());
    server.launch(&["serve"]);
    assert_eq!(harness::read(&server.credentials()), credentials);
    assert_eq!(server.log().matches("administrator's credentials").count(), 1);
    server.json(&["tenant", "list"]);
    // Lost, and made anew.
    server.stop();
    fs::remove_file(server.credentials()).unwrap();
    server.launch(&["serve", "--renew-credentials"]);
    assert_ne!(harness::read(&server.credentials()), credentials);
    server.json(&["tenant", "list"]);
}

#[test]
fn a_second_server_on_the_same_file_refuses() {
    let server = Server::start(Server::configured(), &["serve"]);
    let output = vidimus(server.folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is in use"), "{}", stderr(&output));
    server.json(&["tenant", "list"]);
}

#[test]
fn apply_is_idempotent_and_prints_its_diff() {
    let folder = Server::configured();
    let world = "[[tenant]]\nid = \"t\"\n[[tenant.client]]\nclient_id = \"c\"\n\
                 client_secret = \"chosen\"\ngrant_types = [\"client_credentials\"]\nscope = \"a b\"\n";
    fs::write(folder.path().join("w.toml"), world).unwrap();
    let mut server = Server::start(folder, &["serve", "--apply", "w.toml"]);
    assert!(server.log().contains("+ t: client c"), "{}", server.log());
    let apply = |arguments: &[&str]| {
        let output = server.command(&[&["apply", "w.toml"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(apply(&[]), "nothing to do\n");
    fs::write(server.folder.path().join("w.toml"), world.replace("a b", "a")).unwrap();
    let changed = "~ t: client c (scope)\n";
    assert_eq!(
        apply(&["--dry-run"]),
        format!("{changed}nothing was changed: this was a dry run\n")
    );
    assert_eq!(apply(&[]), changed);
    assert_eq!(apply(&[]), "nothing to do\n");
    let form = Some("grant_type=client_credentials");
    let (status, token) = server.ask("/t/t/oauth2/token", Some(("c", "chosen")), form);
    assert_eq!((status, &token["scope"]), (200, &json!("a")));
    // What the server finds wrong is told at its place in the file too.
    fs::write(server.folder.path().join("w.toml"), world.replace("\"t\"", "\"a/b\"")).unwrap();
    let refused = server.command(&["apply", "w.toml"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).starts_with("vidimus: w.toml:2:1: tenant[0].id: "), "{refused:?}");
    // At the next start nothing has to be done.
    fs::write(server.folder.path().join("w.toml"), world.replace("a b", "a")).unwrap();
    server.stop();
    server.launch(&["serve", "--apply", "w.toml"]);
    assert!(server.log().contains("apply: nothing to do"), "{}", server.log());
}

#[test]
fn objects_and_tokens_are_administered_by_commands() {
    let server = Server::start(Server::configured(), &["serve"]);
    let tenant = server.json(&[
        "tenant",
        "create",
        "foo.com",
        "--set",
        "policy.access_token_ttl_seconds=60",
    ]);
    assert_eq!(tenant["policy"]["access_token_ttl_seconds"], 60);
    let of = ["--tenant", "foo.com"];
    let on = |arguments: &[&str]| server.json(&[arguments, &of].concat());
    let made =
        on(&["client", "create", "app/1", "--grant-type", "client_credentials", "--scope", "a b"]);
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    assert!(on(&["client", "show", "app/1"]).get("client_secret").is_none());
    on(&["resource-server", "create", "api", "--audience", "https://api.example"]);
    let created = server.with_input(
        &["user", "create", "u", "--password-file", "-", "--tenant", "foo.com"],
        "password\n",
    );
    assert!(created.status.success(), "{}", stderr(&created));
    assert_eq!(on(&["user", "list"])["items"][0]["username"], "u");
    let form = Some("grant_type=client_credentials&resource=https://api.example");
    let (status, issued) = server.ask("/t/foo.com/oauth2/token", Some(("app/1", &secret)), form);
    assert_eq!((status, issued["expires_in"].as_i64()), (200, Some(60)), "{issued}");
    let token = issued["access_token"].as_str().unwrap();
    let explain = |caller: &str| {
        let arguments = ["token", "explain", "--caller", caller, "-o", "json", of[0], of[1]];
        let output = server.with_input(&arguments, token);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()
    };
    assert_eq!(explain("api")["active"], true);
    let renewed = on(&["client", "update", "app/1", "--renew-secret"]);
    let renewed = renewed["client_secret"].as_str().unwrap();
    for (secret, expected) in [(&*secret, 401), (renewed, 200)] {
        let (status, answer) = server.ask("/t/foo.com/oauth2/token", Some(("app/1", secret)), form);
        assert_eq!(status, expected, "{answer}");
    }
    on(&["client", "update", "app/1", "--disable"]);
    let explained = explain("api");
    assert_eq!(explained["active"], false);
    assert!(explained["why"].is_string(), "{explained}");
    on(&["client", "delete", "app/1"]);
    let gone = server.command(&["client", "show", "app/1", of[0], of[1]]).output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    let twice = server.command(&["tenant", "create", "foo.com"]).output().unwrap();
    assert_eq!(twice.status.code(), Some(1));
    assert!(stderr(&twice).contains("exists already"), "{}", stderr(&twice));
}

#[test]
fn minting_and_keys() {
    let server = Server::start(Server::configured(), &["serve"]);
    server.json(&["client", "create", "c", "--grant-type", "client_credentials", "--scope", "a"]);
    let output =
        server.command(&["token", "mint", "--client-id", "c", "--quiet"]).output().unwrap();
    let token = stdout(&output);
    assert_eq!(token.lines().count(), 1, "{}", stderr(&output));
    let introspect = ["token", "introspect", "-o", "json"];
    let answer = |token: &str| stdout(&server.with_input(&introspect, token));
    assert!(answer(&token).contains("\"active\": true"), "{}", answer(&token));
    assert!(server.with_input(&["token", "revoke"], &token).status.success());
    assert!(answer(&token).contains("\"active\": false"));
    server.json(&["key", "rotate", "--alg", "ES256"]);
    let keys = server.json(&["key", "list"]);
    assert_eq!(keys["items"][0]["alg"], "ES256", "{keys}");
    server.json(&["key", "rotate", "--alg", "EdDSA"]);
    let algorithms = |made: &Value| -> Vec<String> {
        let items = made["items"].as_array().unwrap().iter();
        items.map(|key| key["alg"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(algorithms(&server.json(&["key", "rotate"])), ["ES256", "EdDSA"]);
    let made = server.json(&["key", "rotate", "--compromised"]);
    assert_eq!(algorithms(&made), ["ES256", "EdDSA"]);
    let keys = server.json(&["key", "list"]);
    let revoked = keys["items"].as_array().unwrap().iter().filter(|k| k["state"] == "revoked");
    assert_eq!(revoked.count(), 4, "{keys}");
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let server = Server::start(Server::configured(), &["serve"]);
    let well = server.command(&["doctor"]).output().unwrap();
    assert!(well.status.success(), "{}{}", stdout(&well), stderr(&well));
    fs::set_permissions(server.folder.path().join("vidimus.key"), Permissions::from_mode(0o604))
        .unwrap();
    let ill = server.command(&["doctor", "-o", "json"]).output().unwrap();
    assert_eq!(ill.status.code(), Some(1));
    let checks: Value = serde_json::from_str(&stdout(&ill)).unwrap();
    let failed: Vec<_> = checks["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["verdict"] == "failed")
        .map(|check| check["check"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["master key"]);
}

#[test]
fn the_doctor_knows_the_key_of_a_store() {
    let mut server = Server::start(Server::configured(), &["serve"]);
    assert!(server.stop().success());
    let doctor = || stdout(&server.command(&["doctor"]).output().unwrap());
    assert!(!doctor().contains("failed"), "{}", doctor());
    let path = server.folder.path().join("vidimus.key");
    let file = fs::File::create(path).unwrap();
    vidimus(server.folder.path()).args(["key", "generate-master"]).stdout(file).status().unwrap();
    assert!(doctor().contains("another master key"), "{}", doctor());
}
