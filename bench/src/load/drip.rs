//! Slow connections: each sends its headers byte by byte and never ends them.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

const BEGINNING: &[u8] = b"POST /oauth2/introspect HTTP/1.1\r\nHost: slow.example\r\nX-Slow: ";

pub struct Drip {
    address: String,
    connections: Vec<(TcpStream, usize)>,
    next: usize,
    pause: Duration,
    due: Instant,
    pub reopened: u64,
}

impl Drip {
    /// Each of `count` sends a byte in every `each`.
    pub fn open(address: &str, count: usize, each: Duration) -> Self {
        let connections = (0..count).map(|_| (connect(address), 0)).collect();
        let pause = each / u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let due = Instant::now();
        Self { address: address.to_owned(), connections, next: 0, pause, due, reopened: 0 }
    }

    /// Whatever is due by now, but no more than a few: the other lanes wait meanwhile.
    pub fn act(&mut self, now: Instant) {
        for _ in 0..4 {
            if self.due > now {
                return;
            }
            self.due += self.pause;
            let (stream, sent) = &mut self.connections[self.next];
            let byte = BEGINNING.get(*sent).copied().unwrap_or(b'x');
            // The server cuts one off that is too slow; another takes its place.
            match stream.write(&[byte]) {
                Ok(1) => *sent += 1,
                _ => {
                    *stream = connect(&self.address);
                    *sent = 0;
                    self.reopened += 1;
                }
            }
            self.next = (self.next + 1) % self.connections.len();
        }
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server accepts");
    stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).expect("a socket");
    stream
}
