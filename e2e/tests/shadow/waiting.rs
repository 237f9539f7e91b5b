//! Nobody waits for the new server: it may hang or be away, and clients notice nothing.

use std::time::{Duration, Instant};

use vidimus_e2e::process::Signal;

use crate::stage::{GATEWAY, Shadow, WORLD, introspection, server};

/// More than one token's requests that may wait.
const MANY: usize = 400;

#[test]
fn a_new_server_that_hangs_costs_clients_nothing() {
    let (old, new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &["--strict"]);
    let token = shadow.issued();
    assert_eq!(shadow.introspect(&token)["active"], true);
    new.signal(Signal::Stop);
    let begun = Instant::now();
    for _ in 0..MANY {
        assert_eq!(shadow.introspect(&token)["active"], true);
    }
    let took = begun.elapsed();
    new.signal(Signal::Continue);
    // One wait for the new server would be ten seconds.
    assert!(took < Duration::from_secs(9), "{took:?} for {MANY}");
    let ended = shadow.end();
    assert!(ended.count("dropped") > 0, "{}", ended.report);
    assert_eq!(ended.count("requests"), MANY as u64 + 2);
    assert_eq!(ended.status.code(), Some(1), "--strict: not all was compared");
}

#[test]
fn a_new_server_that_is_away_is_counted() {
    let (old, mut new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &[]);
    new.kill();
    assert_eq!(shadow.introspect("x")["active"], false);
    let ended = shadow.end();
    assert_eq!((ended.count("new_failed"), ended.count("different")), (1, 0));
}

#[test]
fn the_new_server_never_stands_in_for_the_old() {
    let (mut old, new) = (server(WORLD), server(WORLD));
    let shadow = Shadow::before(&old, &new, &[]);
    old.kill();
    let answer = shadow.ask(&introspection("x"));
    assert_eq!(answer.status, 502);
    assert_eq!(answer.member("error"), "temporarily_unavailable");
    let ended = shadow.end();
    assert_eq!((ended.count("old_failed"), ended.count("compared")), (1, 0));
    assert!(!ended.said.contains(GATEWAY.1));
}
