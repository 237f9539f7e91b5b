//! Every token once: no cache can know it before.

use crate::{
    arithmetic::ratio,
    bare::{Bare, Kind},
    bench::{Bench, model},
    load::End,
    report::{Bar, Unit},
    row::hot::{ACTIVE, CONNECTIONS, of_server},
    sides::{Side, measure},
    usage::Processes,
};

const RATIO_MAX: f64 = 2.6;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let answer = model(&server, &ground.cast, &ground.live.text(0));
    let bare = Bare::returning(Kind::Axum, &answer, bench.pins);
    let each_round = End::After(bench.scale.cold_requests);
    let cold = ground.cold(0, &server.address());
    let mut sides = [
        Side {
            who: "axum, the same bytes".to_owned(),
            address: bare.address.clone(),
            processes: Processes::of(bare.pid()),
            connections: CONNECTIONS,
            requests: Box::new(ground.cold(0, &bare.address)),
            expect: ACTIVE,
            each_round,
        },
        of_server("vidimus, each token once", &server, cold, ACTIVE, each_round),
    ];
    let taken = measure(&mut bench.report, "cold", bench.scale.rounds, &mut sides);
    let found = ratio(&taken[1].cpu_us, &taken[0].cpu_us);
    let what = "introspection, cold, against axum: CPU";
    bench.report.figure("cold", what, Unit::Times, Bar::AtMost(RATIO_MAX), found);
    drop((sides, server));
    bench.keep_small(ground);
}
