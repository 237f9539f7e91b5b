//! Trusted issuers, registration tokens, API tokens and certificates, by command and by world file.

mod harness;

use std::fs;

use harness::{Server, stderr, stdout};
use serde_json::{Value, json};

fn explain(server: &Server, token: &str) -> Value {
    let output = server.with_input(&["token", "explain", "-o", "json"], token);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn an_api_token_is_minted_shown_once_and_deleted_with_its_user() {
    let server = Server::start(Server::configured(), &["serve"]);
    server.json(&["user", "create", "carol"]);
    let order = ["token", "mint", "--api-token", "--user", "carol", "--scope", "openid"];
    let made = server.command(&[&order[..], &["--id", "ci", "-o", "json"]].concat()).output();
    let made = made.unwrap();
    assert!(stderr(&made).contains("keep the token"), "{}", stderr(&made));
    let reply: Value = serde_json::from_str(&stdout(&made)).unwrap();
    assert_eq!((&reply["id"], &reply["scope"]), (&json!("ci"), &json!("openid")));
    let told = explain(&server, reply["token"].as_str().unwrap());
    assert_eq!(
        (&told["active"], &told["token"]["kind"], &told["token"]["username"]),
        (&json!(true), &json!("api_token"), &json!("carol"))
    );
    let quiet = server.command(&[&order[..], &["--quiet", "--expires-in", "60"]].concat()).output();
    let quiet = quiet.unwrap();
    assert_eq!((stdout(&quiet).lines().count(), stderr(&quiet)), (1, String::new()));
    assert_eq!(explain(&server, stdout(&quiet).trim())["active"], true);
    let chosen =
        server.with_input(&[&order[..], &["--token-file", "-"]].concat(), "a-chosen-text\n");
    assert!(chosen.status.success() && !stdout(&chosen).contains("a-chosen-text"));
    assert_eq!(explain(&server, "a-chosen-text")["active"], true);
    let again =
        server.with_input(&[&order[..], &["--token-file", "-"]].concat(), "a-chosen-text\n");
    assert!(stderr(&again).contains("has this text already"), "{}", stderr(&again));
    server.json(&["user", "delete", "carol"]);
    assert_eq!(explain(&server, "a-chosen-text")["reason"], "user_deleted");
    for wrong in [
        &["token", "mint"][..],
        &["token", "mint", "--api-token"],
        &["token", "mint", "--api-token", "--user", "carol", "--client-id", "c"],
        &["token", "mint", "--client-id", "c", "--expires-in", "60"],
        &["registration-token", "create", "--set", "token=some-secret"],
    ] {
        let output = server.command(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn issuers_and_registration_tokens_are_administered_by_commands() {
    let server = Server::start(Server::configured(), &["serve"]);
    let folder = server.folder.path();
    let id = "https://idp.example/a b?c";
    let uri = "https://idp.example/jwks";
    let keys = ["--subject", "alice", "--subject", "bob", "--scope", "api"];
    let made = server.json(&[&["issuer", "create", id, "--jwks-uri", uri], &keys[..]].concat());
    assert_eq!((&made["issuer"], &made["subjects"]), (&json!(id), &json!(["alice", "bob"])));
    assert_eq!(server.json(&["issuer", "update", id, "--disable"])["disabled"], true);
    fs::write(folder.join("keys.json"), "{\"keys\": []}").unwrap();
    let order = ["issuer", "update", id, "--unset", "jwks_uri", "--jwks-file", "keys.json"];
    let refused = server.command(&order).output().unwrap();
    assert!(stderr(&refused).contains("1 to 20 keys"), "{}", stderr(&refused));
    let listed = server.command(&["issuer", "list"]).output().unwrap();
    assert!(stdout(&listed).starts_with("ISSUER"), "{}", stdout(&listed));
    assert_eq!(server.json(&["issuer", "show", id])["jwks_uri"], uri);
    server.json(&["issuer", "delete", id]);
    assert_eq!(server.json(&["issuer", "list"])["items"], json!([]));

    let create = ["registration-token", "create", "partners", "--uses", "3"];
    let made = server.json(&create);
    assert!(made["token"].as_str().unwrap().starts_with("vit_"), "{made}");
    assert_eq!((&made["uses_left"], &made["id"]), (&json!(3), &json!("partners")));
    let shown = server.json(&["registration-token", "show", "partners"]);
    assert_eq!(shown.get("token"), None);
    let update = ["registration-token", "update", "partners", "--expires-in", "60"];
    let lived = |shown: &Value| shown["expires_at"].as_i64().unwrap();
    assert!(lived(&server.json(&update)) < lived(&made));
    let listed = server.command(&["registration-token", "list"]).output().unwrap();
    assert!(stdout(&listed).contains("USES_LEFT"), "{}", stdout(&listed));
    server.json(&["registration-token", "delete", "partners"]);
    assert_eq!(server.json(&["registration-token", "list"])["items"], json!([]));
}

const WORLD: &str = r##"
[[tenant]]
id = "t"
[tenant.look]
name = "T & Co"
color = "#1a73e8"
logo_file = "logo.png"

[[tenant.client]]
client_id = "app"
redirect_uris = ["https://app.example/cb"]
subject_type = "pairwise"
backchannel_logout_uri = "https://app.example/out"
assertion_certificates_files = ["keys/app.pem"]
preauthorized_users = ["*"]

[[tenant.user]]
username = "carol"

[[tenant.api_token]]
token_file = "api.token"
username = "carol"

[[tenant.registration_token]]
token = "initial-access"
uses = 100

[[tenant.trusted_issuer]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
subjects = ["*"]
scope = "api"
"##;

#[test]
fn a_world_with_all_of_them_is_made_once() {
    let folder = Server::configured();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["app".to_owned()]).unwrap();
    fs::write(folder.path().join("keys/app.pem"), made.cert.pem()).unwrap();
    fs::write(folder.path().join("api.token"), "the-api-token\n").unwrap();
    fs::write(folder.path().join("logo.png"), b"\x89PNG\r\n\x1a\n\xff\0").unwrap();
    fs::write(folder.path().join("w.toml"), WORLD).unwrap();
    let mut server = Server::start(folder, &["serve", "--apply", "w.toml"]);
    for line in [
        "+ t: client app",
        "+ t: user carol",
        "+ t: trusted-issuer https://idp.example",
        "+ t: registration-token registration/1",
        "+ t: api-token carol/1",
    ] {
        assert!(server.log().contains(line), "{line}: {}", server.log());
    }
    let app = server.json(&["client", "show", "app", "--tenant", "t"]);
    assert_eq!(app["assertion_certificates"].as_array().unwrap().len(), 1);
    assert_eq!(app["preauthorized_users"], json!(["*"]));
    assert_eq!(app["subject_type"], "pairwise");
    assert_eq!(app["backchannel_logout_uri"], "https://app.example/out");
    let look = json!({"name": "T & Co", "color": "#1a73e8", "logo": "image/png"});
    assert_eq!(server.json(&["tenant", "show", "t"])["look"], look);
    let order = ["token", "explain", "--tenant", "t", "-o", "json"];
    let output = server.with_input(&order, "the-api-token");
    assert!(stdout(&output).contains("\"active\": true"), "{}", stdout(&output));
    server.stop();
    server.launch(&["serve", "--apply", "w.toml"]);
    assert!(server.log().contains("apply: nothing to do"), "{}", server.log());
    let fewer = WORLD.split("[[tenant.api_token]]").next().unwrap();
    fs::write(server.folder.path().join("w.toml"), fewer).unwrap();
    let pruned = server.command(&["apply", "w.toml", "--prune"]).output().unwrap();
    let expected = "- t: trusted-issuer https://idp.example\n\
                    - t: registration-token registration/1\n- t: api-token carol/1\n";
    assert_eq!(stdout(&pruned), expected, "{}", stderr(&pruned));
    let output = server.with_input(&order, "the-api-token");
    assert!(stdout(&output).contains("\"active\": false"), "{}", stdout(&output));
}

#[test]
fn a_client_gets_certificates_and_users_by_command() {
    let server = Server::start(Server::configured(), &["serve"]);
    let made = rcgen::generate_simple_self_signed(vec!["app".to_owned()]).unwrap();
    fs::write(server.folder.path().join("app.pem"), made.cert.pem()).unwrap();
    let order = [
        "client",
        "create",
        "app",
        "--assertion-certificate",
        "app.pem",
        "--preauthorize-user",
        "*",
    ];
    let app = server.json(&order);
    assert_eq!(app["assertion_certificates"].as_array().unwrap().len(), 1);
    assert_eq!(app["preauthorized_users"], json!(["*"]));
    let key = server.folder.path().join("key.pem");
    fs::write(key, made.signing_key.serialize_pem()).unwrap();
    let order = ["client", "update", "app", "--assertion-certificate", "key.pem"];
    let refused = server.command(&order).output().unwrap();
    assert!(stderr(&refused).contains("private key"), "{}", stderr(&refused));
    let app = server.json(&["client", "update", "app", "--unset", "assertion_certificates"]);
    assert_eq!(app.get("assertion_certificates"), None);
}

#[test]
fn a_client_is_found_at_the_root_as_long_as_its_tenant_lets_it() {
    let folder = Server::configured();
    let world = "[[tenant]]\nid = \"foo.com\"\n[tenant.policy]\nreachable_at_root = true\n\
                 [[tenant.client]]\nclient_id = \"seen\"\nclient_secret = \"chosen-secret\"\n\
                 grant_types = [\"client_credentials\"]\nscope = \"a\"\n";
    fs::write(folder.path().join("w.toml"), world).unwrap();
    let server = Server::start(folder, &["serve", "--apply", "w.toml"]);
    let token = |path: &str| {
        let form = Some("grant_type=client_credentials");
        server.ask(path, Some(("seen", "chosen-secret")), form).0
    };
    assert_eq!((token("/oauth2/token"), token("/t/foo.com/oauth2/token")), (200, 200));
    let taken = server.command(&["client", "create", "seen"]).output().unwrap();
    assert!(
        stderr(&taken).contains("Another tenant has a client of this id"),
        "{}",
        stderr(&taken)
    );
    let order = ["tenant", "update", "foo.com", "--set"];
    server.json(&[&order[..], &["policy.reachable_at_root=false"]].concat());
    assert_eq!((token("/oauth2/token"), token("/t/foo.com/oauth2/token")), (401, 200));
    server.json(&["client", "create", "seen"]);
    let on = [&order[..], &["policy.reachable_at_root=true"]].concat();
    let taken = server.command(&on).output().unwrap();
    assert!(stderr(&taken).contains("tenant default has one of that id"), "{}", stderr(&taken));
    server.json(&["client", "delete", "seen"]);
    server.json(&on);
    assert_eq!(token("/oauth2/token"), 200);
}
