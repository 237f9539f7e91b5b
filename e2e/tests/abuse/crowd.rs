//! Many connections at once, each driven by one of a few threads.

use std::net::TcpStream;

use vidimus_e2e::connection::Connection;

const THREADS: usize = 8;

pub fn open(address: &str, count: usize) -> Vec<TcpStream> {
    let connect = |_| TcpStream::connect(address).expect("the server accepts");
    (0..count).map(connect).collect()
}

/// Calls `act` with a new connection `count` times, on several threads, and gathers what it says.
pub fn each<T: Send>(
    address: &str,
    count: usize,
    act: impl Fn(usize, Connection) -> T + Sync,
) -> Vec<T> {
    let act = &act;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|first| {
                scope.spawn(move || {
                    let turns = (first..count).step_by(THREADS);
                    let connect = || Connection::open(address).expect("the server accepts");
                    turns.map(|turn| act(turn, connect())).collect::<Vec<T>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect()
    })
}

/// One thread for each connection, all open before the first acts.
pub fn together<T: Send>(
    address: &str,
    count: usize,
    act: impl Fn(usize, Connection) -> T + Sync,
) -> Vec<T> {
    let (act, start) = (&act, std::sync::Barrier::new(count));
    let start = &start;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|turn| {
                scope.spawn(move || {
                    let connection = Connection::open(address).expect("the server accepts");
                    start.wait();
                    act(turn, connection)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
    })
}
