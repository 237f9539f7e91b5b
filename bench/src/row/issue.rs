//! Durable `client_credentials`, beside what the disk gives a program that does nothing but commit rows
//! of the same shape.

use std::time::Duration;

use crate::{
    arithmetic::{median, ratio},
    bench::Bench,
    load::{End, Expect, requests::Rendered},
    report::{Bar, Unit},
    row::{ceiling, hot::of_server},
    sides::measure,
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
    let mut sides = [of_server(who, &server, requests, TOKEN, End::For(span))];
    sides[0].connections = CONNECTIONS;
    sides[0].take(End::For(span / 5));
    let (mut ceilings, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds.min(3) {
        ceilings.push(raw(bench, span));
        let taken = measure(&mut bench.report, "issue", 1, &mut sides);
        rates.extend(&taken[0].per_second);
    }
    let what = "raw group commit, 64 rows each";
    bench.report.figure("issue", what, Unit::PerSecond, Bar::None, median(&ceilings));
    let what = "durable client_credentials";
    bench.report.figure("issue", what, Unit::PerSecond, Bar::None, median(&rates));
    let what = "durable client_credentials, of the raw group-commit rate";
    let found = ratio(&rates, &ceilings);
    bench.report.figure("issue", what, Unit::Share, Bar::AtLeast(SHARE_MIN), found);
    drop((sides, server));
    bench.keep_small(ground);
}

/// On the server's core and disk.
pub fn raw(bench: &Bench, span: Duration) -> f64 {
    let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
    let rows_per_commit = u32::try_from(CONNECTIONS).expect("a few");
    bench.pins.on_the_server_s_core(|| ceiling::rate(folder.path(), rows_per_commit, span))
}
