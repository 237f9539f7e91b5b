//! A durable token for an RS256 assertion (RFC 7523 §2.1): against one bare verification and one durable
//! `client_credentials` in the same run.

use std::time::{Duration, Instant};

use vidimus_e2e::setup::PUBLIC_URL;

use crate::{
    arithmetic::{median, ratio},
    bench::Bench,
    cast::IDP,
    load::{
        End,
        requests::{Once, Rendered},
    },
    report::{Bar, Unit},
    row::{
        hot::of_server,
        issue::{CONNECTIONS, TOKEN, raw},
    },
    sides::compare,
};

const RATIO_MAX: f64 = 1.5;
const VERIFICATIONS: u32 = 5000;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let (address, cast, scale) = (server.address(), &ground.cast, bench.scale);
    let rounds = scale.rounds.min(3);
    let each_round = scale.assertions;
    let count = each_round * u64::from(rounds) + each_round / 5 + 1;
    eprintln!("  signing {count} assertions");
    let sign = |_| cast.bring(&cast.idp.assertion(IDP, "alice", PUBLIC_URL)).bytes(&address);
    let rendered = bench.anywhere(|| in_two(count, &sign));
    let assertion = cast.idp.assertion(IDP, "alice", PUBLIC_URL);
    let verifying = (0..rounds).map(|_| verification(bench, &cast.idp, &assertion));
    let verifying: Vec<f64> = verifying.collect();

    let issue = Rendered(vec![cast.issue().bytes(&address)]);
    let bring = Once { rendered: &rendered, sent: 0 };
    let end = End::After(each_round);
    let mut sides = [
        of_server("vidimus, client_credentials", &server, issue, TOKEN, end),
        of_server("vidimus, JWT bearer RS256", &server, bring, TOKEN, end),
    ];
    for side in &mut sides {
        side.connections = CONNECTIONS;
    }
    let taken = compare(&mut bench.report, "jwt-bearer", rounds, &mut sides);
    let parts: Vec<f64> =
        taken[0].cpu_us.iter().zip(&verifying).map(|(issue, verify)| issue + verify).collect();
    let what = format!(
        "JWT bearer RS256, durable, against verification ({:.1} µs) and issue: CPU",
        median(&verifying)
    );
    let found = ratio(&taken[1].cpu_us, &parts);
    bench.report.figure("jwt-bearer", what, Unit::Times, Bar::AtMost(RATIO_MAX), found);
    let ceiling = raw(bench, Duration::from_secs(scale.issue_seconds));
    let found = median(&taken[1].per_second) / ceiling;
    let what = "JWT bearer, of the raw group-commit rate (it writes two rows)";
    bench.report.figure("jwt-bearer", what, Unit::Share, Bar::None, found);
    drop((sides, server));
    bench.keep_small(ground);
}

/// Microseconds of one, on the server's core.
fn verification(bench: &Bench, key: &crate::signing::RsKey, assertion: &str) -> f64 {
    bench.pins.on_the_server_s_core(|| {
        let start = Instant::now();
        key.verify(assertion, VERIFICATIONS);
        start.elapsed().as_secs_f64() * 1e6 / f64::from(VERIFICATIONS)
    })
}

/// Made by two threads.
fn in_two(count: u64, make: &(dyn Fn(u64) -> Vec<u8> + Sync)) -> Vec<Vec<u8>> {
    std::thread::scope(|scope| {
        let half = count / 2;
        let first = scope.spawn(move || (0..half).map(make).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(make).collect();
        [first.join().expect("a thread"), second].concat()
    })
}
