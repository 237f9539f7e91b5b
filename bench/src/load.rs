//! A closed loop: each connection sends the next request when the answer is there.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use vidimus_e2e::connection::Connection;

/// What one connection sends; called for each request with its number.
pub type Next<'a> = &'a (dyn Fn(u32) -> Vec<u8> + Sync);

/// Sends `requests` over `connections` and checks that each answer is a 200 with `expected` in it.
pub fn closed_loop(address: &str, connections: u32, requests: u32, next: Next<'_>, expected: &str) {
    let sent = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut connection = Connection::open(address).expect("a connection");
                loop {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        break;
                    }
                    exchange(&mut connection, &next(number), expected);
                }
            });
        }
    });
}

/// Sends for `span`, and says how many answers came.
pub fn for_a_while(
    address: &str,
    connections: u32,
    span: Duration,
    next: Next<'_>,
    expected: &str,
) -> u32 {
    let sent = AtomicU32::new(0);
    let end = Instant::now() + span;
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut connection = Connection::open(address).expect("a connection");
                while Instant::now() < end {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    exchange(&mut connection, &next(number), expected);
                }
            });
        }
    });
    sent.into_inner()
}

fn exchange(connection: &mut Connection, bytes: &[u8], expected: &str) {
    connection.send(bytes).expect("sent");
    let answer = connection.receive(false).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains(expected), "{}", answer.text());
}
