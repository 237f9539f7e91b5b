//! What every push checks: that introspection has not become several times dearer beside a bare handler.
//! A ratio within one run, of whatever build is at hand; never a time.

use std::process::ExitCode;

use crate::{
    arithmetic::ratio,
    bare::{Bare, Kind},
    bench::model,
    ground::Ground,
    load::End,
    pin::Pins,
    report::Report,
    row::hot::{ACTIVE, CONNECTIONS, of_server},
    sides::{Side, compare},
    usage::Processes,
};

pub const COMMAND: &str = "guard";
const LIVE: u64 = 20_000;
const HOT: u64 = 1000;
const REQUESTS: u64 = 1500;
const ROUNDS: u32 = 7;
/// Unoptimized, where it is about four times: one more look at the database, a hash or a copy of the
/// configuration for each request are beyond it.
const DEBUG_MAX: f64 = 6.0;
/// Optimized, where the bar of the bench is 1.6 times.
const RELEASE_MAX: f64 = 2.5;

pub fn run() -> ExitCode {
    let ground = Ground::sqlite(LIVE, 1);
    let server = ground.serve(Pins::NONE);
    let answer = model(&server, &ground.cast, &ground.live.text(0));
    let bare = Bare::returning(Kind::Axum, &answer, Pins::NONE);
    let each_round = End::After(REQUESTS);
    let mut sides = [
        Side {
            who: "axum, the same bytes".to_owned(),
            address: bare.address.clone(),
            processes: Processes::of(bare.pid()),
            connections: CONNECTIONS,
            requests: Box::new(ground.hot(HOT, &bare.address)),
            expect: ACTIVE,
            each_round,
        },
        of_server("vidimus, hot", &server, ground.hot(HOT, &server.address()), ACTIVE, each_round),
    ];
    let taken = compare(&mut Report::default(), COMMAND, ROUNDS, &mut sides);
    let found = ratio(&taken[1].cpu_us, &taken[0].cpu_us);
    let most = if cfg!(debug_assertions) { DEBUG_MAX } else { RELEASE_MAX };
    println!("CPU of an introspection: {found:.2} times a bare handler's, at most {most}");
    if found <= most { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
