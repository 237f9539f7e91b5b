//! The edge that a bug does not cross: a panic ends one request, never the process.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// A request's work panicked; the hook has told where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

pub async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
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
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        let panics = async { assert!(std::hint::black_box(false), "on purpose") };
        assert_eq!(caught(panics).await, Err(Panicked));
    }
}
