//! The edge that a bug does not cross: a panic ends one request, never the process.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};

/// A request's work panicked; the hook has told where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

/// Takes the work pinned: by value it would be moved, and held twice.
pub async fn caught<F: Future>(mut work: Pin<&mut F>) -> Result<F::Output, Panicked> {
    // Nothing that outlives the request is left half-changed: state is behind the store's commit.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error() {
        assert_eq!(caught(pin!(async { 1 })).await, Ok(1));
        let panics = async { assert!(std::hint::black_box(false), "on purpose") };
        assert_eq!(caught(pin!(panics)).await, Err(Panicked));
    }
}
