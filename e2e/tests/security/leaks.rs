//! No credential of any dialect is in a log or a file, wherever a client puts it: in the body, or in
//! the query (SEC-260, SEC-265).

use serde_json::Value;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};

use crate::crossing::{Credential, Sent};
use crate::routes::{self, Kind};
use crate::search::Search;
use crate::stored::in_parts;
use crate::twin::{ALICE, SHAPES, Twin, twin};
use crate::world::{Named, STORES, World, shared_machine};

/// Members of answers that are nobody else's to know.
const SECRET_MEMBERS: [&str; 7] = [
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "client_secret",
    "registration_access_token",
    "signature",
];

fn texts(credential: &Credential) -> Vec<String> {
    match &credential.real {
        Sent::Basic(_, secret) | Sent::Post(_, secret) => vec![secret.clone()],
        Sent::User(text) | Sent::Proof(text) | Sent::Bearer(text) => vec![text.clone()],
        Sent::About(given) => {
            let secret = |(name, _): &&(&str, String)| {
                ["password", "assertion", "token", "refresh_token", "device_code"].contains(name)
            };
            given.iter().filter(secret).map(|(_, text)| text.clone()).collect()
        }
    }
}

/// Everything at home, as it should be sent and with all parameters in the query.
fn play(world: &World, twin: &Twin) {
    for credential in twin.credentials(world, &twin.tenant.issuer) {
        for text in texts(&credential) {
            world.remember(&text);
        }
        for (path, kind) in routes::all() {
            for method in routes::methods(kind) {
                let request = twin.ask(&path, kind, method, &credential.real, &twin.live);
                let in_query = (kind != Kind::Register && kind != Kind::Registration)
                    .then(|| in_query(&request));
                for request in [Some(request), in_query].into_iter().flatten() {
                    let answer = world.exchange(&request);
                    remember(world, &serde_json::from_slice(&answer.body).unwrap_or_default());
                }
            }
        }
    }
}

fn in_query(request: &Request) -> Request {
    let form = String::from_utf8(request.body.clone()).expect("a form");
    let mut request = request.clone();
    request.target = format!("{}?{form}", request.target);
    request.body.clear();
    request
}

fn remember(world: &World, answer: &Value) {
    for name in SECRET_MEMBERS {
        if let Some(text) = answer.get(name).and_then(Value::as_str) {
            world.remember(text);
        }
    }
}

#[test]
fn sec_265_no_dialect_s_credential_is_in_a_log_or_a_file() {
    let _shared = shared_machine();
    for (store, dialects) in STORES.into_iter().zip(SHAPES) {
        let _named = Named(format!("{store:?}, {dialects:?}"));
        let is_file = store == Store::Sqlite;
        let mut setup = Setup::new(store);
        setup.environment.push(("RUST_LOG".to_owned(), "trace".to_owned()));
        let world = World::start(&setup);
        play(&world, &twin(&world, dialects));
        let issued = in_parts(&world.issued());
        assert!(issued.len() >= 60, "{} secrets", issued.len());
        let search = Search::new(&issued);
        let directory = world.server.directory();
        let log = world.server.stderr();
        assert!(log.contains("DEBUG"), "the log is not at its most talkative");
        let lines: Vec<&str> =
            log.lines().filter(|line| !search.hits(line.as_bytes()).is_empty()).collect();
        let some = &lines[..lines.len().min(5)];
        assert!(lines.is_empty(), "{} lines with secrets: {some:#?}", lines.len());
        if is_file {
            // A user's name is no secret: it shows that the search sees what is stored.
            let names = Search::new(&[&issued[..], &[ALICE.to_owned()]].concat());
            let files = ["vidimus.db", "vidimus.db-wal"].map(|name| directory.join(name));
            let found = names.files(&files.each_ref().map(|path| path.as_path()));
            assert!(found.iter().any(|(_, hit)| hit == ALICE), "nothing is seen");
            assert!(found.iter().all(|(_, hit)| hit == ALICE), "{found:?}");
        }
    }
}
