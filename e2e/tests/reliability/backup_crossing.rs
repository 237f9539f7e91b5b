//! REL-021: a backup is the way from SQLite to PostgreSQL and back, and not a row is another then.

use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, admin_token, create};

use crate::backup::{Site, TABLES, config, done, open, rows};
use crate::ground::Ground;

/// Something of each table.
const WORLD: &str = r#"
[[tenant]]
id = "default"

[[tenant.user]]
username = "zoë@example.com"
password = "correct horse battery staple"

[[tenant.api_token]]
id = "nightly"
username = "zoë@example.com"
token = "an-api-token-of-0123456789-abcdef"

[[tenant]]
id = "rooted"
policy = { reachable_at_root = true }

[[tenant.client]]
client_id = "device"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
token_endpoint_auth_method = "none"
"#;

#[test]
fn rel_021_from_sqlite_to_postgres_and_back_every_row_is_the_same() {
    let setup = Setup::new(Store::Sqlite).world(WORLD);
    let mut ground = Ground::start(&setup);
    let subject = &ground.subject;
    let admin = admin_token(&subject.server);
    let token = subject.token();
    let family = subject.server.exchange(&subject.mint_family(&admin)).member("refresh_token");
    assert_eq!(subject.server.exchange(&ground.once(7)).status, 200);
    let revoked = subject.token();
    assert_eq!(subject.server.exchange(&subject.revoke(&revoked)).status, 200);
    create(&subject.server, &admin, "resource-servers", &json!({"id": "idle", "disabled": true}));
    let device =
        Request::post("/t/rooted/oauth2/device_authorization").form(&[("client_id", "device")]);
    assert_eq!(subject.server.exchange(&device).status, 200);
    ground.subject.server.terminate();

    let subject = &ground.subject;
    let (middle, last) = (
        Site::new(&Store::Postgres, &setup.master_key),
        Site::new(&Store::Sqlite, &setup.master_key),
    );
    let (first, second) = (middle.path("first.backup"), middle.path("second.backup"));
    let keep = &["--keep-tokens"];
    let made = done("backup", &config(&subject.server), &first, &[]);
    let restored = done("restore", &middle.config(), &first, keep);
    assert_eq!((&restored["rows"], &restored["from"]), (&made["rows"], &json!("sqlite")));
    done("backup", &middle.config(), &second, &[]);
    let restored = done("restore", &last.config(), &second, keep);
    assert_eq!((&restored["rows"], &restored["from"]), (&made["rows"], &json!("postgres")));
    let source = subject.server.store_url().strip_prefix("sqlite:").expect("a file");
    let (one, other) = (open(source.as_ref()), open(&last.database()));
    for table in TABLES {
        let rows = [rows(&one, table), rows(&other, table)];
        assert!(!rows[0].is_empty(), "nothing of {table} was carried over");
        assert_eq!(rows[0], rows[1], "{table}");
    }
    // And each of them serves.
    for site in [&middle, &last] {
        let there: Subject = site.serve(subject, &Setup::new(Store::Memory));
        assert!(there.is_active(&token) && there.is_active(&family));
        assert!(!there.is_active(&revoked));
        assert!(there.is_active(&there.token()));
        // As an assertion that was used there is used here.
        assert_eq!(there.server.exchange(&ground.once(7)).status, 401);
    }
}
