//! Tokens that are good no longer, or never were.

use vidimus_e2e::http::Request;

use crate::{
    arithmetic::ratio,
    bench::{Bench, issued},
    fill::Tokens,
    load::{End, Expect, requests::Rendered},
    report::{Bar, Unit},
    row::hot::{ACTIVE, of_server},
    sides::compare,
    signing::milliseconds_now,
};

const INACTIVE: Expect = Expect::Body("\"active\":false");
/// Issued and revoked one by one.
const REVOKED: usize = 500;
/// Keys in which nothing was ever issued.
const LONG_AGO_MS: i64 = 30 * 86_400_000;

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let address = server.address();
    let scale = bench.scale;
    let pattern = ground.live.pattern.clone();
    let before = milliseconds_now() - LONG_AGO_MS;
    let unknown = Tokens::live(ground.master_key(), pattern, scale.hot, before);
    let ask = |token: &str| ground.cast.introspect(token).bytes(&address);
    let unknown = (0..scale.hot).map(|number| ask(&unknown.text(number))).collect();

    let mut connection = server.connect();
    let revoked: Vec<_> = issued(&server, &ground.cast.issue(), REVOKED)
        .into_iter()
        .map(|token| {
            let request: Request = ground.cast.revoke(&token);
            assert_eq!(connection.exchange(&request).expect("an answer").status, 200);
            ask(&token)
        })
        .collect();
    let each_round = End::After(scale.requests / 2);
    let hot = ground.hot(scale.hot, &address);
    let side = |who, requests| of_server(who, &server, requests, INACTIVE, each_round);
    let mut sides = [
        of_server("active, hot", &server, hot, ACTIVE, each_round),
        side("unknown", Rendered(unknown)),
        side("revoked", Rendered(revoked)),
        of_server("expired", &server, ground.of_expired(&address), INACTIVE, each_round),
    ];
    let taken = compare(&mut bench.report, "inactive", scale.rounds, &mut sides);
    for (who, one) in ["unknown", "revoked", "expired"].iter().zip(&taken[1..]) {
        let found = ratio(&one.cpu_us, &taken[0].cpu_us);
        let what = format!("introspection, {who}, against active and hot: CPU");
        bench.report.figure("inactive", what, Unit::Times, Bar::None, found);
    }
    drop((sides, server));
    bench.keep_small(ground);
}
