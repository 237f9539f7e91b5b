//! World files that change while the sandbox runs.

use std::fs;

use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::stage::eventually;

fn world(clients: &[(&str, &str)]) -> String {
    let client = |(id, secret): &(&str, &str)| {
        format!(
            "[[tenant.client]]\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\n\
             grant_types = [\"client_credentials\"]\nscope = \"a\"\n"
        )
    };
    let clients: String = clients.iter().map(client).collect();
    format!("[[tenant]]\nid = \"mine\"\n{clients}")
}

fn status(server: &Server, id: &str, secret: &str) -> u16 {
    let request = Request::post("/t/mine/oauth2/token").basic(id, secret);
    server.exchange(&request.form(&[("grant_type", "client_credentials")])).status
}

#[test]
fn a_changed_file_is_applied_and_a_bad_one_is_not() {
    let first = world(&[("one", "first-secret")]);
    let server = Server::dev(&Setup::new(Store::Sqlite).world(&first));
    let file = server.directory().join("world.toml");
    assert_eq!(status(&server, "one", "first-secret"), 200);

    // One more, and another secret.
    fs::write(&file, world(&[("one", "second-secret"), ("two", "secret-of-two")]))
        .expect("written");
    eventually("the second client", || status(&server, "two", "secret-of-two") == 200);
    assert_eq!(status(&server, "one", "second-secret"), 200);
    assert_eq!(status(&server, "one", "first-secret"), 401);
    eventually("the diff", || server.stdout().contains("+ mine: client two"));
    assert!(server.stdout().contains("~ mine: client one (client_secret"), "{}", server.stdout());

    // A bad one: file, line and key are named, and nothing changes.
    let bad = world(&[("one", "third-secret")]).replace("scope", "scop");
    fs::write(&file, bad).expect("written");
    eventually("the refusal", || server.stdout().contains("world.toml:"));
    let told = server.stdout();
    let line = told.lines().find(|line| line.contains("is not applied")).expect("a line");
    assert!(line.contains("world.toml:7") && line.contains("scop"), "{line}");
    assert_eq!(status(&server, "one", "second-secret"), 200);
    assert_eq!(status(&server, "two", "secret-of-two"), 200);

    // Mended, and one less.
    fs::write(&file, world(&[("one", "third-secret")])).expect("written");
    eventually("the third secret", || status(&server, "one", "third-secret") == 200);
    eventually("the end of two", || status(&server, "two", "secret-of-two") == 401);
    assert!(server.stdout().contains("- mine: client two"), "{}", server.stdout());

    // And no tenant at all: the seeds stay.
    fs::write(&file, "").expect("written");
    eventually("the end of the tenant", || status(&server, "one", "third-secret") == 404);
    let seeded = Request::post("/oauth2/token").basic("demo-app", "demo-secret");
    let seeded = seeded.form(&[("grant_type", "client_credentials")]);
    assert_eq!(server.exchange(&seeded).status, 200);
}
