//! Counters, histograms and gauges for Prometheus; every handle is registered once, up front, so
//! that a request only adds to numbers.

use std::{sync::OnceLock, time::Duration};

use hyper::StatusCode;
use metrics::{Counter, Gauge, Histogram, Key, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use vidimus_core::{error::Fault, grant::GRANTS, time::Time};

use crate::status::Purged;

/// What a request was for; the set is finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Token,
    Introspect,
    Revoke,
    Metadata,
    Jwks,
    Userinfo,
    Device,
    Register,
    TokenDetails,
    Logout,
    Authorize,
    PushedAuthorization,
    DeviceVerification,
    CheckSession,
    Account,
    Logo,
    Assets,
    Admin,
    Operations,
    Sandbox,
    Other,
}

impl Label {
    const ALL: [Self; 21] = [
        Self::Token,
        Self::Introspect,
        Self::Revoke,
        Self::Metadata,
        Self::Jwks,
        Self::Userinfo,
        Self::Device,
        Self::Register,
        Self::TokenDetails,
        Self::Logout,
        Self::Authorize,
        Self::PushedAuthorization,
        Self::DeviceVerification,
        Self::CheckSession,
        Self::Account,
        Self::Logo,
        Self::Assets,
        Self::Admin,
        Self::Operations,
        Self::Sandbox,
        Self::Other,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Metadata => "metadata",
            Self::Jwks => "jwks",
            Self::Userinfo => "userinfo",
            Self::Device => "device",
            Self::Register => "register",
            Self::TokenDetails => "token_details",
            Self::Logout => "logout",
            Self::Authorize => "authorize",
            Self::PushedAuthorization => "par",
            Self::DeviceVerification => "device_verification",
            Self::Account => "account",
            Self::CheckSession => "check_session",
            Self::Logo => "logo",
            Self::Assets => "assets",
            Self::Admin => "admin",
            Self::Operations => "operations",
            Self::Sandbox => "sandbox",
            Self::Other => "other",
        }
    }
}

/// The labels of `introspect::Reason`; one that is not here counts as `other`.
const REASONS: [&str; 20] = [
    "malformed",
    "unknown",
    "other_tenant",
    "forged",
    "wrong_kind",
    "expired",
    "not_yet_valid",
    "revoked",
    "family_revoked",
    "cut_off",
    "tenant_disabled",
    "user_disabled",
    "client_disabled",
    "user_locked",
    "user_deleted",
    "family_deleted",
    "client_deleted",
    "key_revoked",
    "wrong_audience",
    OTHER,
];

const OTHER: &str = "other";
const FAULTS: [&str; 5] = ["unavailable", "contention", "busy", "corrupt", "panic"];
const NOTICES: [&str; 3] = ["delivered", "failed", "given_up"];
/// Where clients, or users as callers, authenticate.
const AUTHENTICATED: [Label; 6] = [
    Label::Token,
    Label::Introspect,
    Label::Revoke,
    Label::Device,
    Label::Register,
    Label::PushedAuthorization,
];
const STATUSES: [u16; 19] =
    [200, 201, 204, 303, 400, 401, 403, 404, 405, 408, 409, 411, 413, 414, 415, 429, 431, 500, 503];
/// The help text of every series, as scrapers show it.
const HELP: [(&str, &str); 12] = [
    ("vidimus_introspections_total", "Introspections by result; of inactive tokens the reason."),
    ("vidimus_tokens_issued_total", "Access tokens issued, by grant."),
    ("vidimus_revocations_total", "Revocation requests of authenticated clients, by result."),
    ("vidimus_logout_notices_total", "Tries to tell clients of ended sessions, by result."),
    ("vidimus_client_authentication_failures_total", "Failed client authentications."),
    ("vidimus_guessing_callers_total", "Callers noticed in a minute to guess tokens."),
    ("vidimus_http_requests_total", "Requests answered, by endpoint and status."),
    ("vidimus_http_request_duration_seconds", "Time from a request's headers to its answer."),
    ("vidimus_faults_total", "Requests that could not be answered, by kind of fault."),
    ("vidimus_connections", "Open connections."),
    ("vidimus_rows", "Rows stored, by kind."),
    ("vidimus_purge_lag_seconds", "How long the oldest row has been due for deletion."),
];
const METADATA: Metadata<'_> = Metadata::new("vidimus", Level::INFO, None);
const SECONDS: [f64; 12] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

/// The requests of one label: how many by status, and how long they took.
struct OfLabel {
    label: Label,
    /// A series exists from its first request on: most statuses never come.
    by_status: Vec<(u16, OnceLock<Counter>)>,
    duration: Histogram,
}

pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    requests: Vec<OfLabel>,
    active: Counter,
    inactive: Vec<(&'static str, Counter)>,
    issued: Vec<(&'static str, Counter)>,
    revoked: Counter,
    not_revoked: Counter,
    notices: Vec<(&'static str, Counter)>,
    guessed: Counter,
    client_authentication_failures: Vec<(Label, Counter)>,
    faults: Vec<(&'static str, Counter)>,
    pub connections: Gauge,
    oldest_expiry: Gauge,
    purge_lag: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new();
        // Only an empty list of buckets is refused.
        let builder = match builder.set_buckets_for_metric(seconds, &SECONDS) {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        for (name, text) in HELP {
            match name {
                _ if name.ends_with("_total") => {
                    recorder.describe_counter(name.into(), None, text.into());
                }
                _ if name.ends_with("duration_seconds") => {
                    recorder.describe_histogram(name.into(), None, text.into());
                }
                _ => recorder.describe_gauge(name.into(), None, text.into()),
            }
        }
        let counter = |name: &'static str, labels: &[(&'static str, &'static str)]| {
            recorder.register_counter(&key(name, labels), &METADATA)
        };
        let gauge = |name: &'static str| recorder.register_gauge(&key(name, &[]), &METADATA);
        let introspections = |result, reason| {
            counter("vidimus_introspections_total", &[("result", result), ("reason", reason)])
        };
        let requests = Label::ALL.map(|label| {
            let labels = [("endpoint", label.as_str())];
            let name = "vidimus_http_request_duration_seconds";
            let duration = recorder.register_histogram(&key(name, &labels), &METADATA);
            let by_status = STATUSES.map(|status| (status, OnceLock::new())).into();
            OfLabel { label, by_status, duration }
        });
        let grants = GRANTS.iter().map(|grant| grant.name).chain(["mint", OTHER]);
        let issued = |grant| counter("vidimus_tokens_issued_total", &[("grant", grant)]);
        let revocations = |result| counter("vidimus_revocations_total", &[("result", result)]);
        let notices =
            |result| (result, counter("vidimus_logout_notices_total", &[("result", result)]));
        let failures = |label: Label| {
            let labels = [("endpoint", label.as_str())];
            (label, counter("vidimus_client_authentication_failures_total", &labels))
        };
        let faults = |kind| (kind, counter("vidimus_faults_total", &[("kind", kind)]));
        Self {
            requests: requests.into(),
            active: introspections("active", ""),
            inactive: REASONS.map(|reason| (reason, introspections("inactive", reason))).into(),
            issued: grants.map(|grant| (grant, issued(grant))).collect(),
            revoked: revocations("revoked"),
            not_revoked: revocations("nothing_to_revoke"),
            notices: NOTICES.map(notices).into(),
            guessed: counter("vidimus_guessing_callers_total", &[]),
            client_authentication_failures: AUTHENTICATED.map(failures).into(),
            faults: FAULTS.map(faults).into(),
            connections: gauge("vidimus_connections"),
            oldest_expiry: gauge("vidimus_oldest_expiry_timestamp_seconds"),
            purge_lag: gauge("vidimus_purge_lag_seconds"),
            handle: recorder.handle(),
            recorder,
        }
    }

    pub fn introspected(&self, reason: Option<&'static str>) {
        match reason {
            None => self.active.increment(1),
            Some(reason) => add(&self.inactive, reason),
        }
    }

    pub fn issued(&self, grant: &'static str) {
        add(&self.issued, grant);
    }

    pub fn revoked(&self, did: bool) {
        let counter = if did { &self.revoked } else { &self.not_revoked };
        counter.increment(1);
    }

    /// What became of a try to tell a client that a session has ended.
    pub fn noticed(&self, result: &'static str) {
        add(&self.notices, result);
    }

    pub fn guessed(&self) {
        self.guessed.increment(1);
    }

    pub fn client_authentication_failed(&self, at: Label) {
        let found = self.client_authentication_failures.iter().find(|(label, _)| *label == at);
        if let Some((_, counter)) = found {
            counter.increment(1);
        }
    }

    pub fn fault(&self, fault: &Fault) {
        add(&self.faults, fault_kind(fault));
    }

    pub fn panicked(&self) {
        add(&self.faults, "panic");
    }

    pub fn answered(&self, label: Label, status: StatusCode, took: Duration) {
        let Some(of) = self.requests.iter().find(|of| of.label == label) else { return };
        of.duration.record(took);
        let known = of.by_status.iter().find(|(code, _)| *code == status.as_u16());
        if let Some((code, counter)) = known {
            let counter = counter.get_or_init(|| {
                let code = code.to_string();
                let labels = vec![
                    metrics::Label::from_static_parts("endpoint", label.as_str()),
                    metrics::Label::new("status", code),
                ];
                let key = Key::from_parts("vidimus_http_requests_total", labels);
                self.recorder.register_counter(&key, &METADATA)
            });
            counter.increment(1);
        }
    }

    /// What the last sweep saw.
    pub fn swept(&self, purged: &Purged, now: Time) {
        for (kind, count) in &purged.rows {
            let key = key("vidimus_rows", &[("kind", kind)]);
            self.recorder.register_gauge(&key, &METADATA).set(*count as f64);
        }
        self.oldest_expiry.set(purged.oldest_expiry.map_or(0.0, |at| at.seconds() as f64));
        self.purge_lag.set(purged.lag_seconds(now) as f64);
    }

    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds what histograms hold; without it they grow until somebody looks.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

pub const fn fault_kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unavailable(_) => "unavailable",
        Fault::Contention => "contention",
        Fault::Busy(_) => "busy",
        Fault::Corrupt(_) => "corrupt",
    }
}

fn add(counters: &[(&'static str, Counter)], name: &'static str) {
    let named = |name| counters.iter().find(move |(known, _)| *known == name);
    if let Some((_, counter)) = named(name).or_else(|| named(OTHER)) {
        counter.increment(1);
    }
}

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    let labels: Vec<_> =
        labels.iter().map(|(k, v)| metrics::Label::from_static_parts(k, v)).collect();
    Key::from_parts(name, labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::introspect::{Level, Reason};

    #[test]
    fn every_reason_is_counted_under_its_name() {
        let metrics = Metrics::new();
        for reason in [
            Reason::Malformed,
            Reason::Expired { at: Time(0) },
            Reason::Locked,
            Reason::Disabled { level: Level::Tenant },
            Reason::Deleted { level: Level::Family },
            Reason::WrongAudience,
        ] {
            metrics.introspected(Some(reason.label()));
            let line = format!(
                "vidimus_introspections_total{{result=\"inactive\",reason=\"{}\"}} 1",
                reason.label()
            );
            assert!(metrics.render().contains(&line), "{line}");
        }
        assert!(metrics.render().contains(r#"result="active",reason=""} 0"#));
    }

    #[test]
    fn requests_are_counted_and_timed() {
        let metrics = Metrics::new();
        metrics.answered(Label::Token, StatusCode::OK, Duration::from_micros(300));
        let text = metrics.render();
        let count = r#"vidimus_http_requests_total{endpoint="token",status="200"} 1"#;
        assert!(text.contains(count), "{text}");
        let bucket =
            r#"vidimus_http_request_duration_seconds_bucket{endpoint="token",le="0.0005"} 1"#;
        assert!(text.contains(bucket), "{text}");
    }
}
