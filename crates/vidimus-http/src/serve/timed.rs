//! A stream with deadlines: a request's headers must come to an end, a peer must go on reading,
//! and after our last word its rest is drained, so that the word arrives.
//!
//! Timers exist only while somebody is waited for; a request that comes in one piece starts none.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{connection::Traffic, limits};

/// HTTP/2's preface begins so; no HTTP/1 request does.
const H2_BEGINS: &[u8] = b"PRI ";

pub struct Timed<T> {
    stream: T,
    traffic: Arc<Traffic>,
    header: Deadline,
    write: Deadline,
    farewell: Deadline,
    farewell_bytes: usize,
    fin_sent: bool,
    peer_ended: bool,
    protocol: Protocol,
    /// Requests that had begun when the last byte of a whole one had been read.
    begun: u64,
    /// Bytes came that no request accounts for yet.
    partial: bool,
    /// How many came while no request was answered, since the last one began.
    idle_bytes: usize,
    idle_since: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Unknown,
    Http1,
    /// Frames come between requests too; only the first request has this deadline, and the
    /// connection's idle watch has the rest.
    Http2,
}

/// A timer that runs from the first wait to the end of the waiting.
struct Deadline {
    after: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    const fn new(after: Duration) -> Self {
        Self { after, timer: None }
    }

    fn clear(&mut self) {
        self.timer = None;
    }

    /// Ready once the waiting has taken too long.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let after = self.after;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + after)));
        timer.as_mut().poll(cx)
    }
}

impl<T> Timed<T> {
    pub fn new(stream: T, traffic: Arc<Traffic>, header: Duration, write: Duration) -> Self {
        Self {
            stream,
            traffic,
            header: Deadline::new(header),
            write: Deadline::new(write),
            farewell: Deadline::new(limits::FAREWELL),
            farewell_bytes: 0,
            fin_sent: false,
            peer_ended: false,
            protocol: Protocol::Unknown,
            begun: 0,
            partial: false,
            idle_bytes: 0,
            idle_since: 0,
        }
    }

    /// `Err` where a peer says much and asks nothing.
    fn arrived(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.peer_ended = bytes.is_empty();
        // Bytes that come while a request is answered are its body, which has a deadline of its own.
        self.partial = self.traffic.is_idle();
        if self.protocol == Protocol::Unknown && !bytes.is_empty() {
            let common = bytes.len().min(H2_BEGINS.len());
            let is_h2 = bytes.get(..common) == H2_BEGINS.get(..common);
            self.protocol = if is_h2 { Protocol::Http2 } else { Protocol::Http1 };
        }
        if self.protocol == Protocol::Http2 {
            let begun = self.traffic.begun();
            if begun != self.idle_since || !self.partial {
                (self.idle_since, self.idle_bytes) = (begun, 0);
            }
            self.idle_bytes += bytes.len();
            if self.idle_bytes > limits::H2_IDLE_BYTES_MAX {
                return Err(io::Error::other("frames without requests"));
            }
        }
        Ok(())
    }

    /// While more of a request's headers is waited for.
    fn waited(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let begun = self.traffic.begun();
        if begun != self.begun || (self.protocol == Protocol::Http2 && begun > 0) {
            self.begun = begun;
            self.partial = false;
            self.header.clear();
        }
        if !self.partial {
            return Poll::Pending;
        }
        self.header.poll(cx).map(|()| io::Error::new(io::ErrorKind::TimedOut, "headers too slow"))
    }

    fn wrote(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
        of: usize,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) if bytes < of => Poll::Ready(Ok(bytes)),
            Poll::Ready(result) => {
                self.write.clear();
                Poll::Ready(result)
            }
            Poll::Pending => {
                ready!(self.write.poll(cx));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "peer does not read")))
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Timed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                Poll::Ready(this.arrived(buffer.filled().get(before..).unwrap_or_default()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => this.waited(cx).map(Err),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Timed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.wrote(cx, written, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.wrote(cx, written, slices.iter().map(|slice| slice.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_flush(cx) {
            Poll::Pending => this.wrote(cx, Poll::Pending, 0).map_ok(|_| ()),
            done => done,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.fin_sent {
            match Pin::new(&mut this.stream).poll_shutdown(cx) {
                Poll::Pending => return this.wrote(cx, Poll::Pending, 0).map_ok(|_| ()),
                Poll::Ready(result) => result?,
            }
            this.fin_sent = true;
        }
        if !this.traffic.may_be_unread() {
            return Poll::Ready(Ok(()));
        }
        let mut rest = [0; 8192];
        while !this.peer_ended && this.farewell_bytes < limits::FAREWELL_BYTES_MAX {
            let mut buffer = ReadBuf::new(&mut rest);
            match Pin::new(&mut this.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) => {
                    this.farewell_bytes += buffer.filled().len();
                    this.peer_ended = buffer.filled().is_empty();
                }
                // It is gone; what matters was sent.
                Poll::Ready(Err(_)) => break,
                Poll::Pending => {
                    ready!(this.farewell.poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
