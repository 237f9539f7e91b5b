//! REL-022: what was revoked or used after a backup was taken is not good again once it is restored.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, admin_token};

use crate::backup::{Site, config, done, open};
use crate::ground::Ground;

const API_TOKEN: &str = "an-api-token-of-0123456789-abcdef";
const WORLD: &str = r#"
[[tenant]]
id = "default"

[[tenant.user]]
username = "alice@example.com"
password = "correct horse battery staple"

[[tenant.client]]
client_id = "keeper"
client_secret = "a-secret-of-0123456789-abcdef-chosen"
grant_types = ["client_credentials", "refresh_token"]
scope = "read"

[[tenant.client]]
client_id = "device"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
token_endpoint_auth_method = "none"

[[tenant.api_token]]
id = "nightly"
username = "alice@example.com"
token = "an-api-token-of-0123456789-abcdef"
"#;

const KEEPER: (&str, &str) = ("keeper", "a-secret-of-0123456789-abcdef-chosen");

fn family(server: &Server, admin: &str) -> Response {
    let order = json!({"client_id": KEEPER.0, "refresh": true});
    server.exchange(&Request::post("/admin/v1/tenants/default/tokens").bearer(admin).json(&order))
}

fn refresh(server: &Server, token: &str) -> u16 {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let request = Request::post("/oauth2/token").basic(KEEPER.0, KEEPER.1).form(&form);
    server.exchange(&request).status
}

fn revoke(server: &Server, token: &str) -> u16 {
    let request = Request::post("/oauth2/revoke").basic(KEEPER.0, KEEPER.1);
    server.exchange(&request.form(&[("token", token)])).status
}

fn by_api_token(server: &Server) -> u16 {
    let request = Request::post("/csp/gateway/am/api/auth/api-tokens/authorize");
    server.exchange(&request.form(&[("api_token", API_TOKEN)])).status
}

/// What the device is told: not yet, or that there is no such code.
fn poll(server: &Server, code: &str) -> String {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let form = [("grant_type", grant), ("device_code", code), ("client_id", "device")];
    server.exchange(&Request::post("/oauth2/token").form(&form)).member("error")
}

fn restored_to(to: &Store) {
    let setup = Setup::new(Store::Sqlite).world(WORLD);
    let mut ground = Ground::start(&setup);
    let subject = &ground.subject;
    let admin = admin_token(&subject.server);
    let site = Site::new(to, &setup.master_key);
    let file = site.path("taken.backup");
    let tokens = [subject.token(), subject.token()];
    let families: Vec<_> = (0..2).map(|_| family(&subject.server, &admin)).collect();
    let refreshes: Vec<_> = families.iter().map(|answer| answer.member("refresh_token")).collect();
    let device = Request::post("/oauth2/device_authorization").form(&[("client_id", "device")]);
    let device = subject.server.exchange(&device).member("device_code");
    assert_eq!(poll(&subject.server, &device), "authorization_pending");
    assert_eq!(by_api_token(&subject.server), 200);
    let (before, after) = (ground.once(1), ground.once(2));
    assert_eq!(subject.server.exchange(&before).status, 200);

    done("backup", &config(&subject.server), &file, &[]);
    assert_eq!(subject.server.exchange(&subject.revoke(&tokens[0])).status, 200);
    assert_eq!(revoke(&subject.server, &refreshes[0]), 200);
    assert_eq!(refresh(&subject.server, &refreshes[1]), 200);
    assert_eq!(subject.server.exchange(&after).status, 200);
    let unknown = subject.token();
    ground.subject.server.kill();
    // Assertions tell whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let restored = done("restore", &site.config(), &file, &[]);
    assert_eq!(restored["tokens"], "cut off");

    // Without the world: what was declared in it comes again with it alone.
    let there = site.serve(&ground.subject, &Setup::new(Store::Memory));
    let of_before = tokens.iter().chain(&refreshes).chain([&unknown, &admin]);
    let revived: Vec<_> = of_before.filter(|token| there.is_active(token)).collect();
    assert!(revived.is_empty(), "good again after a restore: {revived:?}");
    for one in &families {
        assert!(!there.is_active(&one.member("access_token")));
        assert_eq!(refresh(&there.server, &one.member("refresh_token")), 400);
    }
    assert_eq!(poll(&there.server, &device), "invalid_grant");
    assert_ne!(by_api_token(&there.server), 200);
    for used in [&before, &after] {
        assert_eq!(there.server.exchange(used).status, 401, "an assertion is used twice");
    }
    // Whatever is begun now is good.
    assert!(there.is_active(&there.token()));
    let admin = admin_token(&there.server);
    let minted = family(&there.server, &admin);
    assert!(there.is_active(&minted.member("access_token")));
    assert_eq!(refresh(&there.server, &minted.member("refresh_token")), 200);
    assert_eq!(there.server.exchange(&ground.once(3)).status, 200);
    tells_why(&there, &admin, &tokens[0]);
    drop(there);
    let there = site.serve(&ground.subject, &Setup::new(Store::Memory).world(WORLD));
    assert_eq!(by_api_token(&there.server), 200, "declared again, it is good again");
}

fn tells_why(subject: &Subject, admin: &str, token: &str) {
    let order = json!({ "token": token });
    let request = Request::post("/admin/v1/tenants/default/tokens/explain").bearer(admin);
    let answer = subject.server.exchange(&request.json(&order));
    assert!(answer.text().contains("cut_off"), "{} {}", answer.status, answer.text());
}

#[test]
fn rel_022_nothing_of_before_a_restore_is_good_again_on_sqlite() {
    restored_to(&Store::Sqlite);
}

#[test]
fn rel_022_nothing_of_before_a_restore_is_good_again_on_postgres() {
    restored_to(&Store::Postgres);
}

#[test]
fn rel_022_what_was_made_by_a_clock_ahead_is_not_good_again_either() {
    let setup = Setup::new(Store::Sqlite);
    let mut subject = Subject::start(&setup);
    let admin = admin_token(&subject.server);
    let token = subject.server.exchange(&subject.mint_family(&admin)).member("access_token");
    subject.server.terminate();
    let db = crate::many::open(&subject.server);
    let (key, kept): (i64, i64) = db
        .query_row("SELECT max(key), count(*) FROM token", (), |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a token");
    // A day ahead, the row as well as its key; its text is found no longer, its row would be.
    let day = 86_400_000_i64;
    let ahead = format!(
        "UPDATE token SET key = key + ({day} << 22), issued_at = issued_at + {day}, \
         expires_at = expires_at + {day} WHERE key = {key}; \
         UPDATE family SET key = key + ({day} << 22); \
         UPDATE token SET family = family + ({day} << 22)"
    );
    db.execute_batch(&ahead).expect("moved");
    drop(db);
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let file = site.path("taken.backup");
    done("backup", &config(&subject.server), &file, &[]);
    done("restore", &site.config(), &file, &[]);
    let db = open(&site.database());
    let left = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        db.query_row(&sql, (), |row| row.get(0)).expect("a count")
    };
    assert_eq!((left("token"), left("family")), (kept - 1, 0));
    drop(db);
    assert!(!site.serve(&subject, &setup).is_active(&token));
}

#[test]
fn rel_022_tokens_that_are_kept_are_said_to_be() {
    let setup = Setup::new(Store::Sqlite);
    let mut subject = Subject::start(&setup);
    let token = subject.token();
    subject.server.terminate();
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let file = site.path("taken.backup");
    done("backup", &config(&subject.server), &file, &[]);
    let output = crate::backup::run("restore", &site.config(), &file, &["--keep-tokens"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("good again"), "{told}");
    let object: Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!(object["tokens"], "kept");
    assert!(site.serve(&subject, &setup).is_active(&token));
}
