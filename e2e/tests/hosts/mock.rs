//! What stands behind the sandbox: answers everything, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A head as it came, and the body.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
}

pub struct Mock {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

pub const REPLY: &str = "HTTP/1.1 201 Made\r\ncontent-type: application/vnd.mock+json\r\n\
     x-mock: yes\r\nconnection: close, x-hop\r\nx-hop: dropped\r\ncontent-length: 11\r\n\r\n{\"mock\": 1}";

impl Mock {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = Arc::clone(&all);
                thread::spawn(move || answer(stream, &all));
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("seen").clone()
    }
}

impl Seen {
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value)
    }
}

/// Remembered before it is answered: whoever has the answer finds it.
fn answer(stream: TcpStream, all: &Mutex<Vec<Seen>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut seen = Seen { head, body: Vec::new() };
    let length = seen.header("content-length").map_or(0, |text| text.parse().expect("a length"));
    seen.body.resize(length, 0);
    reader.read_exact(&mut seen.body).ok()?;
    all.lock().expect("seen").push(seen);
    reader.get_mut().write_all(REPLY.as_bytes()).ok()
}
