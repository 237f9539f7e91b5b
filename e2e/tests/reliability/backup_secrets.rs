//! SEC-275: no secret of anybody's stands in a backup, and what is sealed in it opens in its own place
//! under its own key alone.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rusqlite::Connection;
use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store, master_key};
use vidimus_e2e::subject::{Subject, admin_token, create};

use crate::backup::{Site, config, done, refused};

const PASSWORD: &str = "correct horse battery staple";
const OTHER: &str = "other.example";
const WORLD: &str = r#"
[[tenant]]
id = "default"

[[tenant.user]]
username = "alice@example.com"
password = "correct horse battery staple"

[[tenant.api_token]]
id = "nightly"
username = "alice@example.com"
token = "an-api-token-of-0123456789-abcdef"

[[tenant]]
id = "other.example"

[[tenant.client]]
client_id = "signed"
client_secret = "a-secret-of-0123456789-abcdef-chosen"
grant_types = ["client_credentials"]
access_token_format = "jwt"
"#;

/// PKCS #8 (RFC 5958): version 0 and the algorithm of an elliptic curve, as every private key begins.
const PRIVATE_KEY: [u8; 14] =
    [0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

fn signed(subject: &Subject, tenant: &str, client: &str, secret: &str) -> u16 {
    let path = if tenant == "default" { String::new() } else { format!("/t/{tenant}") };
    let request = Request::post(&format!("{path}/oauth2/token"))
        .basic(client, secret)
        .form(&[("grant_type", "client_credentials")]);
    subject.server.exchange(&request).status
}

#[test]
fn sec_275_a_backup_holds_no_secret_and_is_of_its_own_key_and_place() {
    let setup = Setup::new(Store::Sqlite).world(WORLD);
    let mut subject = Subject::start(&setup);
    let admin = admin_token(&subject.server);
    let declaration = json!({
        "client_id": "jwts", "grant_types": ["client_credentials"], "access_token_format": "jwt",
    });
    let made = create(&subject.server, &admin, "clients", &declaration).member("client_secret");
    assert_eq!(signed(&subject, "default", "jwts", &made), 200);
    let family = subject.server.exchange(&subject.mint_family(&admin));
    let credentials =
        fs::read_to_string(subject.server.directory().join("vidimus-admin.toml")).expect("a file");
    let administrator = credentials.split('"').nth(5).expect("its secret").to_owned();
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let file = site.path("taken.backup");
    done("backup", &config(&subject.server), &file, &[]);
    subject.server.terminate();

    let bytes = fs::read(&file).expect("the backup");
    let texts = [
        subject.client_secret.clone(),
        subject.resource_server_secret.clone(),
        made.clone(),
        administrator,
        admin,
        family.member("access_token"),
        family.member("refresh_token"),
        PASSWORD.to_owned(),
        "an-api-token-of-0123456789-abcdef".to_owned(),
        "a-secret-of-0123456789-abcdef-chosen".to_owned(),
        setup.master_key.clone(),
    ];
    let raw_key = STANDARD.decode(&setup.master_key).expect("base64");
    let mut secrets: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
    // The part of a token that nobody can guess, without what names it.
    secrets.extend(texts.iter().map(|text| text.as_bytes()[text.len() - 20..].to_vec()));
    secrets.push(raw_key);
    secrets.push(PRIVATE_KEY.to_vec());
    for base64 in [&STANDARD, &URL_SAFE_NO_PAD] {
        // At each of the three places that it may have in base64, without what its neighbours change.
        secrets.extend((0..3).map(|shift| {
            let shifted: Vec<u8> = [vec![0; shift], PRIVATE_KEY.to_vec()].concat();
            base64.encode(&shifted).into_bytes()[4..16].to_vec()
        }));
    }
    for secret in &secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
        assert!(!found, "in the backup: {}", String::from_utf8_lossy(secret));
    }
    assert!(bytes.windows(8).any(|window| window == b"\"sealed\""), "a key lies in it, sealed");

    let elsewhere = Site::new(&Store::Sqlite, &master_key());
    refused("restore", &elsewhere.config(), &file, &[], "under another master key");
    assert!(!elsewhere.database().exists());
    moved_keys_sign_nothing(&subject, &site, &setup);
}

/// A key of one tenant, put into another's rows by hand: its seal names the place.
fn moved_keys_sign_nothing(subject: &Subject, site: &Site, setup: &Setup) {
    let (file, altered) = (site.path("taken.backup"), site.path("altered.backup"));
    fs::copy(&file, &altered).expect("a copy");
    let db = Connection::open(&altered).expect("the copy");
    let tenant: i64 = db
        .query_row("SELECT object FROM name WHERE space = 1 AND name = ?1", (OTHER,), |row| {
            row.get(0)
        })
        .expect("the tenant");
    let keys = "(SELECT key FROM object WHERE kind = 'signing_key')";
    let mut moved = db
        .execute(&format!("UPDATE name SET tenant = {tenant} WHERE object IN {keys}"), ())
        .expect("names");
    moved += db
        .execute(&format!("UPDATE object SET tenant = {tenant} WHERE kind = 'signing_key'"), ())
        .expect("objects");
    assert!(moved >= 3, "{moved} rows of keys");
    drop(db);
    let secret = "a-secret-of-0123456789-abcdef-chosen";
    let whole = Site::new(&Store::Sqlite, &setup.master_key);
    for (file, site, works) in [(&file, &whole, true), (&altered, site, false)] {
        done("restore", &site.config(), file, &[]);
        let there = site.serve(subject, &Setup::new(Store::Memory));
        let status = signed(&there, OTHER, "signed", secret);
        assert_eq!(status == 200, works, "{status} with a key of {}", file.display());
    }
}
