//! A collector of telemetry on loopback: OTLP over HTTP, kept as it came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Path and body of each request.
type Received = Mutex<Vec<(String, Vec<u8>)>>;

pub struct Collector {
    port: u16,
    received: Arc<Received>,
}

impl Collector {
    /// # Panics
    /// If loopback has no port left.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let received = Arc::<Received>::default();
        let kept = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || while take(&stream, &kept).is_some() {});
            }
        });
        Self { port, received }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bodies that were sent to this path.
    pub fn received(&self, path: &str) -> Vec<Vec<u8>> {
        let all = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|(at, _)| at == path).map(|(_, body)| body.clone()).collect()
    }
}

/// One request; `None` ends the connection.
fn take(stream: &TcpStream, kept: &Received) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    kept.lock().unwrap_or_else(PoisonError::into_inner).push((path, body));
    let answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    let mut stream = stream;
    stream.write_all(answer.as_bytes()).ok()
}
