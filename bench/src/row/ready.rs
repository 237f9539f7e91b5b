//! From the start of the process to the first yes of `/readyz`, with everything on disk.

use std::time::{Duration, Instant};

use vidimus_e2e::server::Server;

use crate::{
    arithmetic::median,
    bench::Bench,
    ground::Ground,
    load::{Between, End, Lane, Pace, drive, requests::Rendered},
    report::{Bar, Unit, grouped},
    row::issue::{CONNECTIONS, TOKEN},
};

const SECONDS_MAX: f64 = 0.3;
const AFTER_A_KILL_SECONDS_MAX: f64 = 1.0;

pub fn take(bench: &mut Bench) {
    let ground = bench.big();
    let mut server = ground.serve(bench.pins);
    let rounds = bench.scale.rounds.min(3);
    let ready: Vec<f64> = (0..rounds)
        .map(|_| {
            server.terminate();
            again(&mut server)
        })
        .collect();
    let killed: Vec<f64> = (0..rounds).map(|_| killed(bench, &ground, &mut server)).collect();
    let (live, expired) = (grouped(ground.live.count), grouped(ground.expired.count));
    let what = format!("ready with {live} live and {expired} expired tokens on disk");
    let found = median(&ready);
    bench.report.figure("ready", what, Unit::Seconds, Bar::AtMost(SECONDS_MAX), found);
    let what = "ready after kill -9 under durable issues";
    let bar = Bar::AtMost(AFTER_A_KILL_SECONDS_MAX);
    bench.report.figure("ready", what, Unit::Seconds, bar, median(&killed));
    drop(server);
    bench.keep_big(ground);
}

fn killed(bench: &Bench, ground: &Ground, server: &mut Server) -> f64 {
    let issue = ground.cast.issue().bytes(&server.address());
    let mut lanes = [Lane {
        address: server.address(),
        connections: CONNECTIONS,
        pace: Pace::Closed,
        requests: Box::new(Rendered(vec![issue])),
        expect: TOKEN,
    }];
    drive(
        &mut lanes,
        None,
        End::For(Duration::from_secs(bench.scale.disturbed_seconds.min(2))),
        Between::Sleep,
    );
    server.kill();
    again(server)
}

/// Seconds.
fn again(server: &mut Server) -> f64 {
    let start = Instant::now();
    server.restart();
    start.elapsed().as_secs_f64()
}
