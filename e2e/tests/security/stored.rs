//! What lies in the store (SEC-260 … SEC-263): nothing that was issued, and how the rest is kept.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};
use vidimus_e2e::cluster::Cluster;
use vidimus_e2e::postgres;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::setup::{Setup, Store};

use crate::pair::Pair;
use crate::search::Search;
use crate::visits;
use crate::world::{Named, Tenant, World, shared_machine};

/// No secret, and stored as it is: what finds it would find a secret too.
const CANARY: &str = "canary-of-the-search-https://canary.example";

/// Every kind of secret that can be issued or chosen now, used in every way, right and wrong.
pub fn play(world: &World) -> Pair {
    let pair = Pair::of(world);
    let jwt_client = json!({"token_endpoint_auth_method": "client_secret_jwt",
        "client_secret": "a-chosen-secret-that-must-be-sealed-4711"});
    world.client(&pair.a, "sealed", jwt_client);
    world.client(&pair.a, "named", json!({"client_name": CANARY}));
    let password = "correct horse battery staple & more";
    world.remember(password);
    let user = json!({"username": "carol", "password": password});
    world.change("POST", &pair.a.admin("/users"), &user);
    for round in 0..5 {
        let minted = pair.of_alice(world);
        let tokens = [
            pair.for_rs1(world),
            pair.jwt_for_rs1(world),
            minted.access.clone(),
            minted.refresh().to_owned(),
        ];
        for token in &tokens {
            world.is_active(&pair.a, &pair.rs1, token);
            world.is_active(&pair.b, &pair.rs_b, token);
            world.change("POST", &pair.a.admin("/tokens/explain"), &json!({"token": token}));
            if round % 2 == 0 {
                world.revoke(&pair.a, &pair.web, token);
            }
        }
    }
    let assertion = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
    world.remember(&assertion);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let given = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", kind),
        ("client_assertion", &assertion),
    ];
    let target = pair.a.at("/oauth2/token");
    let request = vidimus_e2e::http::Request::post(&target).form(&given);
    let answer = world.exchange(&request);
    world.remember(&answer.member("access_token"));
    world.delete(&pair.a.admin_client("evil"));
    visits::play(world);
    pair
}

/// A token also without its prefix and checksum, and its secret alone; a JWT's signature alone.
pub fn in_parts(issued: &[String]) -> Vec<String> {
    let mut parts = issued.to_vec();
    for secret in issued {
        let is_ours = secret.len() == 65 && secret.starts_with('v') && secret[3..].starts_with('_');
        if is_ours && !secret.starts_with("vcs_") {
            parts.push(secret[4..59].to_owned());
            parts.push(secret[15..59].to_owned());
        } else if let Some(rest) = secret.strip_prefix("vcs_") {
            parts.push(rest.to_owned());
        } else if secret.matches('.').count() == 2 && secret.starts_with("ey") {
            parts.extend(secret.rsplit('.').next().map(str::to_owned));
        }
    }
    parts
}

fn assert_not_in(world: &World, roots: &[&Path]) {
    let issued = in_parts(&world.issued());
    assert!(issued.len() >= 60, "{} secrets", issued.len());
    let files = [&issued[..], &[CANARY.to_owned()]].concat();
    let mut found = Search::new(&files).files(roots);
    // The administrator's own file is for the administrator.
    found.retain(|(path, _)| !path.ends_with("vidimus-admin.toml"));
    let (canary, secrets): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, hit)| hit == CANARY);
    assert!(!canary.is_empty(), "the search does not see what is stored");
    let places: BTreeMap<_, _> = secrets.iter().map(|(path, hit)| (path, &hit[..8])).collect();
    assert!(secrets.is_empty(), "secrets lie in {places:?}");
}

#[test]
fn sec_260_no_secret_in_sqlite_s_files() {
    let _shared = shared_machine();
    let mut world = World::start(&Setup::new(Store::Sqlite));
    play(&world);
    let directory = world.server.directory().to_owned();
    assert!(directory.join("vidimus.db-wal").exists(), "the log is looked at too");
    assert_not_in(&world, &[&directory]);
    // Now all of it lies in the file, free pages included.
    assert!(world.server.terminate().success());
    assert_not_in(&world, &[&directory]);
}

#[test]
fn sec_260_no_secret_in_postgresql_s_files() {
    let _shared = shared_machine();
    let cluster = Cluster::start().expect("PostgreSQL");
    let url = cluster.database();
    let world = World::start(&Setup::new(Store::At(url.clone())));
    play(&world);
    let programs = Programs::find().expect("PostgreSQL");
    postgres::run(&programs, &url, "CHECKPOINT").expect("checkpoint");
    let wal = std::fs::read_dir(cluster.directory().join("data/pg_wal")).expect("the log");
    assert!(wal.count() > 0);
    assert_not_in(&world, &[cluster.directory(), world.server.directory()]);
}

/// Rows of a query, each a JSON object, from either store.
pub fn rows(world: &World, table: &str) -> Vec<Value> {
    let url = world.server.store_url();
    let Some(path) = url.strip_prefix("sqlite:") else {
        let statement = format!("SELECT to_json(t) FROM {table} t");
        let programs = Programs::find().expect("PostgreSQL");
        let text = postgres::run(&programs, url, &statement).expect("rows");
        return text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    };
    let database = rusqlite::Connection::open(path).expect("the database");
    let mut statement = database.prepare(&format!("SELECT * FROM {table}")).expect("a table");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let row = |row: &rusqlite::Row<'_>| {
        let mut object = json!({});
        for (at, name) in names.iter().enumerate() {
            object[name] = match row.get_ref(at)? {
                rusqlite::types::ValueRef::Null => Value::Null,
                rusqlite::types::ValueRef::Integer(number) => json!(number),
                rusqlite::types::ValueRef::Real(number) => json!(number),
                rusqlite::types::ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                rusqlite::types::ValueRef::Blob(bytes) => {
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    json!(format!("\\x{hex}"))
                }
            };
        }
        Ok(object)
    };
    let found = statement.query_map((), row).expect("rows");
    found.map(|row| row.expect("a row")).collect()
}

fn document(world: &World, of: &Tenant, id: &str) -> Value {
    let keys = rows(world, "name").into_iter();
    let all = rows(world, "object");
    let tenant =
        keys.clone().find(|row| row["name"] == json!(of.id)).expect("the tenant")["object"].clone();
    let named = |row: &Value| row["tenant"] == tenant && row["name"] == json!(id);
    let key = keys.into_iter().find(|row| named(row)).expect("the object")["object"].clone();
    let row = all.into_iter().find(|row| row["key"] == key).expect("a row");
    serde_json::from_str(row["doc"].as_str().expect("a document")).expect("JSON")
}

/// The first member of this name at any depth.
pub fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(name).or_else(|| map.values().find_map(|v| member(v, name))),
        Value::Array(items) => items.iter().find_map(|item| member(item, name)),
        _ => None,
    }
}

fn on_both(check: impl Fn(&World, &Pair)) {
    let _shared = shared_machine();
    for store in crate::world::STORES {
        let _named = Named(format!("{store:?}"));
        let world = World::start(&Setup::new(store));
        let pair = play(&world);
        check(&world, &pair);
    }
}

#[test]
fn sec_261_tokens_are_stored_as_keyed_hashes() {
    on_both(|world, _| {
        let tokens = rows(world, "token");
        assert!(tokens.len() >= 20, "{}", tokens.len());
        let mut hashes: Vec<&str> =
            tokens.iter().map(|row| row["hash"].as_str().expect("a hash")).collect();
        assert!(hashes.iter().all(|hash| hash.len() == 2 + 64), "{hashes:?}");
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), tokens.len());
        // Keyed: not the hash that anybody could make of the token.
        for secret in world.issued() {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
            let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(hashes.binary_search(&format!("\\x{hex}").as_str()).is_err());
        }
    });
}

#[test]
fn sec_262_client_secrets_are_hashed_by_where_they_come_from() {
    on_both(|world, pair| {
        let made = document(world, &pair.a, "svc");
        let keyed = member(&made, "keyed").and_then(Value::as_str).expect("a keyed hash");
        assert!(keyed.len() == 64 && keyed.bytes().all(|c| c.is_ascii_hexdigit()), "{keyed}");
        assert!(pair.svc.secret.len() >= 43, "256 bits take 43 characters");
        let chosen = document(world, &pair.a, "web");
        assert_argon2id(member(&chosen, "argon2id").and_then(Value::as_str).expect("argon2id"));
        for document in [&made, &chosen] {
            assert_eq!(member(document, "sealed"), None, "nothing to recover it from");
        }
        let sealed = document(world, &pair.a, "sealed");
        let text = member(&sealed, "sealed").and_then(Value::as_str).expect("sealed");
        let bytes = STANDARD_NO_PAD.decode(text).expect("base64");
        // Nonce, secret, tag.
        assert_eq!(bytes.len(), 12 + "a-chosen-secret-that-must-be-sealed-4711".len() + 16);
    });
}

#[test]
fn sec_263_passwords_are_argon2id_with_the_owasp_parameters() {
    on_both(|world, pair| {
        let carol = document(world, &pair.a, "carol");
        let phc = member(&carol, "password_hash").and_then(Value::as_str).expect("a hash");
        assert_argon2id(phc);
        let again = json!({"username": "dave", "password": "correct horse battery staple & more"});
        world.change("POST", &pair.a.admin("/users"), &again);
        let dave = document(world, &pair.a, "dave");
        assert_ne!(member(&dave, "password_hash").and_then(Value::as_str), Some(phc), "one salt");
    });
}

fn assert_argon2id(phc: &str) {
    let parts: Vec<&str> = phc.split('$').collect();
    let ["", "argon2id", "v=19", costs, salt, hash] = parts[..] else { panic!("{phc}") };
    let cost = |name: &str| {
        let found = costs.split(',').find_map(|cost| cost.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|value| value.parse::<u32>().ok()).expect("a cost")
    };
    let costs = (cost("m"), cost("t"), cost("p"));
    let good = matches!(costs, (19_456.., 2.., 1) | (47_104.., 1.., 1));
    assert!(good, "{costs:?}");
    assert!(STANDARD_NO_PAD.decode(salt).expect("base64").len() >= 16);
    assert!(STANDARD_NO_PAD.decode(hash).expect("base64").len() >= 32);
}
