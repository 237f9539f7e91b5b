//! Requests released together: each on a connection of its own, sent but for its last byte, then
//! all last bytes at once.

use std::sync::Barrier;

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};

use crate::world::World;

pub const AT_ONCE: usize = 50;

/// The answers, in the order of the requests; each goes to one node.
pub fn together(asked: &[(&World, Request)]) -> Vec<Response> {
    let barrier = Barrier::new(asked.len());
    std::thread::scope(|scope| {
        let ask = |(node, request): &(&World, Request)| {
            let (address, request) = (node.server.address(), request.clone());
            let barrier = &barrier;
            scope.spawn(move || {
                let mut connection = Connection::open(&address).expect("the server accepts");
                let bytes = request.bytes(&address);
                let (last, rest) = bytes.split_last().expect("a request");
                connection.send(rest).expect("sends");
                barrier.wait();
                connection.send(&[*last]).expect("sends");
                connection.receive(false).expect("an answer")
            })
        };
        let asking: Vec<_> = asked.iter().map(ask).collect();
        asking.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

/// Fifty times the same, spread over the nodes.
pub fn fifty(nodes: &[&World], request: &Request) -> Vec<Response> {
    let node = |which: usize| nodes[which % nodes.len()];
    let asked: Vec<_> = (0..AT_ONCE).map(|which| (node(which), request.clone())).collect();
    together(&asked)
}
