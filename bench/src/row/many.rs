//! Ten million live tokens against ten thousand: neither has seen the tokens that it is asked about.

use crate::{
    arithmetic::ratio,
    bench::Bench,
    ground::Ground,
    load::{Between, End, Expect, Lane, Pace, drive, requests::Rendered},
    report::{Bar, Unit, grouped},
    row::hot::{ACTIVE, CONNECTIONS, of_server},
    sides::{Taken, measure},
    usage::settle,
};

const CPU_MAX: f64 = 1.25;
const P99_MAX: f64 = 1.5;
/// So that connections, code and allocator are warm, though no token is.
const WARMING: u64 = 3000;

pub fn take(bench: &mut Bench) {
    let (big, scale) = (bench.big(), bench.scale);
    let few = bench.anywhere(|| Ground::sqlite(scale.few, scale.few));
    let (some, all) = (grouped(scale.few), grouped(scale.many_live));
    let (mut of_few, mut of_many) = (Taken::default(), Taken::default());
    let mut first = 0;
    for _ in 0..scale.rounds + 2 {
        add(&mut of_few, cold_start(bench, &few, 0, &format!("vidimus, {some} live")));
        add(&mut of_many, cold_start(bench, &big, first, &format!("vidimus, {all} live")));
        first += scale.few;
    }
    let found = ratio(&of_many.cpu_us, &of_few.cpu_us);
    let what = format!("{all} live against {some}, cold: CPU");
    bench.report.figure("many", what, Unit::Times, Bar::AtMost(CPU_MAX), found);
    let found = ratio(&of_many.p99_us, &of_few.p99_us);
    let what = format!("{all} live against {some}, cold: p99");
    bench.report.figure("many", what, Unit::Times, Bar::AtMost(P99_MAX), found);
    bench.keep_big(big);
}

/// A fresh process, asked about as many tokens as the smaller ground has, each once.
fn cold_start(bench: &mut Bench, ground: &Ground, first: u64, who: &str) -> Taken {
    let server = ground.serve(bench.pins);
    settle(&[server.pid()]);
    let unknown = format!("vat_{}", "0".repeat(61));
    let request = ground.cast.introspect(&unknown).bytes(&server.address());
    let mut lanes = [Lane {
        address: server.address(),
        connections: CONNECTIONS,
        pace: Pace::Closed,
        requests: Box::new(Rendered(vec![request])),
        expect: Expect::Body("\"active\":false"),
    }];
    drive(&mut lanes, None, End::After(WARMING), Between::Sleep);
    let cold = ground.cold(first, &server.address());
    let mut sides = [of_server(who, &server, cold, ACTIVE, End::After(bench.scale.few))];
    measure(&mut bench.report, "many", 1, &mut sides).pop().unwrap_or_default()
}

fn add(all: &mut Taken, one: Taken) {
    all.cpu_us.extend(one.cpu_us);
    all.p99_us.extend(one.p99_us);
    all.per_second.extend(one.per_second);
    all.seen.add(&one.seen);
}
