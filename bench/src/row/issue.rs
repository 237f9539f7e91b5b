//! Durable `client_credentials`, beside what the disk gives a program that does nothing but commit rows
//! of the same shape.

use std::time::Duration;

use vidimus_e2e::server::Server;

use crate::{
    arithmetic::{median, ratio},
    bare::{Bare, Kind},
    bench::Bench,
    ground::Ground,
    load::{End, Expect, requests::Rendered},
    pin::Pins,
    report::{Bar, Unit},
    row::{ceiling, hot::of_server},
    sides::{Side, measure},
    usage::Processes,
};

pub const CONNECTIONS: usize = 64;
pub const TOKEN: Expect = Expect::Body("\"access_token\":\"");
const SHARE_MIN: f64 = 0.6;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let span = Duration::from_secs(bench.scale.issue_seconds);
    let request = ground.cast.issue().bytes(&server.address());
    let (who, requests) = ("vidimus, client_credentials", Rendered(vec![request]));
    let bare = bare_commit(&server, &ground, bench.pins);
    let mut sides = [
        side_of(&bare, &ground, End::For(span)),
        of_server(who, &server, requests, TOKEN, End::For(span)),
    ];
    sides[1].connections = CONNECTIONS;
    sides.iter_mut().for_each(|side| drop(side.take(End::For(span / 5))));
    let (mut ceilings, mut bares, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds.min(3) {
        ceilings.push(raw(bench, span));
        let taken = measure(&mut bench.report, "issue", 1, &mut sides);
        bares.extend(&taken[0].per_second);
        rates.extend(&taken[1].per_second);
    }
    let what = "raw group commit, 64 rows each";
    bench.report.figure("issue", what, Unit::PerSecond, Bar::None, median(&ceilings));
    let what = "durable client_credentials";
    bench.report.figure("issue", what, Unit::PerSecond, Bar::None, median(&rates));
    let what = "durable client_credentials, of the raw group-commit rate";
    let found = ratio(&rates, &ceilings);
    bench.report.figure("issue", what, Unit::Share, Bar::AtLeast(SHARE_MIN), found);
    let what = "the same of a bare handler on axum that waits for such a commit: the limit of HTTP";
    bench.report.figure("issue", what, Unit::Share, Bar::None, ratio(&bares, &ceilings));
    let what = "durable client_credentials, of that handler's rate";
    bench.report.figure("issue", what, Unit::Share, Bar::None, ratio(&rates, &bares));
    drop((sides, server, bare));
    bench.keep_small(ground);
}

/// Answers with the bytes of a token that the server has issued, when a row is on disk.
pub fn bare_commit(server: &Server, ground: &Ground, pins: Pins) -> Bare {
    Bare::returning(Kind::Commit, &server.exchange(&ground.cast.issue()), pins)
}

pub fn side_of<'a>(bare: &Bare, ground: &Ground, each_round: End) -> Side<'a> {
    let request = ground.cast.issue().bytes(&bare.address);
    Side {
        who: "axum, a bare handler that commits a row".to_owned(),
        address: bare.address.clone(),
        processes: Processes::of(bare.pid()),
        connections: CONNECTIONS,
        requests: Box::new(Rendered(vec![request])),
        expect: TOKEN,
        each_round,
    }
}

/// On the server's core and disk.
pub fn raw(bench: &Bench, span: Duration) -> f64 {
    let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
    bench.pins.on_the_server_s_core(|| ceiling::rate(folder.path(), CONNECTIONS, span))
}
