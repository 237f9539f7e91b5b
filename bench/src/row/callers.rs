//! Other ways to authenticate than Basic with a machine-made secret, and other tokens than opaque ones.

use crate::{
    arithmetic::ratio,
    bench::{Bench, issued},
    load::{
        End,
        requests::{Once, Rendered},
    },
    report::{Bar, Unit},
    row::hot::{ACTIVE, of_server},
    sides::{Side, compare},
};

const TOKENS: usize = 1000;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let (address, cast, scale) = (server.address(), &ground.cast, bench.scale);
    let people = issued(&server, &cast.issue_to_people(), TOKENS);
    let jwts = issued(&server, &cast.issue_jwt(), TOKENS);
    let rendered = |tokens: &[String], ask: &dyn Fn(&str) -> vidimus_e2e::http::Request| {
        Rendered(tokens.iter().map(|token| ask(token).bytes(&address)).collect())
    };
    let each_round = End::After(scale.requests / 3);
    let side = |who, requests| of_server(who, &server, requests, ACTIVE, each_round);
    let mut sides = [
        side("Basic", ground.hot(scale.hot.min(TOKENS as u64), &address)),
        side("Basic, JWT access tokens", rendered(&jwts, &|token| cast.introspect(token))),
        side("Basic, another tenant", rendered(&people, &|t| cast.introspect_at_people(t))),
        side("a chosen secret", rendered(&people, &|t| cast.introspect_by_chosen_secret(t))),
        side("a user, as WSO2 has it", rendered(&people, &|t| cast.introspect_by_user(t))),
    ];
    let taken = compare(&mut bench.report, "callers", scale.rounds, &mut sides);
    for (side, one) in sides.iter().zip(&taken).skip(1) {
        let what = format!("introspection by {}, against Basic: CPU", side.who);
        let found = ratio(&one.cpu_us, &taken[0].cpu_us);
        bench.report.figure("callers", what, Unit::Times, Bar::None, found);
    }
    drop(sides);
    by_assertion(bench, &ground, &server);
    drop(server);
    bench.keep_small(ground);
}

/// Each signed for its one use, shortly before: they are good for two minutes.
fn by_assertion(
    bench: &mut Bench,
    ground: &crate::ground::Ground,
    server: &vidimus_e2e::server::Server,
) {
    let (address, scale) = (server.address(), bench.scale);
    let each_round = scale.assertions / 2;
    let rounds = scale.rounds.min(3);
    let sent = each_round * u64::from(rounds) + each_round / 5 + 1;
    let ask = |number: u64| {
        let token = ground.live.text(number % scale.hot);
        ground.cast.introspect_by_assertion(&token).bytes(&address)
    };
    let rendered: Vec<_> = (0..sent).map(ask).collect();
    let once = Once { rendered: &rendered, sent: 0 };
    let each_round = End::After(each_round);
    let mut sides: [Side<'_>; 2] = [
        of_server("Basic", server, ground.hot(scale.hot, &address), ACTIVE, each_round),
        of_server("private_key_jwt, ES256", server, once, ACTIVE, each_round),
    ];
    let taken = compare(&mut bench.report, "callers", rounds, &mut sides);
    let what =
        "introspection by private_key_jwt, each assertion used up on disk, against Basic: CPU";
    let found = ratio(&taken[1].cpu_us, &taken[0].cpu_us);
    bench.report.figure("callers", what, Unit::Times, Bar::None, found);
}
