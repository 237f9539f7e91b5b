//! What a simulation came to.

use std::fmt;

use super::{costs, model::Model, options::Load};

pub struct Findings {
    /// Answers a second: introspections, or issues where nothing else is asked for.
    pub rate: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub node_us: f64,
    pub database_us: f64,
    pub together: f64,
    pub violations: u64,
    /// The highest first.
    pub used: Vec<(&'static str, f64)>,
    offered: Option<f64>,
    refused: u64,
    writes: f64,
    /// Of caches, replicas and the primary.
    pub shares: [f64; 3],
    too_old: f64,
    hit_rate: f64,
}

impl Findings {
    pub fn of(model: &Model) -> Self {
        let (options, seen) = (&model.options, &model.seen);
        let seconds = options.seconds;
        let answers = seen.latency.count() as f64;
        let looks = (seen.by_replicas + seen.by_primary) as f64;
        let all = (looks + seen.by_cache as f64).max(1.0);
        let each = |nanoseconds: u64| nanoseconds as f64 / 1000.0 / answers.max(1.0);
        Self {
            rate: answers / seconds,
            p50_us: seen.latency.percentile(0.5),
            p99_us: seen.latency.percentile(0.99),
            node_us: each(seen.nodes),
            database_us: each(seen.databases),
            together: (looks + seen.too_old as f64) / seen.statements.max(1) as f64,
            violations: seen.violations,
            used: used(model),
            offered: if let Load::Open(rate) = options.load { Some(rate) } else { None },
            refused: seen.refused,
            writes: seen.acknowledged as f64 / seconds,
            shares: [seen.by_cache, seen.by_replicas, seen.by_primary].map(|by| by as f64 / all),
            too_old: seen.too_old as f64 / all,
            hit_rate: model.popularity.hit_rate(),
        }
    }
}

/// What can run out, and how much of it is used.
fn used(model: &Model) -> Vec<(&'static str, f64)> {
    let (options, seen) = (&model.options, &model.seen);
    let span = options.seconds * 1e9;
    let busy = |pools: std::ops::Range<usize>| {
        let each = pools.map(|at| &model.pools[at]);
        each.map(|cores| cores.busy as f64 / (span * cores.count as f64)).fold(0.0, f64::max)
    };
    let (nodes, pools) = (options.nodes, model.pools.len());
    let replay = seen.replayed * costs::REPLAY;
    let held = seen.changes * costs::EPOCH_HOLD;
    let places = (nodes * costs::LINES * costs::BATCH_MAX) as f64;
    let under_way = seen.under_way.into_iter().max().unwrap_or(0);
    let mut used = vec![
        ("places in the statements of a node's connections", under_way as f64 / span / places),
        ("the epochs of configuration", held as f64 / span / options.tenants as f64),
    ];
    if options.one_core {
        used.push(("the one core", busy(0..1)));
    } else {
        used.push(("cores of a node", busy(0..nodes)));
        used.push(("cores of the primary", busy(nodes..nodes + 1)));
    }
    if options.replicas > 0 {
        used.push(("cores of a replica", busy(nodes + 1..pools)));
        used.push(("replay on a replica", replay as f64 / span));
    }
    used.sort_by(|left, right| right.1.total_cmp(&left.1));
    used
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(offered) = self.offered {
            writeln!(f, "offered    {offered:.0}/s")?;
        }
        writeln!(f, "answered   {:.0}/s, {} refused", self.rate, self.refused)?;
        if self.writes > 0.0 {
            writeln!(f, "written    {:.0}/s", self.writes)?;
        }
        writeln!(f, "p50, p99   {:.0} µs, {:.0} µs", self.p50_us, self.p99_us)?;
        let [cache, replicas, primary] = self.shares.map(|share| share * 100.0);
        writeln!(
            f,
            "by         caches {cache:.1} %, replicas {replicas:.1} %, primary {primary:.1} %"
        )?;
        if self.too_old > 0.0 {
            writeln!(
                f,
                "too old    {:.2} % of the answers of replicas, asked again",
                self.too_old * 100.0
            )?;
        }
        if self.hit_rate > 0.0 {
            writeln!(
                f,
                "hit rate   {:.1} % of a cache that forgets the longest unused",
                self.hit_rate * 100.0
            )?;
        }
        writeln!(f, "batches    {:.1} looks to a statement", self.together)?;
        let (node, database) = (self.node_us, self.database_us);
        writeln!(f, "CPU        {node:.1} µs of nodes, {database:.1} µs of databases for each")?;
        for (at, (what, share)) in self.used.iter().enumerate() {
            let title = if at == 0 { "in use" } else { "" };
            writeln!(f, "{title:10} {:5.1} %  {what}", share * 100.0)?;
        }
        let first = self.used.first().map_or("nothing", |(what, _)| what);
        writeln!(f, "first to run out: {first}")?;
        writeln!(f, "shown active more than 1 s after its revocation: {}", self.violations)
    }
}
