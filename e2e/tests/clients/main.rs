//! Stock clients, unchanged, against the real program over TLS: each test is one client's story, and
//! only the host and what a page leaves blank are filled in.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they read the environment to find the clients"
)]

mod apache;
#[path = "../shared/certificates.rs"]
mod certificates;
mod connected_app;
mod csp;
mod curl;
mod desk;
mod model_context_protocol;
mod openid;
mod openid_client;
mod people;
mod programs;
mod salesforce;
mod stage;
mod wso2;
