//! One, two and three nodes on one PostgreSQL: what an introspection and a durable issue cost the nodes and
//! the database, and how many looks go in one statement. The inputs of docs/explanation/scaling.md.

use std::time::Duration;

use vidimus_e2e::{cluster::Cluster, postgres, programs::Programs, server::Server};

use crate::{
    arithmetic::median,
    bench::Bench,
    ground::Ground,
    load::{Between, End, Expect, Lane, Pace, Seen, drive, requests::Requests},
    report::{Bar, Measurement, Unit},
    row::{
        hot::ACTIVE,
        issue::TOKEN,
        postgres::{pin, postmaster},
    },
    usage::{Memory, Processes, Used},
};

const ROW: &str = "scaling";
const NODES_MAX: usize = 3;
/// Made ahead for each node and turn, more than it answers.
const AHEAD: u64 = 60_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Hot,
    Cold,
    Issue,
}

/// One kind of load: what each node is asked by so many connections of its own.
struct Kind {
    name: &'static str,
    ask: Ask,
    connections: usize,
}

const KINDS: [Kind; 5] = [
    Kind { name: "hot set, 32 connections each", ask: Ask::Hot, connections: 32 },
    Kind { name: "each token once, 32 connections each", ask: Ask::Cold, connections: 32 },
    Kind { name: "each token once, 4 connections each", ask: Ask::Cold, connections: 4 },
    Kind { name: "each token once, 1 connection each", ask: Ask::Cold, connections: 1 },
    Kind { name: "durable issue, 32 connections each", ask: Ask::Issue, connections: 32 },
];

/// What one kind of load on so many nodes came to, turn by turn.
#[derive(Default)]
struct Taken {
    nodes_us: Vec<f64>,
    database_us: Vec<f64>,
    /// Requests to one statement.
    together: Vec<f64>,
    seen: Seen,
}

struct Fleet<'a> {
    ground: &'a Ground,
    nodes: Vec<Server>,
    database: Processes,
    count: Option<Counter>,
}

pub fn take(bench: &mut Bench) {
    let mut cluster = match bench.cluster() {
        Ok(cluster) => cluster,
        Err(why) => {
            let what = "one to three nodes on one PostgreSQL";
            bench.report.not_run(ROW, what, Unit::PerSecond, Bar::None, &why);
            return;
        }
    };
    let count = Counter::install(&mut cluster);
    let live = bench.scale.postgres_tokens;
    let ground = bench.anywhere(|| Ground::postgres(&cluster, live));
    pin(bench, &cluster);
    let nodes = (0..NODES_MAX).map(|_| ground.serve(bench.pins)).collect();
    let database = Processes::of(postmaster(&cluster)).and_tree(postmaster(&cluster));
    let fleet = Fleet { ground: &ground, nodes, database, count };
    let span = Duration::from_millis(500 * bench.scale.issue_seconds);
    let all = turns(&fleet, bench.scale.rounds, span);
    for ((kind, nodes), taken) in cases().zip(&all) {
        report(bench, &fleet, kind, nodes, taken);
    }
}

fn cases() -> impl Iterator<Item = (&'static Kind, usize)> {
    KINDS.iter().flat_map(|kind| (1..=NODES_MAX).map(move |nodes| (kind, nodes)))
}

/// Every case once in each round; the first round only warms up.
fn turns(fleet: &Fleet<'_>, rounds: u32, span: Duration) -> Vec<Taken> {
    let mut all: Vec<Taken> = cases().map(|_| Taken::default()).collect();
    let mut sets: Vec<_> = cases().map(|(kind, nodes)| fleet.requests(kind, nodes)).collect();
    for round in 0..=rounds {
        for (((kind, _), taken), requests) in cases().zip(&mut all).zip(&mut sets) {
            let mut unseen = Taken::default();
            let taken = if round == 0 { &mut unseen } else { taken };
            fleet.turn(kind, requests, span, taken);
        }
    }
    all
}

impl Fleet<'_> {
    /// Of each node its own; none asks about a token that another is asked about.
    fn requests(&self, kind: &Kind, nodes: usize) -> Vec<Box<dyn Requests + '_>> {
        let ground = self.ground;
        let of = |(at, node): (u64, &Server)| -> Box<dyn Requests + '_> {
            let address = node.address();
            match kind.ask {
                Ask::Hot => Box::new(ground.hot(10_000, &address)),
                Ask::Cold => {
                    Box::new(ground.cold(at * ground.live.count / NODES_MAX as u64, &address))
                }
                Ask::Issue => {
                    let request = ground.cast.issue().bytes(&address);
                    Box::new(crate::load::requests::Rendered(vec![request]))
                }
            }
        };
        (0..).zip(&self.nodes).take(nodes).map(of).collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
    fn turn(
        &self,
        kind: &Kind,
        requests: &mut [Box<dyn Requests + '_>],
        span: Duration,
        taken: &mut Taken,
    ) {
        let pids: Vec<u32> = self.nodes.iter().map(Server::pid).collect();
        let expect = kind.ask.expects();
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        for (node, requests) in self.nodes.iter().zip(requests) {
            requests.prepare(AHEAD);
            let requests = Box::new(requests.as_mut());
            let (address, connections) = (node.address(), kind.connections);
            lanes.push(Lane { address, connections, pace: Pace::Closed, requests, expect });
        }
        let statements = self.count.as_ref().map(Counter::now);
        let (nodes, database) = (Used::now(&pids), Used::now(&self.database.now()));
        let each = drive(&mut lanes, None, End::For(span), Between::Sleep);
        let nodes = Used::now(&pids).since(&nodes).as_secs_f64();
        let database = Used::now(&self.database.now()).since(&database).as_secs_f64();
        let mut seen = Seen::default();
        each.iter().for_each(|lane| seen.add(lane));
        seen.span = each.first().map_or(span, |lane| lane.span);
        let answers = seen.answers as f64;
        taken.nodes_us.push(nodes * 1e6 / answers);
        taken.database_us.push(database * 1e6 / answers);
        if let (Some(count), Some(before)) = (&self.count, statements) {
            taken.together.push(answers / (count.now() - before));
        }
        taken.seen.add(&seen);
    }
}

impl Ask {
    const fn expects(self) -> Expect {
        match self {
            Self::Hot | Self::Cold => ACTIVE,
            Self::Issue => TOKEN,
        }
    }
}

fn report(bench: &mut Bench, fleet: &Fleet<'_>, kind: &Kind, nodes: usize, taken: &Taken) {
    let who = format!("{nodes} nodes, {}", kind.name);
    let pids: Vec<u32> = fleet.nodes.iter().take(nodes).map(Server::pid).collect();
    let cpu = median(&taken.nodes_us);
    let mine = format!("{who}: nodes");
    bench.report.measurement(Measurement::of(ROW, &mine, cpu, &taken.seen, Memory::of(&pids)));
    let cpu = median(&taken.database_us);
    let (theirs, memory) = (format!("{who}: PostgreSQL"), Memory::of(&fleet.database.now()));
    bench.report.measurement(Measurement::of(ROW, &theirs, cpu, &taken.seen, memory));
    let what = format!("{who}: requests to a statement");
    match &fleet.count {
        Some(_) => {
            let found = median(&taken.together);
            bench.report.figure(ROW, what, Unit::Times, Bar::None, found);
        }
        None => bench.report.not_run(ROW, &what, Unit::Times, Bar::None, "no pg_stat_statements"),
    }
}

/// Of all statements of the cluster; asking counts as one.
struct Counter {
    programs: Programs,
    url: String,
}

impl Counter {
    fn install(cluster: &mut Cluster) -> Option<Self> {
        let counter = Self { programs: Programs::find().ok()?, url: cluster.url() };
        let there = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'";
        if counter.run(there) != "1" {
            return None;
        }
        counter.run("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
        cluster.restart();
        counter.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        Some(counter)
    }

    fn run(&self, statement: &str) -> String {
        postgres::run(&self.programs, &self.url, statement).expect("psql")
    }

    fn now(&self) -> f64 {
        let calls = self.run("SELECT sum(calls) FROM pg_stat_statements WHERE toplevel");
        calls.parse().expect("a number")
    }
}
