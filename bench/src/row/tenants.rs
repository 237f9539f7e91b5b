//! Ten thousand tenants with a hundred clients each: the start, the first page of a list, and an
//! introspection in every one of them.

use std::time::Instant;

use serde_json::json;
use vidimus_e2e::{
    http::Request,
    server::Server,
    setup::{Setup, Store, master_key},
    subject::admin_token,
};

use crate::{
    bench::Bench,
    cast::{AUDIENCE, declare},
    fill::tenants::{CLIENT, Filler, RESOURCE_SERVER, TEMPLATE, Template},
    load::{End, requests::Rendered},
    report::{Bar, Unit},
    row::hot::{ACTIVE, of_server},
    sides::measure,
    usage::{Memory, settle},
};

const ROW: &str = "tenants";

pub fn take(bench: &mut Bench) {
    let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
    let file = folder.path().join("vidimus.db");
    let mut setup = Setup::new(Store::At(format!("sqlite:{}", file.display())));
    setup.master_key = master_key();
    setup.wrapper = bench.pins.wrapper();
    let mut server = Server::start(&setup);
    let admin = admin_token(&server);
    let template = template(&server, &admin);
    server.terminate();
    let scale = bench.scale;
    let start = Instant::now();
    let filler = Filler::open(&file, &setup.master_key, &template);
    let tokens = bench.anywhere(|| filler.fill(scale.tenants, scale.clients_per_tenant));
    eprintln!("  {} tenants in {:.1} s", tokens.len(), start.elapsed().as_secs_f64());

    let start = Instant::now();
    server.restart();
    told(bench, "ready", Unit::Seconds, start.elapsed().as_secs_f64());
    settle(&[server.pid()]);
    lists(bench, &server, &admin);
    let ask = |(number, token): (usize, &String)| {
        Request::post(&format!("/t/t-{number}/oauth2/introspect"))
            .basic(RESOURCE_SERVER, &template.api_secret)
            .form(&[("token", token)])
            .bytes(&server.address())
    };
    let rendered: Vec<_> = tokens.iter().enumerate().map(ask).collect();
    let once = End::After(tokens.len() as u64);
    for who in ["vidimus, in every tenant once", "the same again"] {
        let requests = Rendered(rendered.clone());
        let mut sides = [of_server(who, &server, requests, ACTIVE, once)];
        measure(&mut bench.report, ROW, 1, &mut sides);
    }
    let memory = Memory::of(&[server.pid()]);
    told(bench, "memory after that", Unit::Megabytes, memory.resident);
    told(bench, "of it the process's own", Unit::Megabytes, memory.anonymous);
}

fn template(server: &Server, admin: &str) -> Template {
    declare(server, admin, "tenants", &json!({"id": TEMPLATE}));
    let of = |noun: &str| format!("tenants/{TEMPLATE}/{noun}");
    let api = json!({"id": RESOURCE_SERVER, "audiences": [AUDIENCE]});
    let client =
        json!({"client_id": CLIENT, "grant_types": ["client_credentials"], "scope": "read"});
    let api = declare(server, admin, &of("resource-servers"), &api);
    let client = declare(server, admin, &of("clients"), &client);
    Template {
        client_secret: client.member("client_secret"),
        api_secret: api.member("secret"),
        audience: AUDIENCE,
    }
}

fn lists(bench: &mut Bench, server: &Server, admin: &str) {
    let last = bench.scale.tenants - 1;
    for (what, path) in [
        ("the first page of tenants", "tenants".to_owned()),
        ("the first page of the last tenant's clients", format!("tenants/t-{last}/clients")),
    ] {
        let request = Request::get(&format!("/admin/v1/{path}")).bearer(admin);
        let start = Instant::now();
        let answer = server.exchange(&request);
        let took = start.elapsed().as_secs_f64() * 1000.0;
        assert_eq!(answer.status, 200, "{}", answer.text());
        told(bench, what, Unit::Milliseconds, took);
    }
}

fn told(bench: &mut Bench, what: &str, unit: Unit, found: f64) {
    let (tenants, clients) = (bench.scale.tenants, bench.scale.clients_per_tenant);
    let what = format!("{tenants} tenants × {clients} clients: {what}");
    bench.report.figure(ROW, what, unit, Bar::None, found);
}
