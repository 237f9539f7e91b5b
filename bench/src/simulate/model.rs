//! Nodes, one primary and replicas, event by event; and whose processor time it takes.

use std::collections::HashMap;

use super::{
    cores::{Cores, Job, Side},
    costs,
    event::{Event, Stream},
    lag::Lag,
    line::{self, Line, PRIMARY},
    options::{Load, Options},
    popularity::Popularity,
    random::{Random, whole},
    schedule::Schedule,
    seen::Seen,
};

const SECOND: f64 = 1e9;

pub struct Node {
    /// How much of what was revoked it has read, for its memory.
    pub feed: Lag,
    /// Requests that are not answered.
    pub inside: usize,
    /// It does not ask its replica before: the replica was behind.
    pub replica_from: u64,
}

pub struct Revoked {
    pub committed: u64,
    pub acknowledged: u64,
}

pub struct Model {
    pub options: Options,
    pub schedule: Schedule,
    pub pools: Vec<Cores>,
    pub popularity: Popularity,
    pub revoked: HashMap<u64, Revoked>,
    /// Until when a change of each tenant's configuration holds the tenant's epoch.
    pub epochs: Vec<u64>,
    pub seen: Seen,
    pub random: Random,
    /// Counting begins here.
    pub warm: u64,
    pub nodes: Vec<Node>,
    pub lines: Vec<Line>,
    pub replicas: Vec<Lag>,
}

impl Model {
    pub fn new(options: Options) -> Self {
        let room = options.cache_mb * 1e6 / costs::CACHED_BYTES;
        let lag = |stream: u64, usual: f64| {
            let random = Random::of(options.seed, stream);
            Lag::new(random, usual, options.stall_every_s * SECOND, options.stall_ms * 1e6)
        };
        let node = |number: usize| Node {
            feed: lag(1000 + number as u64, costs::SAMPLE as f64),
            inside: 0,
            replica_from: 0,
        };
        Self {
            schedule: Schedule::default(),
            pools: pools(&options),
            popularity: Popularity::new(options.tokens, options.zipf, room),
            revoked: HashMap::new(),
            epochs: vec![0; options.tenants],
            seen: Seen::default(),
            random: Random::of(options.seed, 0),
            warm: whole(options.seconds * 0.2 * SECOND),
            nodes: (0..options.nodes).map(node).collect(),
            lines: (0..line::number(options.nodes, 0, 0)).map(|_| Line::default()).collect(),
            replicas: (0..options.replicas)
                .map(|number| lag(1_000_000 + number as u64, options.lag_ms * 1e6))
                .collect(),
            options,
        }
    }

    pub fn run(&mut self) {
        let end = self.warm + whole(self.options.seconds * SECOND);
        for node in 0..self.options.nodes {
            match self.options.load {
                Load::Open(_) => self.next_arrival(node),
                Load::Closed(connections) => {
                    (0..connections).for_each(|_| self.schedule.after(0, Event::Asked { node }));
                }
                Load::ClosedIssues(connections) => {
                    (0..connections).for_each(|_| self.issue_again(node));
                }
            }
        }
        for stream in [Stream::Issues, Stream::Revocations, Stream::Changes] {
            self.next_of(stream);
        }
        while let Some((pool, event)) = self.schedule.next_before(end) {
            if let Some(pool) = pool {
                let begun = self.pools[pool].next(&mut self.schedule);
                self.account(pool, begun);
            }
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Asked { node } => self.asked(node),
            Event::Read(request) => self.read(request),
            Event::Sent(line) => self.schedule.after(self.way(), Event::Reached(line)),
            Event::Reached(line) => self.reached(line),
            Event::Executed(line) => self.schedule.after(self.way(), Event::Returned(line)),
            Event::Returned(number) => {
                let cost = costs::RECEIVE;
                self.turn(line::node(number), Side::Node, cost, Event::HandedOut(number));
            }
            Event::HandedOut(line) => self.handed_out(line),
            Event::Answered(request) => self.answered(request),
            Event::Nothing => {}
            other => self.happen_of_writes(other),
        }
    }

    /// From a node to a database.
    pub fn way(&self) -> u64 {
        self.options.round_trip_us * 500
    }

    pub fn is_warm(&self) -> bool {
        self.schedule.now >= self.warm
    }

    /// A job of a process that others' turns have pushed out of the core's caches.
    pub fn turn(&mut self, pool: usize, side: Side, cost: u64, then: Event) {
        let pool = if self.options.one_core { 0 } else { pool };
        self.job(pool, side, cost + self.pools[pool].refill, then);
    }

    pub fn job(&mut self, pool: usize, side: Side, cost: u64, then: Event) {
        let pool = if self.options.one_core { 0 } else { pool };
        let begun = self.pools[pool].take(&mut self.schedule, Job { side, cost, then });
        self.account(pool, begun);
    }

    fn account(&mut self, pool: usize, begun: Option<(Side, u64)>) {
        let Some((side, cost)) = begun.filter(|_| self.is_warm()) else { return };
        self.pools[pool].busy += cost;
        match side {
            Side::Node => self.seen.nodes += cost,
            Side::Database => self.seen.databases += cost,
            Side::Other => {}
        }
    }

    /// Of the primary, or of the replica that the node asks.
    pub fn database(&self, node: usize, whom: usize) -> usize {
        let primary = self.options.nodes;
        if whom == PRIMARY { primary } else { primary + 1 + self.replica(node) }
    }

    pub fn replica(&self, node: usize) -> usize {
        node % self.options.replicas.max(1)
    }

    pub fn next_arrival(&mut self, node: usize) {
        let Load::Open(rate) = self.options.load else { return };
        if rate > 0.0 {
            let mean = SECOND * self.options.nodes as f64 / rate;
            let wait = self.wait(mean);
            self.schedule.after(wait, Event::Asked { node });
        }
    }

    pub fn wait(&mut self, mean: f64) -> u64 {
        whole(self.random.exponential(mean))
    }
}

/// Those of the nodes, of the primary, of the replicas; or one for all.
fn pools(options: &Options) -> Vec<Cores> {
    if options.one_core {
        return vec![Cores::new(0, 1, 2 * options.nodes)];
    }
    let asking = |nodes: usize| nodes * costs::LINES;
    let nodes = (0..options.nodes).map(|_| (options.node_cores, 1));
    let primary = (options.database_cores, asking(options.nodes));
    let share = options.nodes.div_ceil(options.replicas.max(1));
    let replicas = (0..options.replicas).map(|_| (options.replica_cores, asking(share)));
    let all = nodes.chain([primary]).chain(replicas).enumerate();
    all.map(|(number, (count, processes))| Cores::new(number, count, processes)).collect()
}
