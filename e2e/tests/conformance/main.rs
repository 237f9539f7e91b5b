//! What the OpenID Foundation's conformance suite asks of an OpenID provider, plan by plan and in our
//! own words, over TLS. Its browser is driven by the very file that `docs/how-to/run-the-conformance-suite.md` tells of.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they read the clock and wait for real processes"
)]

mod basic;
mod browser;
#[path = "../shared/certificates.rs"]
mod certificates;
mod client;
mod config;
mod dynamic;
mod hybrid;
mod implicit;
mod key;
mod logout;
mod modules;
mod page;
mod session;
mod site;
mod stage;
mod tls;
