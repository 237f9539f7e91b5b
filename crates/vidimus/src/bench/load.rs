//! So many connections, each with one request at a time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::failure::Failure;

/// Tokens remembered for the next row.
const TOKENS_MAX: usize = 100_000;

#[derive(Clone, Copy)]
pub struct Load {
    pub address: SocketAddr,
    pub connections: u64,
    pub took: Duration,
}

#[derive(Default)]
pub struct Took {
    pub elapsed: Duration,
    /// In order.
    pub latencies_us: Vec<u32>,
    /// Of the answers that had one.
    pub tokens: Vec<String>,
}

impl Load {
    /// Each connection begins at another of the requests and goes round.
    pub async fn run(&self, requests: Vec<Arc<[u8]>>) -> Result<Took, Failure> {
        let (requests, until) = (Arc::new(requests), self.took);
        let mut asking = JoinSet::new();
        for number in 0..self.connections {
            let (requests, address) = (Arc::clone(&requests), self.address);
            let first = usize::try_from(number).unwrap_or_default() * 7919;
            asking.spawn(async move {
                ask(address, requests.iter().cycle().skip(first % requests.len()), until)
                    .await
                    .map_err(|why| Failure::refused(format!("the load: {why}")))
            });
        }
        let started = Instant::now();
        let mut all = Took::default();
        while let Some(asked) = asking.join_next().await {
            let part = asked.map_err(|why| Failure::refused(why.to_string()))??;
            all.latencies_us.extend(part.latencies_us);
            all.tokens.extend(part.tokens);
        }
        all.elapsed = started.elapsed();
        all.latencies_us.sort_unstable();
        all.tokens.truncate(TOKENS_MAX);
        Ok(all)
    }
}

async fn ask(
    address: SocketAddr,
    requests: impl Iterator<Item = &Arc<[u8]>>,
    until: Duration,
) -> std::io::Result<Took> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut took, mut buffer) = (Took::default(), Vec::with_capacity(4096));
    let begun = Instant::now();
    for request in requests {
        if begun.elapsed() >= until {
            break;
        }
        let sent = Instant::now();
        stream.write_all(request).await?;
        let body = answer(&mut stream, &mut buffer).await?;
        let micros = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
        took.latencies_us.push(micros);
        if took.tokens.len() < TOKENS_MAX
            && let Ok(answer) = serde_json::from_slice::<Value>(body)
            && let Some(token) = answer.get("access_token").and_then(Value::as_str)
        {
            took.tokens.push(token.to_owned());
        }
    }
    Ok(took)
}

/// The body of one answer with a length, which must be a 200.
async fn answer<'b>(stream: &mut TcpStream, buffer: &'b mut Vec<u8>) -> std::io::Result<&'b [u8]> {
    buffer.clear();
    let other = |what: &str| std::io::Error::other(what.to_owned());
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(other("the connection was closed"));
        }
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default());
        if !head.starts_with("HTTP/1.1 200") {
            return Err(other(head.lines().next().unwrap_or_default()));
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())?.ok()
        });
        let whole = end + 4 + length.ok_or_else(|| other("an answer without a length"))?;
        while buffer.len() < whole {
            if stream.read_buf(buffer).await? == 0 {
                return Err(other("the connection was closed"));
            }
        }
        return Ok(buffer.get(end + 4..whole).unwrap_or_default());
    }
}
