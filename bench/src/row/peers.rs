//! Other servers on the same requests under the same load on the same core: introspection of a set that
//! each holds in memory, and issuance, durable here and in memory there.

use crate::{
    arithmetic::ratio,
    bare::{Bare, Kind},
    bench::{Bench, model},
    load::{End, Expect, requests::Rendered},
    peer::{Peer, ask, hydra, keycloak, node},
    pin::Pins,
    report::{Bar, Unit},
    row::{
        hot::{ACTIVE, CONNECTIONS, of_server},
        issue::{self, TOKEN},
    },
    sides::{Side, Taken, compare},
    usage::Processes,
};

const INTROSPECTION_MIN: f64 = 15.0;
const ISSUE_MIN: f64 = 10.0;
/// Ours are so many times quicker.
const MORE_OF_OURS: u64 = 6;
const HOT: &str = "requests per core-second, hot introspection, of";
const ISSUE: &str = "requests per core-second, durable issue against what is issued by";
const HOT_LIMIT: &str = "the same of a bare handler on hyper: the limit of HTTP";
const ISSUE_LIMIT: &str = "the same of a bare handler on axum that commits a row";

pub fn node(bench: &mut Bench) {
    let bars = (Bar::AtLeast(INTROSPECTION_MIN), Bar::AtLeast(ISSUE_MIN));
    against(bench, "peer", "node-oidc-provider", bars, &|pins| node::start(pins));
}

pub fn hydra(bench: &mut Bench) {
    let program = bench.options.hydra.clone();
    against(bench, "hydra", "Hydra", (Bar::None, Bar::None), &|pins| {
        let program = program.as_deref().ok_or("not asked for: --hydra PATH")?;
        hydra::start(program, pins)
    });
}

pub fn keycloak(bench: &mut Bench) {
    let program = bench.options.keycloak.clone();
    against(bench, "keycloak", "Keycloak", (Bar::None, Bar::None), &|pins| {
        let program = program.as_deref().ok_or("not asked for: --keycloak PATH")?;
        keycloak::start(program, pins)
    });
}

fn against(
    bench: &mut Bench,
    row: &'static str,
    name: &str,
    bars: (Bar, Bar),
    start: &dyn Fn(Pins) -> Result<Peer, String>,
) {
    let tokens = |peer: Peer| -> Result<(Peer, Vec<String>), String> {
        let issue = || ask(&peer.token_address, &peer.issue, 200);
        let tokens: Result<Vec<_>, _> =
            (0..node::TOKENS).map(|_| Ok(issue()?.member("access_token"))).collect();
        tokens.map(|tokens: Vec<String>| (peer, tokens))
    };
    match start(bench.pins).and_then(tokens) {
        Ok((peer, tokens)) => compared(bench, row, name, bars, &peer, &tokens),
        Err(why) => {
            bench.report.not_run(row, &format!("{HOT} {name}"), Unit::Times, bars.0, &why);
            bench.report.not_run(row, &format!("{ISSUE} {name}"), Unit::Times, bars.1, &why);
        }
    }
}

fn compared(
    bench: &mut Bench,
    row: &'static str,
    name: &str,
    bars: (Bar, Bar),
    peer: &Peer,
    tokens: &[String],
) {
    let (ground, scale) = (bench.small(), bench.scale);
    let server = ground.serve(bench.pins);
    let few = scale.peer_requests;
    let theirs = |connections, address: &str, requests: Rendered, expect: Expect| Side {
        who: peer.name.to_owned(),
        address: address.to_owned(),
        processes: Processes::of(peer.pid).and_tree(peer.pid),
        connections,
        requests: Box::new(requests),
        expect,
        each_round: End::After(few),
    };
    let address = &peer.introspection_address;
    let ask = |token: &String| (peer.introspect)(peer, token).bytes(address);
    let asked = Rendered(tokens.iter().map(ask).collect());
    let hot = ground.hot(node::TOKENS as u64, &server.address());
    let more = End::After(few * MORE_OF_OURS);
    let answer = model(&server, &ground.cast, &ground.live.text(0));
    let bare = Bare::returning(Kind::Hyper, &answer, bench.pins);
    let limit = Side {
        who: "hyper, the same bytes".to_owned(),
        address: bare.address.clone(),
        processes: Processes::of(bare.pid()),
        requests: Box::new(ground.hot(node::TOKENS as u64, &bare.address)),
        ..of_server("", &server, Rendered(Vec::new()), ACTIVE, more)
    };
    let mut sides = [
        theirs(CONNECTIONS, address, asked, ACTIVE),
        of_server("vidimus, hot", &server, hot, ACTIVE, more),
        limit,
    ];
    // What is compiled as it runs takes longer to be warm.
    sides[0].take(End::After(few));
    let taken = compare(&mut bench.report, row, scale.rounds.min(3), &mut sides);
    told(bench, row, (&format!("{HOT} {name}"), HOT_LIMIT), bars.0, &taken);
    drop((sides, bare));

    let bare = issue::bare_commit(&server, &ground, bench.pins);
    let issues = Rendered(vec![peer.issue.bytes(&peer.token_address)]);
    let own = Rendered(vec![ground.cast.issue().bytes(&server.address())]);
    let mut sides = [
        theirs(issue::CONNECTIONS, &peer.token_address, issues, TOKEN),
        Side {
            connections: issue::CONNECTIONS,
            ..of_server("vidimus, durable client_credentials", &server, own, TOKEN, more)
        },
        issue::side_of(&bare, &ground, more),
    ];
    sides[0].take(End::After(few));
    let taken = compare(&mut bench.report, row, scale.rounds.min(3), &mut sides);
    told(bench, row, (&format!("{ISSUE} {name}"), ISSUE_LIMIT), bars.1, &taken);
    drop((sides, server, bare));
    bench.keep_small(ground);
}

/// Ours against theirs, and what answers without deciding anything.
fn told(bench: &mut Bench, row: &'static str, what: (&str, &str), bar: Bar, taken: &[Taken]) {
    let [theirs, ours, limit] = taken else { unreachable!("three sides") };
    let theirs = theirs.per_core_second();
    let found = ratio(&ours.per_core_second(), &theirs);
    bench.report.figure(row, what.0, Unit::Times, bar, found);
    let found = ratio(&limit.per_core_second(), &theirs);
    bench.report.figure(row, what.1, Unit::Times, Bar::None, found);
}
