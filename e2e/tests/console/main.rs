//! Operators in a real Chromium, against the real program over TLS: each test is a story of
//! `e2e/browser/console`, and one browser tells them all.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they read the environment to find the browser"
)]

mod attacks;
#[path = "../shared/certificates.rs"]
mod certificates;
mod pages;
mod stage;
#[path = "../browser/teller.rs"]
mod teller;
