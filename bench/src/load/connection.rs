//! One connection of a lane: what it sends, what has come back so far.

use std::{
    io::{ErrorKind, Read, Write},
    time::Instant,
};

use mio::{Interest, Registry, Token, net::TcpStream};

use super::answer::{self, Answer};

const READ_BYTES: usize = 16 * 1024;

pub struct Connection {
    stream: TcpStream,
    pub lane: usize,
    pub place: usize,
    /// Since when an answer is waited for: when the request was due.
    pub since: Option<Instant>,
    output: Vec<u8>,
    written: usize,
    pub input: Vec<u8>,
}

pub enum Came {
    Part,
    Whole(Answer),
    Closed,
}

impl Connection {
    pub fn open(address: &str, lane: usize, place: usize, registry: &Registry, at: usize) -> Self {
        let stream = connect(address, registry, at);
        let (output, input) = (Vec::with_capacity(1024), Vec::with_capacity(4096));
        Self { stream, lane, place, since: None, output, written: 0, input }
    }

    pub fn reopen(&mut self, address: &str, registry: &Registry, at: usize) {
        let _ = registry.deregister(&mut self.stream);
        self.stream = connect(address, registry, at);
        self.since = None;
        self.input.clear();
    }

    /// Sends what `fill` appends; an answer is then waited for.
    pub fn send(&mut self, due: Instant, fill: impl FnOnce(&mut Vec<u8>)) {
        self.output.clear();
        self.input.clear();
        self.written = 0;
        fill(&mut self.output);
        self.since = Some(due);
        self.write();
    }

    /// As much as the socket takes; the rest when it says so.
    pub fn write(&mut self) {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(bytes) => self.written += bytes,
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                // A closed one shows when it is read.
                Err(_) => return,
            }
        }
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> Came {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Came::Closed,
                Ok(bytes) => {
                    self.input.extend_from_slice(&buffer[..bytes]);
                    if self.since.is_some()
                        && let Some(answer) = answer::whole(&self.input)
                    {
                        return Came::Whole(answer);
                    }
                }
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => return Came::Part,
                Err(_) => return Came::Closed,
            }
        }
    }
}

fn connect(address: &str, registry: &Registry, at: usize) -> TcpStream {
    let stream = std::net::TcpStream::connect(address)
        .unwrap_or_else(|fault| panic!("connecting to {address}: {fault}"));
    stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).expect("a socket");
    let mut stream = TcpStream::from_std(stream);
    let interest = Interest::READABLE | Interest::WRITABLE;
    registry.register(&mut stream, Token(at), interest).expect("registered");
    stream
}

pub fn buffer() -> Vec<u8> {
    vec![0; READ_BYTES]
}
