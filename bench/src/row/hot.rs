//! A working set that is asked about again and again: the server beside bare handlers that return the
//! same bytes.

use vidimus_e2e::server::Server;

use crate::{
    arithmetic::ratio,
    bare::{Bare, Kind},
    bench::{Bench, model},
    fill::sqlite::bytes_per_token,
    ground::Ground,
    load::{End, Expect},
    pin::Pins,
    report::{Bar, Unit},
    sides::{Side, Taken, compare},
    usage::Processes,
};

pub const CONNECTIONS: usize = 16;
pub const ACTIVE: Expect = Expect::Body("\"active\":true");
const RATIO_MAX: f64 = 1.6;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let taken = beside_bare(bench, &ground, "hot", bench.pins);
    let [axum, hyper, ours] = &taken[..] else { unreachable!("three sides") };
    let what = "introspection, hot, against axum: CPU";
    let found = ratio(&ours.cpu_us, &axum.cpu_us);
    bench.report.figure("hot", what, Unit::Times, Bar::AtMost(RATIO_MAX), found);
    let found = ratio(&ours.cpu_us, &hyper.cpu_us);
    bench.report.figure("hot", "the same against hyper: CPU", Unit::Times, Bar::None, found);
    let bytes = bytes_per_token(&ground.file(), ground.live.count + ground.expired.count);
    bench.report.figure("hot", "on disk for each token", Unit::Bytes, Bar::None, bytes);
    bench.keep_small(ground);
}

pub fn unpinned(bench: &mut Bench) {
    let ground = bench.small();
    let pins = bench.pins;
    // Also what starts the processes: they stay where their parent is.
    let taken = pins.with(Pins::NONE, || beside_bare(bench, &ground, "unpinned", Pins::NONE));
    let [axum, _, ours] = &taken[..] else { unreachable!("three sides") };
    let found = ratio(&ours.cpu_us, &axum.cpu_us);
    let what = "introspection, hot, against axum: CPU";
    bench.report.figure("unpinned", what, Unit::Times, Bar::None, found);
    bench.keep_small(ground);
}

fn beside_bare(bench: &mut Bench, ground: &Ground, row: &'static str, pins: Pins) -> Vec<Taken> {
    let server = ground.serve(pins);
    let answer = model(&server, &ground.cast, &ground.live.text(0));
    let axum = Bare::returning(Kind::Axum, &answer, pins);
    let hyper = Bare::returning(Kind::Hyper, &answer, pins);
    let scale = bench.scale;
    let side = |who: &str, address: &str, pid: u32| Side {
        who: who.to_owned(),
        address: address.to_owned(),
        processes: Processes::of(pid),
        connections: CONNECTIONS,
        requests: Box::new(ground.hot(scale.hot, address)),
        expect: ACTIVE,
        each_round: End::After(scale.requests),
    };
    let mut sides = [
        side("axum, the same bytes", &axum.address, axum.pid()),
        side("hyper, the same bytes", &hyper.address, hyper.pid()),
        side("vidimus, hot", &server.address(), server.pid()),
    ];
    compare(&mut bench.report, row, scale.rounds, &mut sides)
}

/// The side of a server with this set in turn.
pub fn of_server<'a>(
    who: &str,
    server: &Server,
    requests: impl crate::load::requests::Requests + 'a,
    expect: Expect,
    each_round: End,
) -> Side<'a> {
    Side {
        who: who.to_owned(),
        address: server.address(),
        processes: Processes::of(server.pid()),
        connections: CONNECTIONS,
        requests: Box::new(requests),
        expect,
        each_round,
    }
}
