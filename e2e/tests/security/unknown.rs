//! Floods of tokens that nobody issued: no memory, and somebody is told (SEC-141).
//!
//! A push asks some thousands of times, `soak` as often as the check says.

use vidimus_e2e::http::Request;

use crate::pair::Pair;
use crate::token_text::never_issued;
use crate::world::{INACTIVE, World, introspection, on_each_store};

const PUSH: usize = 6_000;
const SOAK: usize = 100_000;
const CONNECTIONS: usize = 4;

/// Growth that could be a cache of unknown tokens would be some hundred bytes for each; pools and
/// fragments stay below this whatever the number.
const GROWTH_KIB_MAX: u64 = 4 * 1024;

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Inactive answers with this reason, as the operator's metrics count them.
fn misses(world: &World) -> u64 {
    let metrics = world.exchange(&Request::get("/metrics"));
    assert_eq!(metrics.status, 200);
    let name = "vidimus_introspections_total";
    let is_miss = |line: &&str| line.starts_with(name) && line.contains(r#"reason="unknown""#);
    let lines = metrics.text().lines().filter(is_miss);
    lines.map(|line| line.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok()).expect("n")).sum()
}

fn flood(world: &World, pair: &Pair, like: &str, count: usize) {
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = world.connect();
                for _ in 0..count / CONNECTIONS {
                    let request = introspection(&pair.a, &pair.rs1, &never_issued(like));
                    let answer = connection.exchange(&request).expect("an answer");
                    assert_eq!((answer.status, answer.text()), (200, INACTIVE));
                }
            });
        }
    });
}

fn assert_bounded(count: usize) {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let like = pair.for_rs1(world);
        // Connections, caches and the allocator's pools reach their size first.
        flood(world, &pair, &like, count / 4);
        let (before, missed) = (resident_kib(world.server.pid()), misses(world));
        flood(world, &pair, &like, count);
        let grown = resident_kib(world.server.pid()).saturating_sub(before);
        assert!(grown <= GROWTH_KIB_MAX, "{grown} KiB for {count} unknown tokens");
        let counted = misses(world) - missed;
        assert!(counted >= u64::try_from(count).expect("a count"), "only {counted} are counted");
        assert!(crate::world::verdict(&world.introspect(&pair.a, &pair.rs1, &like)));
        assert!(world.server.stderr().contains("this caller guesses tokens"), "nobody is told");
    });
}

#[test]
fn sec_141_unknown_tokens_take_no_memory() {
    assert_bounded(PUSH);
}

#[test]
#[ignore = "soak"]
fn sec_141_a_hundred_thousand_unknown_tokens() {
    assert_bounded(SOAK);
}
