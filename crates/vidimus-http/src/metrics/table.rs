//! Every metric there is: name, kind, labels, help, and where its samples come from. What is not
//! here is not rendered; docs/reference/metrics.md is this table.

use super::{
    Label, Metrics, OfTenant, STATUSES, Verdicts, cells::Counter, process, samples::Samples,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
    /// The values of its labels come in their order.
    pub samples: fn(&Metrics, &mut Samples<'_>),
}

type Read = fn(&Metrics, &mut Samples<'_>);

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
    samples: Read,
) -> Metric {
    Metric { name, kind, labels, help, samples }
}

use Kind::{Counter as C, Gauge as G, Histogram as H};

pub const METRICS: &[Metric] = &[
    metric(
        "vidimus_build_info",
        G,
        &["version", "store", "schema"],
        "Always 1: what runs, over which kind of store, and the version of its schema.",
        |m, s| {
            s.add(&[m.about.version, m.about.store, &m.about.schema.to_string()], 1);
        },
    ),
    metric(
        "vidimus_introspections_total",
        C,
        &["result", "reason"],
        "Introspections by result; of inactive tokens the reason.",
        |m, s| {
            s.add(&["active", ""], m.active.get());
            m.inactive.read().iter().for_each(|(reason, n)| s.add(&["inactive", reason], n));
        },
    ),
    metric(
        "vidimus_caller_introspections_total",
        C,
        &["tenant", "caller", "result"],
        "Introspections by who asked: the hundred busiest, and the rest as other.",
        |m, s| {
            for (tenant, caller, [active, inactive]) in m.callers.read(verdicts) {
                s.add(&[&tenant, &caller, "active"], active);
                s.add(&[&tenant, &caller, "inactive"], inactive);
            }
        },
    ),
    metric(
        "vidimus_tokens_issued_total",
        C,
        &["grant"],
        "Access tokens issued, by grant.",
        |m, s| m.issued.read().iter().for_each(|(grant, n)| s.add(&[grant], n)),
    ),
    metric(
        "vidimus_client_tokens_issued_total",
        C,
        &["tenant", "client", "grant"],
        "Access tokens issued, by client: the hundred busiest, and the rest as other.",
        |m, s| {
            for (tenant, client, grants) in m.clients.read(|of| of.0.read()) {
                let used = grants.iter().filter(|(_, n)| *n > 0);
                used.for_each(|(grant, n)| s.add(&[&tenant, &client, grant], n));
            }
        },
    ),
    metric(
        "vidimus_tenant_requests_total",
        C,
        &["tenant"],
        "Requests that met a tenant: the hundred busiest, and the rest as other.",
        |m, s| of_tenants(m, s, |of| &of.requests),
    ),
    metric(
        "vidimus_tenant_introspections_total",
        C,
        &["tenant", "result"],
        "Introspections by tenant: the hundred busiest, and the rest as other.",
        |m, s| {
            for (tenant, _, [active, inactive]) in m.tenants.read(|of| verdicts(&of.introspections))
            {
                s.add(&[&tenant, "active"], active);
                s.add(&[&tenant, "inactive"], inactive);
            }
        },
    ),
    metric(
        "vidimus_tenant_tokens_issued_total",
        C,
        &["tenant"],
        "Access tokens issued, by tenant: the hundred busiest, and the rest as other.",
        |m, s| of_tenants(m, s, |of| &of.issued),
    ),
    metric(
        "vidimus_revocations_total",
        C,
        &["result"],
        "Revocation requests of authenticated clients, by result.",
        |m, s| {
            s.add(&["revoked"], m.revoked.get());
            s.add(&["nothing_to_revoke"], m.not_revoked.get());
        },
    ),
    metric("vidimus_registrations_total", C, &[], "Clients that registered themselves.", |m, s| {
        s.add(&[], m.registered.get())
    }),
    metric(
        "vidimus_administrations_total",
        C,
        &[],
        "Changes by administrators, and by clients and users to themselves.",
        |m, s| s.add(&[], m.administered.get()),
    ),
    metric(
        "vidimus_logout_notices_total",
        C,
        &["result"],
        "Tries to tell clients of ended sessions, by result.",
        |m, s| m.notices.read().iter().for_each(|(result, n)| s.add(&[result], n)),
    ),
    metric(
        "vidimus_client_authentication_failures_total",
        C,
        &["endpoint"],
        "Failed client authentications.",
        |m, s| m.refused_callers.read().iter().for_each(|(at, n)| s.add(&[at], n)),
    ),
    metric(
        "vidimus_sign_in_failures_total",
        C,
        &[],
        "People who were asked again who they are.",
        |m, s| s.add(&[], m.sign_in_failures.get()),
    ),
    metric(
        "vidimus_reuses_total",
        C,
        &[],
        "Refresh tokens and codes that came a second time: their authorizations were ended.",
        |m, s| s.add(&[], m.reused.get()),
    ),
    metric(
        "vidimus_guessing_callers_total",
        C,
        &[],
        "Callers noticed in a minute to guess tokens.",
        |m, s| s.add(&[], m.guessed.get()),
    ),
    metric(
        "vidimus_http_requests_total",
        C,
        &["endpoint", "status"],
        "Requests answered, by endpoint and status. A series begins with its first request.",
        |m, s| {
            for (label, of) in Label::ALL.iter().zip(&m.requests) {
                let counted = STATUSES.iter().zip(&of.by_status);
                for (status, counter) in counted.filter(|(_, counter)| counter.get() > 0) {
                    s.add(&[label.as_str(), &status_text(*status)], counter.get());
                }
            }
        },
    ),
    metric(
        "vidimus_http_request_duration_seconds",
        H,
        &["endpoint"],
        "Time from a request's headers to its answer.",
        |m, s| {
            for (label, of) in Label::ALL.iter().zip(&m.requests) {
                s.histogram(&[label.as_str()], &of.took.read());
            }
        },
    ),
    metric(
        "vidimus_faults_total",
        C,
        &["kind"],
        "Requests that could not be answered, by kind of fault.",
        |m, s| m.faults.read().iter().for_each(|(kind, n)| s.add(&[kind], n)),
    ),
    metric("vidimus_connections", G, &[], "Open connections.", |m, s| {
        s.add(&[], m.connections.get());
    }),
    metric(
        "vidimus_store_commits_total",
        C,
        &["result"],
        "Commits to the store: done, a conflict (decided again), or failed.",
        |m, s| {
            s.add(&["done"], m.commits.done.get());
            s.add(&["conflict"], m.commits.conflict.get());
            s.add(&["failed"], m.commits.failed.get());
        },
    ),
    metric(
        "vidimus_store_commits_waiting",
        G,
        &[],
        "Commits that were begun and are not durable yet: the store's queue.",
        |m, s| s.add(&[], m.commits.waiting.get()),
    ),
    metric(
        "vidimus_store_commit_duration_seconds",
        H,
        &[],
        "Time from a commit's beginning until it was durable, or was not.",
        |m, s| s.histogram(&[], &m.commits.took.read()),
    ),
    metric("vidimus_rows", G, &["kind"], "Rows stored, by kind.", |m, s| {
        m.last_sweep().rows.iter().for_each(|(kind, n)| s.add(&[kind], n));
    }),
    metric(
        "vidimus_oldest_expiry_timestamp_seconds",
        G,
        &[],
        "When the row ended that ended first of all that are stored; 0: none is.",
        |m, s| s.add(&[], m.last_sweep().oldest_expiry.map_or(0, |at| at.seconds())),
    ),
    metric(
        "vidimus_purge_lag_seconds",
        G,
        &[],
        "How long the oldest row has been due for deletion.",
        |m, s| s.add(&[], m.last_sweep().lag_seconds),
    ),
    metric(
        "vidimus_last_purge_timestamp_seconds",
        G,
        &[],
        "When what has ended was last deleted; 0: not since the start.",
        |m, s| s.add(&[], m.last_sweep().at.map_or(0, |at| at.seconds())),
    ),
    metric(
        "vidimus_signing_key_timestamp_seconds",
        G,
        &["tenant", "alg"],
        "Since when the key signs that signs now, of a hundred tenants.",
        |m, s| {
            for (tenant, alg, since) in m.keys() {
                s.add(&[&tenant, &alg], since.seconds());
            }
        },
    ),
    metric("process_resident_memory_bytes", G, &[], "Memory that the process holds.", |_, s| {
        process::resident_memory_bytes().into_iter().for_each(|n| s.add(&[], n))
    }),
    metric("process_open_fds", G, &[], "Open file descriptors.", |_, s| {
        process::open_fds().into_iter().for_each(|n| s.add(&[], n));
    }),
    metric("process_max_fds", G, &[], "How many there may be.", |_, s| {
        process::max_fds().into_iter().for_each(|n| s.add(&[], n));
    }),
    metric(
        "process_cpu_seconds_total",
        C,
        &[],
        "Processor time that the process has taken.",
        |_, s| process::cpu_seconds().into_iter().for_each(|n| s.add(&[], n)),
    ),
    metric("process_start_time_seconds", G, &[], "When the process was started.", |m, s| {
        s.add(&[], m.started.0 as f64 / 1000.0);
    }),
];

fn verdicts(of: &Verdicts) -> [u64; 2] {
    [of.active.get(), of.inactive.get()]
}

fn of_tenants(metrics: &Metrics, samples: &mut Samples<'_>, of: fn(&OfTenant) -> &Counter) {
    for (tenant, _, count) in metrics.tenants.read(|counted| of(counted).get()) {
        samples.add(&[&tenant], count);
    }
}

fn status_text(status: u16) -> String {
    if status == 0 { "other".to_owned() } else { status.to_string() }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/metrics.md");
    const HEAD: &str = "\
# Metrics

What `/metrics` says, in Prometheus' text format. It answers this machine, a separate listener (`[server] ops_listen`), and an
administrator's token. All counters begin at nought with the process. No label holds a secret, or a text that a caller chose freely:
names of tenants, clients and callers are those that an administrator or this server gave them, of the hundred busiest; the rest, and
those that are longer than 128 bytes, share one series whose names are `other`. Which are the busiest is looked at every five
minutes, and a name that loses its place comes back from nought: for a sum of all use the metric without names.

The buckets of both histograms end at 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100 and 500 milliseconds, 1 and 5 seconds.

[`ops/alerts.yaml`](../../ops/alerts.yaml) and [`ops/grafana/vidimus.json`](../../ops/grafana/vidimus.json) are made of these; what to do when
an alert fires says [Operating Vidimus](../how-to/operate.md#alerts).

| metric | kind | labels | |
|---|---|---|---|
";

    fn page() -> String {
        let row = |metric: &Metric| {
            let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let Metric { name, kind, help, .. } = metric;
            format!("| `{name}` | {} | {} | {help} |\n", kind.as_str(), labels.join(", "))
        };
        HEAD.to_owned() + &METRICS.iter().map(row).collect::<String>()
    }

    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says so")]
    fn wants_update() -> bool {
        std::env::var_os("UPDATE_SNAPSHOTS").is_some()
    }

    #[test]
    fn the_page_is_this_table() {
        if wants_update() {
            fs::write(PAGE, page()).unwrap();
        }
        let known = fs::read_to_string(PAGE).unwrap_or_default();
        assert_eq!(page(), known, "run again with UPDATE_SNAPSHOTS=1");
    }

    #[test]
    fn what_is_rendered_is_what_is_in_the_table() {
        let metrics = Metrics::testing();
        metrics.issued("default", "app", "mint");
        metrics.signing(vec![(
            "default".to_owned(),
            "ES256".to_owned(),
            vidimus_core::time::Time(1),
        )]);
        let one = [("tokens", 1)].to_vec();
        let purged = crate::status::Purged { rows: one, oldest_expiry: None, keep_seconds: 0 };
        metrics.swept(&purged, vidimus_core::time::Time(1));
        let took = std::time::Duration::from_millis(1);
        metrics.answered(Label::Token, hyper::StatusCode::OK, took);
        let text = metrics.render();
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let of = |metric: &&Metric| match metric.kind {
                Kind::Histogram => ["_bucket", "_sum", "_count"]
                    .iter()
                    .any(|suffix| name.strip_suffix(suffix) == Some(metric.name)),
                _ => metric.name == name,
            };
            let metric = METRICS.iter().find(of).unwrap_or_else(|| panic!("{line}"));
            let named: Vec<_> =
                labels.split("=\"").filter_map(|part| part.rsplit(['"', ',']).next()).collect();
            let named = named.into_iter().filter(|name| !["", "le", "}"].contains(name));
            assert_eq!(named.collect::<Vec<_>>(), metric.labels, "{line}");
            seen.insert(metric.name);
        }
        let all: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(seen, all);
        assert_eq!(all.len(), METRICS.len(), "a name is there twice");
    }
}
