//! `serve` and its master key: none is made in silence, none that anybody could know is taken
//! (SEC-267).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store, master_key};

use crate::world::{Named, STORES, World, shared_machine};

const REFUSAL: Duration = Duration::from_secs(2);

fn assert_refused(setup: &Setup, says: &[&str]) {
    let began = Instant::now();
    let refusal = match Server::try_start(setup) {
        Err(refusal) => refusal,
        Ok(_) => panic!("serve started; it should have said {says:?}"),
    };
    let took = began.elapsed();
    assert!(!refusal.status.success());
    assert!(refusal.status.code().is_some(), "it ended by a signal");
    for said in says {
        assert!(refusal.stderr.contains(said), "{said}: {}", refusal.stderr);
    }
    assert!(!refusal.stderr.contains("panicked"), "{}", refusal.stderr);
    assert!(took <= REFUSAL, "{took:?}");
}

fn with_key_file(store: &Store, path: &Path) -> Setup {
    Setup::new(store.clone()).setting("keys.master_key_file", &path.display().to_string())
}

#[test]
fn sec_267_no_start_without_a_good_master_key() {
    let _shared = shared_machine();
    let directory = tempfile::tempdir().expect("directory");
    for store in STORES {
        let _named = Named(format!("{store:?}"));
        let missing = directory.path().join("nowhere");
        assert_refused(&with_key_file(&store, &missing), &["master key", "nowhere"]);
        assert!(!missing.exists(), "a key was made in silence");
        let counting: Vec<u8> = (0..32).collect();
        let samples: [&[u8]; 8] = [
            b"",
            &[7; 16],
            &[7; 31],
            &[7; 33],
            &[0; 32],
            &[0xff; 32],
            &counting,
            b"0123456789abcdef0123456789abcdef",
        ];
        for sample in samples {
            let mut setup = Setup::new(store.clone());
            setup.master_key = STANDARD.encode(sample);
            assert_refused(&setup, &["master key"]);
        }
        for text in ["changeme", "not base64 at all!", "AAAA", "secret"] {
            let mut setup = Setup::new(store.clone());
            setup.master_key = text.to_owned();
            assert_refused(&setup, &["master key"]);
        }
    }
}

#[test]
fn sec_267_no_start_with_a_key_that_all_may_read() {
    let _shared = shared_machine();
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("open-key");
    fs::write(&path, master_key()).expect("write");
    for mode in [0o644, 0o604, 0o666, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        assert_refused(
            &with_key_file(&Store::Sqlite, &path),
            &["open-key", &format!("{mode:03o}")],
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
    World::start(&with_key_file(&Store::Sqlite, &path));
}

#[test]
fn sec_267_a_lost_key_is_not_replaced() {
    let _shared = shared_machine();
    let directory = tempfile::tempdir().expect("directory");
    let (database, key) = (directory.path().join("kept.db"), directory.path().join("key"));
    let store = Store::At(format!("sqlite:{}", database.display()));
    fs::write(&key, master_key()).expect("write");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("chmod");
    let mut world = World::start(&with_key_file(&store, &key));
    assert!(world.server.terminate().success());
    let before = fs::read(&database).expect("the database");
    fs::rename(&key, directory.path().join("lost")).expect("rename");
    assert_refused(&with_key_file(&store, &key), &["master key"]);
    assert!(!key.exists());
    assert!(fs::read(&database).expect("the database") == before, "the database was touched");
}

/// The sandbox's published names and secrets open nothing that `serve` has.
#[test]
fn sec_267_no_default_credentials() {
    let _shared = shared_machine();
    let world = World::start(&Setup::new(Store::Sqlite));
    let secrets = ["", "admin", "password", "secret", "vidimus", "changeme", "vidimus-admin"];
    for id in ["admin", "vidimus-admin", "vidimus", "root", "rgfKVdnMQnJSSr_pKFTxj3apiwYa"] {
        for secret in secrets {
            for path in ["/oauth2/token", "/oauth2/introspect", "/t/foo.com/oauth2/introspect"] {
                let form = [("grant_type", "client_credentials"), ("token", "x")];
                let answer = world.exchange(&Request::post(path).basic(id, secret).form(&form));
                assert!(
                    matches!(answer.status, 401 | 404),
                    "{id}: {} {}",
                    answer.status,
                    answer.text()
                );
            }
        }
    }
    let answer = world.exchange(&Request::get("/__sandbox/requests"));
    assert_eq!(answer.status, 404, "{}", answer.text());
}

/// A key in the program would be everybody's: no 32 bytes of base64 in it are a key it would take. In the
/// replies of samples stand signatures, which say so.
#[test]
fn sec_267_no_key_lies_in_the_program() {
    let program = fs::read(binary::path()).expect("the program");
    let is_base64 = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'=');
    let (mut keys, mut begin) = (Vec::new(), 0);
    for text in program.split(|c| !is_base64(c)) {
        let before = &program[begin.max(24) - 24..begin];
        begin += text.len() + 1;
        let is_signature = before.windows(9).any(|word| word == b"signature");
        if text.len() == 44 && text[43] == b'=' && !is_signature && STANDARD.decode(text).is_ok() {
            keys.push(String::from_utf8_lossy(text).into_owned());
        }
    }
    assert!(keys.is_empty(), "texts in the program that could be keys: {keys:?}");
}
