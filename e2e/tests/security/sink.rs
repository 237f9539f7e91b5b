//! A server on loopback that counts who comes, and behaves as badly as a test wants.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub enum Manners {
    /// Says nothing for longer than anybody waits.
    Hangs,
    Drips,
    /// A body without end.
    Floods,
    RedirectsTo(u16, u16),
    Answers(&'static [u8]),
    ManyKeys,
    Compresses,
}

pub struct Sink {
    pub port: u16,
    connections: Arc<AtomicUsize>,
}

impl Sink {
    /// On both loopback addresses, if the machine has the newer one.
    pub fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let newer = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
        for listener in [Some(listener), newer.ok()].into_iter().flatten() {
            let connections = Arc::clone(&connections);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    connections.fetch_add(1, Ordering::SeqCst);
                    std::thread::spawn(move || answer(stream, manners));
                }
            });
        }
        Self { port, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Whoever asked may be gone at any time.
fn answer(mut stream: TcpStream, manners: Manners) {
    let mut head = [0; 4096];
    let _ = stream.read(&mut head);
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let whole = |body: &[u8]| {
        [format!("{ok}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    };
    match manners {
        Manners::Hangs => std::thread::sleep(Duration::from_secs(30)),
        Manners::Drips => {
            let _ = stream.write_all(format!("{ok}Content-Length: 40\r\n\r\n").as_bytes());
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        Manners::Floods => {
            let _ = stream.write_all(format!("{ok}Content-Length: 1000000000\r\n\r\n").as_bytes());
            while stream.write_all(&[b' '; 65_536]).is_ok() {}
        }
        Manners::RedirectsTo(status, port) => {
            let text = format!(
                "HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:{port}/jwks\r\n\
                 Content-Length: 0\r\n\r\n"
            );
            let _ = stream.write_all(text.as_bytes());
        }
        Manners::Answers(body) => drop(stream.write_all(&whole(body))),
        Manners::ManyKeys => {
            let key = br#"{"kty":"oct","k":"AA"},"#.repeat(100_000);
            drop(stream.write_all(&whole(&[b"{\"keys\":[", &key[..], b"]}"].concat())));
        }
        Manners::Compresses => {
            let head = format!("{ok}Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n");
            let empty = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
            drop(stream.write_all(&[head.as_bytes(), empty].concat()));
        }
    }
}
