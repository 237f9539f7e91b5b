//! The model against what was measured (`scaling`, one core for nodes and database), and the bound.

use super::{
    findings::Findings,
    options::{Load, Options},
    simulate,
};

/// How far the model may be off.
const TOLERANCE: f64 = 0.25;

fn on_one_core(nodes: usize, load: Load, hot: bool) -> Findings {
    let seconds = 0.2;
    let round_trip_us = 0;
    simulate(Options { nodes, load, hot, one_core: true, round_trip_us, seconds, ..<_>::default() })
}

/// Answers a second of one, two and three nodes.
fn check(name: &str, load: Load, hot: bool, measured: [f64; 3]) {
    for (nodes, measured) in (1..).zip(measured) {
        let found = on_one_core(nodes, load, hot).rate;
        let off = found / measured - 1.0;
        println!("{name}, {nodes} nodes: {found:.0}/s, measured {measured:.0}/s, {off:+.2}");
        assert!(off.abs() < TOLERANCE, "{name}, {nodes} nodes: {found:.0}/s, not {measured:.0}/s");
    }
}

#[test]
fn the_measured_rates_are_reproduced() {
    check("hot, 32", Load::Closed(32), true, [64_193.0, 65_056.0, 62_153.0]);
    check("cold, 32", Load::Closed(32), false, [61_476.0, 54_330.0, 54_124.0]);
    check("cold, 4", Load::Closed(4), false, [34_556.0, 27_841.0, 23_388.0]);
    check("cold, 1", Load::Closed(1), false, [20_884.0, 18_049.0, 14_501.0]);
    check("issue, 32", Load::ClosedIssues(32), false, [14_204.0, 12_890.0, 11_425.0]);
}

#[test]
fn batches_and_shares_are_as_measured() {
    for (connections, together, node_us, database_us) in
        [(1, 1.0, 19.5, 25.4), (4, 2.0, 13.4, 14.9), (32, 16.1, 10.1, 6.1)]
    {
        let found = on_one_core(1, Load::Closed(connections), false);
        let close = |found: f64, measured: f64| (found / measured - 1.0).abs() < TOLERANCE;
        assert!(close(found.together, together), "{connections}: {}", found.together);
        assert!(close(found.node_us, node_us), "{connections}: {}", found.node_us);
        assert!(close(found.database_us, database_us), "{connections}: {}", found.database_us);
    }
}

/// Few tokens, so that what is revoked is asked about; replicas and nodes that stand still for seconds.
fn revocations(bound: bool, replicas: usize, cache_mb: f64) -> Findings {
    simulate(Options {
        nodes: 2,
        replicas,
        cache_mb,
        bound,
        load: Load::Open(4_000.0),
        tokens: 10_000.0,
        revocations: 50.0,
        stall_ms: 2_500.0,
        stall_every_s: 3.0,
        seconds: 20.0,
        ..<_>::default()
    })
}

#[test]
fn within_the_bound_no_revoked_token_is_shown_active_for_longer() {
    for (replicas, cache_mb) in [(1, 0.0), (0, 2.0), (2, 2.0)] {
        assert_eq!(revocations(true, replicas, cache_mb).violations, 0);
        let found = revocations(false, replicas, cache_mb).violations;
        assert!(found > 20, "{replicas} replicas, {cache_mb} MB: {found} without the bound");
    }
}

#[test]
fn what_replicas_may_not_answer_the_primary_does() {
    let found = revocations(true, 1, 0.0);
    let [cache, replicas, primary] = found.shares;
    assert!(cache == 0.0 && replicas > 0.5 && primary > 0.05, "{:?}", found.shares);
    assert!((found.rate / 4_000.0 - 1.0).abs() < 0.05, "{}", found.rate);
}

#[test]
fn what_runs_out_first_is_named() {
    let over = |options: Options| simulate(Options { seconds: 0.1, ..options });
    let first = |options| over(options).used[0];
    let load = Load::Open(600_000.0);
    let few_nodes = Options { load, nodes: 2, database_cores: 16, ..<_>::default() };
    assert_eq!(first(few_nodes).0, "cores of a node");
    let small_database = Options { load, nodes: 12, database_cores: 2, ..<_>::default() };
    let (what, share) = first(small_database);
    assert!(what.contains("primary") || what.contains("connections"), "{what}");
    assert!(share > 0.95, "{share}");
    let changes = Options { changes: 2_000.0, nodes: 1, ..<_>::default() };
    assert_eq!(first(changes).0, "the epochs of configuration");
}

#[test]
fn one_seed_gives_one_outcome() {
    let of = |seed| {
        let load = Load::Open(20_000.0);
        let options = Options { seed, load, replicas: 2, issues: 100.0, ..<_>::default() };
        simulate(Options { seconds: 0.1, ..options }).to_string()
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}
