//! HTTP/1.1 over one socket (RFC 9112), from the client's side: whole requests, or any bytes at all.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::http::{Request, Response};

pub const READ_SECONDS_MAX: u64 = 60;

pub struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    pub fn open(address: &str) -> io::Result<Self> {
        Self::over(TcpStream::connect(address)?, address)
    }

    /// From another address of this machine: all of 127.0.0.0/8 is its own.
    pub fn open_from(source: Ipv4Addr, address: &str) -> io::Result<Self> {
        let peer: SocketAddr = address.parse().map_err(|_| malformed(address))?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        socket.connect(&peer.into())?;
        Self::over(socket.into(), address)
    }

    fn over(stream: TcpStream, address: &str) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(READ_SECONDS_MAX)))?;
        Ok(Self { reader: BufReader::new(stream), host: address.to_owned() })
    }

    pub fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    /// Sends a request and reads its answer; the connection stays open if the server keeps it.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Response> {
        let bytes = request.bytes(&self.host);
        let sent = self.send(&bytes);
        // A server may refuse a request before it has read all of it: its answer counts.
        match self.receive(request.method == "HEAD") {
            Ok(response) => Ok(response),
            Err(fault) => Err(sent.err().unwrap_or(fault)),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    pub fn receive(&mut self, head_only: bool) -> io::Result<Response> {
        loop {
            let response = self.read_response(head_only)?;
            // 100 (Continue) and its like precede the answer.
            if response.status >= 200 {
                return Ok(response);
            }
        }
    }

    /// Whether the server has closed: waits for it up to `limit`.
    pub fn closed_within(&mut self, limit: Duration) -> io::Result<bool> {
        self.stream().set_read_timeout(Some(limit))?;
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Ok(_) => Ok(true),
            Err(fault) if fault.kind() == ErrorKind::ConnectionReset => Ok(true),
            Err(fault) if matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }

    fn read_response(&mut self, head_only: bool) -> io::Result<Response> {
        let status = status(&self.line()?)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if !head_only && status >= 200 && status != 204 && status != 304 {
            response.body = self.body(&response)?;
        }
        Ok(response)
    }

    fn body(&mut self, response: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if let Some(coding) = response.header("transfer-encoding") {
            if !coding.eq_ignore_ascii_case("chunked") {
                return Err(malformed(coding));
            }
            while let Some(chunk) = self.chunk()? {
                body.extend(chunk);
            }
        } else if let Some(length) = response.header("content-length") {
            body.resize(length.parse().map_err(|_| malformed(length))?, 0);
            self.reader.read_exact(&mut body)?;
        } else {
            self.reader.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| malformed(&line))?;
        if length == 0 {
            while !self.line()?.is_empty() {}
            return Ok(None);
        }
        let mut chunk = vec![0; length];
        self.reader.read_exact(&mut chunk)?;
        let end = self.line()?;
        if end.is_empty() { Ok(Some(chunk)) } else { Err(malformed(&end)) }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        if self.reader.read_until(b'\n', &mut line)? == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server closed"));
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        String::from_utf8(line.to_vec()).map_err(|_| malformed("bytes outside UTF-8"))
    }
}

/// One request on a connection of its own.
pub fn exchange(address: &str, request: &Request) -> io::Result<Response> {
    let request = request.clone().header("Connection", "close");
    Connection::open(address)?.exchange(&request)
}

/// Any bytes, and whatever answer they get.
pub fn raw(address: &str, bytes: &[u8]) -> io::Result<Response> {
    let mut connection = Connection::open(address)?;
    connection.send(bytes)?;
    connection.receive(false)
}

fn status(line: &str) -> io::Result<u16> {
    let mut parts = line.split(' ');
    match (parts.next(), parts.next().and_then(|code| code.parse().ok())) {
        (Some("HTTP/1.1" | "HTTP/1.0"), Some(code)) => Ok(code),
        _ => Err(malformed(line)),
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("malformed response: {what}"))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread::JoinHandle;

    use super::*;

    /// Answers one connection with fixed bytes once it has seen the end of the head.
    fn answering(bytes: &'static [u8]) -> (String, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen");
        let address = listener.local_addr().expect("address").to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("accept");
            let (mut seen, mut byte) = (Vec::new(), [0]);
            while !seen.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("read") == 1 {
                seen.extend(byte);
            }
            stream.write_all(bytes).expect("write");
            seen
        });
        (address, server)
    }

    #[test]
    fn a_measured_body_leaves_the_connection_usable() {
        let (address, server) = answering(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-LENGTH: 2\r\n\r\nok\
              HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        );
        let mut connection = Connection::open(&address).expect("open");
        let response = connection.exchange(&Request::get("/a")).expect("exchange");
        assert_eq!((response.status, response.text()), (200, "ok"));
        assert_eq!(connection.receive(false).expect("second").status, 404);
        let seen = server.join().expect("server");
        assert_eq!(seen, format!("GET /a HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes());
    }

    #[test]
    fn chunks_are_joined() {
        let (address, server) = answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n",
        );
        let response = exchange(&address, &Request::get("/")).expect("exchange");
        assert_eq!(response.text(), "abcd");
        server.join().expect("server");
    }

    #[test]
    fn a_body_without_measure_ends_with_the_connection() {
        let (address, server) = answering(b"HTTP/1.1 200 OK\r\n\r\nall");
        assert_eq!(raw(&address, b"GET / HTTP/1.1\r\n\r\n").expect("exchange").text(), "all");
        server.join().expect("server");
    }

    #[test]
    fn a_cut_or_malformed_answer_is_an_error() {
        for bytes in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"[..],
            b"HTTP/2 200\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"",
        ] {
            let (address, server) = answering(bytes);
            assert!(exchange(&address, &Request::get("/")).is_err(), "{bytes:?}");
            server.join().expect("server");
        }
    }
}
