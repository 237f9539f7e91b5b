//! The same numbers as values, for pages that show them.

use std::sync::PoisonError;

use vidimus_core::time::Time;

use super::{Label, Latency, Metrics, STATUSES, Swept};

#[derive(Clone, Debug)]
pub struct Snapshot {
    pub active: u64,
    /// By reason; all reasons, most of them nought.
    pub inactive: Vec<(&'static str, u64)>,
    /// By grant.
    pub issued: Vec<(&'static str, u64)>,
    pub revoked: u64,
    pub nothing_to_revoke: u64,
    pub client_authentication_failures: u64,
    pub sign_in_failures: u64,
    pub faults: Vec<(&'static str, u64)>,
    /// Those that had a request.
    pub endpoints: Vec<OfEndpoint>,
    pub connections: i64,
    pub rows: Vec<(&'static str, u64)>,
    pub oldest_expiry: Option<Time>,
    pub purge_lag_seconds: i64,
    pub last_purge: Option<Time>,
    pub commits_waiting: i64,
    pub commits: Latency,
}

#[derive(Clone, Debug)]
pub struct OfEndpoint {
    pub endpoint: Label,
    /// By status; 0 stands for the rare ones.
    pub by_status: Vec<(u16, u64)>,
    pub latency: Latency,
}

impl Snapshot {
    pub fn inactive_count(&self) -> u64 {
        self.inactive.iter().map(|(_, count)| count).sum()
    }

    pub fn issued_count(&self) -> u64 {
        self.issued.iter().map(|(_, count)| count).sum()
    }

    pub fn of(&self, endpoint: Label) -> Option<&OfEndpoint> {
        self.endpoints.iter().find(|of| of.endpoint == endpoint)
    }
}

impl Metrics {
    /// Since the start of this process. Costs a few hundred reads of numbers, and no request waits.
    pub fn snapshot(&self) -> Snapshot {
        let swept = self.last_sweep();
        Snapshot {
            active: self.active.get(),
            inactive: self.inactive.read(),
            issued: self.issued.read(),
            revoked: self.revoked.get(),
            nothing_to_revoke: self.not_revoked.get(),
            client_authentication_failures: self.refused_callers.sum(),
            sign_in_failures: self.sign_in_failures.get(),
            faults: self.faults.read(),
            endpoints: self.endpoints(),
            connections: self.connections.get(),
            rows: swept.rows,
            oldest_expiry: swept.oldest_expiry,
            purge_lag_seconds: swept.lag_seconds,
            last_purge: swept.at,
            commits_waiting: self.commits.waiting.get(),
            commits: self.commits.took.read(),
        }
    }

    fn endpoints(&self) -> Vec<OfEndpoint> {
        let of_each = Label::ALL.iter().zip(&self.requests).map(|(endpoint, of)| {
            let by_status = STATUSES.iter().zip(&of.by_status).map(|(s, n)| (*s, n.get()));
            let by_status = by_status.filter(|(_, count)| *count > 0).collect();
            OfEndpoint { endpoint: *endpoint, by_status, latency: of.took.read() }
        });
        of_each.filter(|of| of.latency.count() > 0).collect()
    }

    pub(super) fn last_sweep(&self) -> Swept {
        self.swept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn keys(&self) -> Vec<(String, String, Time)> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper::StatusCode;

    use super::*;

    #[test]
    fn what_was_counted_is_seen() {
        let metrics = Metrics::testing();
        metrics.introspected("default", "api", None);
        metrics.introspected("default", "api", Some("expired"));
        metrics.issued("default", "app", "client_credentials");
        metrics.client_authentication_failed(Label::Revoke);
        metrics.answered(Label::Introspect, StatusCode::OK, Duration::from_micros(80));
        let seen = metrics.snapshot();
        assert_eq!((seen.active, seen.inactive_count(), seen.issued_count()), (1, 1, 1));
        assert!(seen.inactive.contains(&("expired", 1)));
        assert_eq!(seen.client_authentication_failures, 1);
        assert_eq!(seen.endpoints.len(), 1);
        let of = seen.of(Label::Introspect).unwrap();
        assert_eq!(of.by_status, [(200, 1)]);
        assert_eq!(of.latency.quantile_seconds(0.99), Some(0.0001));
    }
}
