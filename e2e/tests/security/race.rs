//! Requests released together: each on a connection of its own, sent but for its last byte, then
//! all last bytes at once.

use std::sync::Barrier;
use std::time::Duration;

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};

use crate::world::World;

pub const AT_ONCE: usize = 50;

/// The answers, in the order of the requests; each goes to one node.
pub fn together(asked: &[(&World, Request)]) -> Vec<Response> {
    let at_once = |(node, request): &(&'_ World, Request)| {
        (Duration::ZERO, request.clone(), node.server.address())
    };
    released(asked.iter().map(at_once).collect())
}

/// The same, where each waits a little after the release: what takes long is met in its middle.
pub fn one_after_another(asked: &[(&World, Request, Duration)]) -> Vec<Response> {
    let later = |(node, request, wait): &(&'_ World, Request, Duration)| {
        (*wait, request.clone(), node.server.address())
    };
    released(asked.iter().map(later).collect())
}

fn released(asked: Vec<(Duration, Request, String)>) -> Vec<Response> {
    let barrier = Barrier::new(asked.len());
    std::thread::scope(|scope| {
        let ask = |(wait, request, address): (Duration, Request, String)| {
            let barrier = &barrier;
            scope.spawn(move || {
                let mut connection = Connection::open(&address).expect("the server accepts");
                let bytes = request.bytes(&address);
                let (last, rest) = bytes.split_last().expect("a request");
                connection.send(rest).expect("sends");
                barrier.wait();
                std::thread::sleep(wait);
                connection.send(&[*last]).expect("sends");
                connection.receive(false).expect("an answer")
            })
        };
        let asking: Vec<_> = asked.into_iter().map(ask).collect();
        asking.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

/// Fifty times the same, spread over the nodes.
pub fn fifty(nodes: &[&World], request: &Request) -> Vec<Response> {
    let node = |which: usize| nodes[which % nodes.len()];
    let asked: Vec<_> = (0..AT_ONCE).map(|which| (node(which), request.clone())).collect();
    together(&asked)
}
