//! A server that keeps the one request it gets, to be compared with what was to be sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub struct Kept {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Kept {
    pub fn header(&self, name: &str) -> &str {
        let found: Vec<_> = self.headers.iter().filter(|(known, _)| known == name).collect();
        assert!(found.len() <= 1, "{name} was sent twice: {found:?}");
        found.first().map_or("", |(_, value)| value.as_str())
    }
}

pub struct Echo {
    pub url: String,
    requests: Receiver<Kept>,
}

const REPLY: &str = r#"{"a":{"b":"x\"ü"},"l":[{"n":1,"m":[true,null]},{"n":2.5,"m":[]}],"e":{}}"#;

impl Echo {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (sender, requests) = channel();
        thread::spawn(move || {
            // It ends with the test: nobody takes what it sends any more.
            for stream in listener.incoming().flatten() {
                let sent = read(stream).map(|kept| sender.send(kept));
                if matches!(sent, Some(Err(_))) {
                    return;
                }
            }
        });
        Self { url, requests }
    }

    /// # Panics
    /// If there was none.
    pub fn request(&self) -> Kept {
        self.requests.recv_timeout(Duration::from_secs(10)).expect("a request")
    }
}

fn read(mut stream: TcpStream) -> Option<Kept> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut kept = Kept { method, target, headers, body: Vec::new() };
    if kept.header("expect") == "100-continue" {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    kept.body = match kept.header("content-length").parse() {
        Ok(length) => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            body
        }
        Err(_) if kept.header("transfer-encoding") == "chunked" => chunks(&mut reader)?,
        Err(_) => Vec::new(),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        REPLY.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(REPLY.as_bytes())).ok()?;
    Some(kept)
}

fn chunks(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}
