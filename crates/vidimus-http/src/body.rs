//! Bodies: whole ones out, bounded ones in. The bound holds whatever `Content-Length` says.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body as _, Bytes, Frame, SizeHint};

/// A response body. All of ours are whole; only what the binary adds may stream.
pub enum Body {
    Whole(Bytes),
    Added(axum::body::Body),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Added(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Added(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Added(body) => body.size_hint(),
        }
    }
}

/// Why a request's body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a body of at most `bytes_max` within `deadline`.
pub async fn read<B>(body: B, bytes_max: usize, deadline: Duration) -> Result<Bytes, Unread>
where
    B: hyper::body::Body<Data = Bytes>,
{
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Unread::TooLarge);
    }
    let mut reading = pin!(collect(body, bytes_max));
    // Without a body, or with one that has come already, there is no need for a timer.
    match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        Poll::Ready(done) => done,
        Poll::Pending => {
            tokio::time::timeout(deadline, reading).await.unwrap_or(Err(Unread::TooSlow))
        }
    }
}

async fn collect<B>(body: B, bytes_max: usize) -> Result<Bytes, Unread>
where
    B: hyper::body::Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    let mut parts = Vec::new();
    while !body.is_end_stream() {
        let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else { break };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if whole.len() + parts.len() + data.len() > bytes_max {
            return Err(Unread::TooLarge);
        }
        if whole.is_empty() && parts.is_empty() {
            whole = data;
        } else {
            grow(&mut parts, whole.len() + data.len(), bytes_max);
            parts.extend_from_slice(&std::mem::take(&mut whole));
            parts.extend_from_slice(&data);
        }
    }
    Ok(if parts.is_empty() { whole } else { Bytes::from(parts) })
}

/// Doubles, as a vector does by itself, but never beyond what a body may have.
fn grow(parts: &mut Vec<u8>, by: usize, bytes_max: usize) {
    let needed = parts.len() + by;
    if needed > parts.capacity() {
        let wanted = (parts.capacity() * 2).min(bytes_max).max(needed);
        parts.reserve_exact(wanted - parts.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pieces(Vec<&'static str>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            let piece = self.0.remove(0);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
        }
    }

    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn pieces_come_together_up_to_the_limit() {
        let soon = Duration::from_secs(1);
        let pieces = || Pieces(vec!["ab", "", "cd", "e"]);
        assert_eq!(read(pieces(), 5, soon).await.unwrap(), "abcde");
        assert_eq!(read(pieces(), 4, soon).await, Err(Unread::TooLarge));
        assert_eq!(read(Pieces(vec![]), 0, soon).await.unwrap(), "");
        assert_eq!(read(Pieces(vec!["abc"]), 3, soon).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up() {
        assert_eq!(read(Never, 5, Duration::from_millis(1)).await, Err(Unread::TooSlow));
    }
}
