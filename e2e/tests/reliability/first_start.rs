//! REL-032: three nodes start at once on one empty PostgreSQL database.

use std::time::{Duration, Instant};

use vidimus_e2e::postgres;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{self, Subject};

use crate::{alone, patient};

const NODES: usize = 3;
const ROUNDS: usize = 3;
const READY_MAX: Duration = Duration::from_secs(5);

#[test]
fn rel_032_nodes_that_start_at_once_make_one_schema_and_one_administrator() {
    let _alone = alone();
    for _ in 0..ROUNDS {
        together();
    }
}

fn together() {
    let url = postgres::database();
    let setup = Setup::new(Store::At(url.clone()));
    let start = Instant::now();
    let nodes: Vec<Server> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..NODES).map(|_| scope.spawn(|| Server::start(&setup))).collect();
        starting.into_iter().map(|node| node.join().expect("a node")).collect()
    });
    let (took, limit) = (start.elapsed(), patient(READY_MAX / 5));
    eprintln!("{NODES} nodes ready in {took:?}");
    assert!(took <= limit, "ready in {took:?}, at most {limit:?}");

    let programs = Programs::find().expect("PostgreSQL");
    let ask = |query: &str| postgres::run(&programs, &url, query).expect("a query");
    // The administrator's, and the command line's.
    assert_eq!(ask("SELECT count(*) FROM object WHERE kind = 'client'"), "2", "clients");
    assert_eq!(ask("SELECT count(*) FROM object WHERE kind = 'tenant'"), "1", "default tenants");
    let schemas = "SELECT count(DISTINCT table_schema) FROM information_schema.tables \
         WHERE table_name = 'token'";
    assert_eq!(ask(schemas), "1");

    // One of them made the administrator and wrote the credentials; they are good everywhere.
    let wrote: Vec<_> =
        nodes.iter().filter(|node| node.directory().join("vidimus-admin.toml").is_file()).collect();
    assert_eq!(wrote.len(), 1, "files with the administrator's credentials");
    let admin = subject::admin_token(wrote[0]);
    for node in &nodes {
        let request = vidimus_e2e::http::Request::get("/admin/v1/status").bearer(&admin);
        assert_eq!(node.exchange(&request).status, 200);
    }
    let first = nodes.into_iter().enumerate().fold((None, Vec::new()), split);
    let (Some(first), others) = first else { panic!("no node wrote credentials") };
    let subject = Subject::on(first);
    let token = subject.token();
    for node in &others {
        let answer = node.exchange(&subject.introspect(&token));
        assert_eq!(subject::active(&answer), Some(true), "{}", answer.text());
        assert_eq!(node.exchange(&Subject::issue(&subject)).status, 200);
    }
}

/// The node with the credentials, and the others.
fn split(
    (mut first, mut others): (Option<Server>, Vec<Server>),
    (_, node): (usize, Server),
) -> (Option<Server>, Vec<Server>) {
    if node.directory().join("vidimus-admin.toml").is_file() {
        first = Some(node);
    } else {
        others.push(node);
    }
    (first, others)
}
