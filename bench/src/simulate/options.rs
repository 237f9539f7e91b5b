//! What is simulated.

pub const USAGE: &str = "usage: cargo xtask bench simulate [OPTION…]

  --nodes N             (3), each with --node-cores N (2)
  --database-cores N    of the primary (4)
  --replicas N          (0), each with --replica-cores N (4); a node asks one of them
  --replica-share X     of the looks, where there are replicas (1)
  --rate N              introspections a second, whatever becomes of those before (100000)
  --closed N            instead: so many connections to each node, each of which waits for its answer
  --closed-issues N     the same, with durable issues
  --one-core            nodes and database share one core, as in the row `scaling`
  --round-trip-us N     between node and database (200)
  --hot                 the database has the rows that it is asked for at hand
  --issues N            a second (0)
  --revocations N       a second (0), of tokens that are asked about like others
  --changes N           of configuration, a second (0), in one of --tenants N (1)
  --tokens N            live (10000000); asked about by Zipf's law with --zipf X (1)
  --cache-mb N          of tokens on each node (0)
  --lag-ms N            of replicas, on average (5)
  --stall-ms N          for which a replica or a node stands still (0), each --stall-every-s N (10)
  --no-bound            answers of replicas and caches count however old they are
  --seconds X           simulated (0.5), after a fifth of it to warm up
  --seed N              (1)
";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// A second, over all nodes.
    Open(f64),
    /// Connections to each node.
    Closed(usize),
    ClosedIssues(usize),
}

#[derive(Clone, Debug)]
pub struct Options {
    pub nodes: usize,
    pub node_cores: usize,
    pub database_cores: usize,
    pub replicas: usize,
    pub replica_cores: usize,
    pub replica_share: f64,
    pub load: Load,
    pub one_core: bool,
    pub round_trip_us: u64,
    pub hot: bool,
    pub issues: f64,
    pub revocations: f64,
    pub changes: f64,
    pub tenants: usize,
    pub tokens: f64,
    pub zipf: f64,
    pub cache_mb: f64,
    pub lag_ms: f64,
    pub stall_ms: f64,
    pub stall_every_s: f64,
    pub bound: bool,
    pub seconds: f64,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 3,
            node_cores: 2,
            database_cores: 4,
            replicas: 0,
            replica_cores: 4,
            replica_share: 1.0,
            load: Load::Open(100_000.0),
            one_core: false,
            round_trip_us: 200,
            hot: false,
            issues: 0.0,
            revocations: 0.0,
            changes: 0.0,
            tenants: 1,
            tokens: 10_000_000.0,
            zipf: 1.0,
            cache_mb: 0.0,
            lag_ms: 5.0,
            stall_ms: 0.0,
            stall_every_s: 10.0,
            bound: true,
            seconds: 0.5,
            seed: 1,
        }
    }
}

impl Options {
    /// # Errors
    /// The argument that is not understood.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument {
                "--nodes" => options.nodes = some(value()?)?,
                "--node-cores" => options.node_cores = some(value()?)?,
                "--database-cores" => options.database_cores = some(value()?)?,
                "--replicas" => options.replicas = number(value()?)?,
                "--replica-cores" => options.replica_cores = some(value()?)?,
                "--replica-share" => options.replica_share = amount(value()?)?,
                "--rate" => options.load = Load::Open(amount(value()?)?),
                "--closed" => options.load = Load::Closed(some(value()?)?),
                "--closed-issues" => options.load = Load::ClosedIssues(some(value()?)?),
                "--one-core" => options.one_core = true,
                "--round-trip-us" => options.round_trip_us = number(value()?)?,
                "--hot" => options.hot = true,
                "--issues" => options.issues = amount(value()?)?,
                "--revocations" => options.revocations = amount(value()?)?,
                "--changes" => options.changes = amount(value()?)?,
                "--tenants" => options.tenants = some(value()?)?,
                "--tokens" => options.tokens = amount(value()?)?.max(1.0),
                "--zipf" => options.zipf = amount(value()?)?,
                "--cache-mb" => options.cache_mb = amount(value()?)?,
                "--lag-ms" => options.lag_ms = amount(value()?)?,
                "--stall-ms" => options.stall_ms = amount(value()?)?,
                "--stall-every-s" => options.stall_every_s = amount(value()?)?,
                "--no-bound" => options.bound = false,
                "--seconds" => options.seconds = amount(value()?)?,
                "--seed" => options.seed = number(value()?)?,
                other => return Err(format!("there is no option {other}")),
            }
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn some(text: &str) -> Result<usize, String> {
    number(text).and_then(|count| if count > 0 { Ok(count) } else { Err("0 is none".to_owned()) })
}

fn amount(text: &str) -> Result<f64, String> {
    let amount: f64 = number(text)?;
    let is_one = amount.is_finite() && amount >= 0.0;
    if is_one { Ok(amount) } else { Err(format!("{text} is no amount")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options, String> {
        let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn options_come_in_any_order_and_the_last_load_counts() {
        let options = parse("--nodes 5 --rate 10 --one-core --closed 32").expect("understood");
        assert_eq!((options.nodes, options.load), (5, Load::Closed(32)));
        assert!(options.one_core && options.bound);
        assert!(!parse("--no-bound").expect("understood").bound);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, named) in [
            ("--node 3", "--node"),
            ("--nodes", "--nodes"),
            ("--nodes 0", "0"),
            ("--rate -1", "-1"),
            ("--zipf inf", "inf"),
        ] {
            assert!(parse(text).expect_err(text).contains(named), "{text}");
        }
    }

    #[test]
    fn every_option_is_explained() {
        let source = include_str!("options.rs");
        let arms = source.lines().filter_map(|line| line.trim().strip_prefix("\"--"));
        for name in arms.filter_map(|arm| arm.split_once("\" =>")).map(|(name, _)| name) {
            assert!(USAGE.contains(&format!("--{name} ")), "{name}");
        }
    }
}
