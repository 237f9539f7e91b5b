//! What operators run beside the server, or in its place: dashboards, alerts, telemetry, packages.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod chart;
mod linked;
mod metrics;
mod package;
mod promql;
mod systemd;
mod watching;
