//! Introspection over PostgreSQL on the same core, beside an axum handler that runs one prepared statement
//! pipelined on one connection: what is left when nothing is decided.

use vidimus_e2e::{cluster::Cluster, http::Request};

use crate::{
    arithmetic::ratio,
    bare::{self, Bare},
    bench::{Bench, model},
    ground::Ground,
    load::{
        End,
        requests::{Filled, Requests},
    },
    report::{Bar, Unit},
    row::hot::{ACTIVE, of_server},
    sides::{Side, compare},
    usage::{Processes, tree},
};

const SHARE_MIN: f64 = 0.6;
/// In flight at once, as many as the one pipelined connection needs to be full.
const CONNECTIONS: usize = 32;
const KEY_DIGITS: usize = 19;
const STATEMENT: &str = "SELECT kind, hash, client, user_key, family, scope, audience, issued_at, \
     expires_at, not_before, revocation, confirmation, kid FROM token WHERE tenant = TENANT \
     AND key = $1";

pub fn take(bench: &mut Bench) {
    let what = "introspection over PostgreSQL, of the bare statement's rate";
    let cluster = match bench.cluster() {
        Ok(cluster) => cluster,
        Err(why) => {
            let bar = Bar::AtLeast(SHARE_MIN);
            bench.report.not_run("postgres", what, Unit::Share, bar, &why);
            return;
        }
    };
    let live = bench.scale.postgres_tokens;
    let ground = bench.anywhere(|| Ground::postgres(&cluster, live));
    pin(bench, &cluster);
    beside_the_statement(bench, &ground, &cluster, what);
    drop(ground);
    bench.keep_cluster(cluster);
}

fn beside_the_statement(bench: &mut Bench, ground: &Ground, cluster: &Cluster, what: &str) {
    let scale = bench.scale;
    let server = ground.serve(bench.pins);
    let answer = model(&server, &ground.cast, &ground.live.text(0));
    let sql = STATEMENT.replace("TENANT", &ground.live.pattern.tenant.to_string());
    let bare = Bare::statement(ground.url(), &sql, answer.text(), bench.pins);
    let each_round = End::After(scale.requests / 2);
    let cold = ground.cold(0, &server.address());
    // Their database's share counts for both: every backend runs on the same core.
    let with_database = |pid: u32| Processes::of(pid).and_tree(postmaster(cluster));
    let mut sides = [
        Side {
            who: "axum with the bare statement, PostgreSQL's share too".to_owned(),
            address: bare.address.clone(),
            processes: with_database(bare.pid()),
            connections: CONNECTIONS,
            requests: Box::new(keys(ground, &bare.address)),
            expect: ACTIVE,
            each_round,
        },
        Side {
            processes: with_database(server.pid()),
            connections: CONNECTIONS,
            ..of_server("vidimus, PostgreSQL's share too", &server, cold, ACTIVE, each_round)
        },
    ];
    let taken = compare(&mut bench.report, "postgres", scale.rounds, &mut sides);
    let found = ratio(&taken[1].per_second, &taken[0].per_second);
    bench.report.figure("postgres", what, Unit::Share, Bar::AtLeast(SHARE_MIN), found);
    let found = ratio(&taken[0].cpu_us, &taken[1].cpu_us);
    let by_cpu = "the same by CPU";
    bench.report.figure("postgres", by_cpu, Unit::Share, Bar::None, found);
    let rate = without_http(bench, ground, &sql);
    let what = "the bare statement without HTTP";
    bench.report.figure("postgres", what, Unit::PerSecond, Bar::None, rate);
}

/// Each token's key once, at the end of a body as long as an introspection's.
fn keys<'a>(ground: &'a Ground, address: &str) -> impl Requests + use<'a> {
    let place = "7".repeat(KEY_DIGITS);
    let form =
        [("token_type_hint", "access_token_of_the_same_length_as_real_ones"), ("key", &place)];
    let sample = Request::post("/oauth2/introspect").basic("a", "b").form(&form).bytes(address);
    let tokens = &ground.live;
    let mut next = 0;
    Filled::around(&sample, &place, move || {
        next += 1;
        let key = tokens.key(tokens.shuffled((next - 1) % tokens.count));
        format!("{key:0width$}", width = KEY_DIGITS)
    })
}

fn without_http(bench: &Bench, ground: &Ground, sql: &str) -> f64 {
    let tokens = &ground.live;
    let count = tokens.count.min(200_000);
    let keys: Vec<i64> = (0..count).map(|at| tokens.key(tokens.shuffled(at))).collect();
    // Client and database share the server's core, as server and database do.
    bench.pins.on_the_server_s_core(|| {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        runtime.block_on(bare::rate_of_statement(ground.url(), sql, &keys, CONNECTIONS))
    })
}

pub fn postmaster(cluster: &Cluster) -> u32 {
    let file = cluster.directory().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&file).expect("postmaster.pid");
    text.lines().next().and_then(|line| line.trim().parse().ok()).expect("a pid")
}

/// The postmaster first: what it starts later stays on its core.
pub fn pin(bench: &Bench, cluster: &Cluster) {
    for pid in tree(postmaster(cluster)) {
        bench.pins.move_process(pid);
    }
}
