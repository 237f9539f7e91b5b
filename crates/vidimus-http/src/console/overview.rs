//! The overview: what the counters have been doing.

use vidimus_console::operator::{Figure, Overview, Plot, Series, overview, spelled};
use vidimus_core::{engine::Store, errand::Errands};
use vidimus_dialect::Shape;

use super::{
    Console,
    history::{Sample, between, quantiles, rates},
    visit::{Visit, page},
};
use crate::{
    app::App,
    metrics::{Label, Snapshot},
};

/// Lines that can be told apart.
const LINES_MAX: usize = 5;

impl<S: Store, E: Errands> App<S, E> {
    /// Takes a sample of the counters, for the overview.
    pub fn sample(&self) {
        let taken = tokio::time::Instant::now();
        self.history.add(&Sample { at: self.now(), taken, seen: self.metrics.snapshot() });
    }
}

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) fn overview(&self, visit: &Visit<'_>) -> Shape {
        let is_of_day = visit.query.get("span") == Some("day");
        let samples = self.history.samples(is_of_day);
        let now = self.metrics.snapshot();
        let status = self.status.view(self.now());
        let text = |name: &str| {
            status.get(name).map_or_else(String::new, |value| value.to_string().replace('"', ""))
        };
        let shown = Overview {
            figures: figures(&samples, &now),
            plots: plots(&samples),
            is_of_day,
            about: format!(
                "Vidimus {} on {}, since this process began.",
                text("version"),
                text("store")
            ),
        };
        page(overview(&visit.shell("overview"), &shown))
    }
}

fn figures(samples: &[Sample], now: &Snapshot) -> Vec<Figure> {
    let all = now.active + now.inactive_count();
    let share = if all == 0 { 0.0 } else { now.inactive_count() as f64 * 100.0 / all as f64 };
    let first = samples.first().map(|sample| &sample.seen);
    let took = |share| {
        let value = first.and_then(|first| between(first, now, Label::Introspect, share));
        value.map_or_else(|| "–".to_owned(), |value| format!("{} ms", spelled(value)))
    };
    let faults: u64 = now.faults.iter().map(|(_, count)| count).sum();
    let rows: u64 = now.rows.iter().map(|(_, count)| count).sum();
    let figure = |name, value: String, note: String| Figure { name, value, note };
    vec![
        figure("Introspections", spelled(all as f64), format!("{} % inactive", spelled(share))),
        figure(
            "Tokens issued",
            spelled(now.issued_count() as f64),
            format!("{} revoked", spelled(now.revoked as f64)),
        ),
        figure("Introspection p50", took(0.5), "of those plotted".to_owned()),
        figure("Introspection p99", took(0.99), "of those plotted".to_owned()),
        figure(
            "Refused callers",
            spelled(now.client_authentication_failures as f64),
            format!("{} failed sign-ins", spelled(now.sign_in_failures as f64)),
        ),
        figure("Faults", spelled(faults as f64), "answers of 500 and 503".to_owned()),
        figure("Rows", spelled(rows as f64), "as the last purge saw them".to_owned()),
        figure(
            "Purge lag",
            format!("{} s", now.purge_lag_seconds),
            "how long the oldest row is overdue".to_owned(),
        ),
    ]
}

fn series(name: impl Into<String>, values: Vec<Option<f64>>) -> Series {
    Series { name: name.into(), values }
}

/// The largest of a set that has too many lines, over the time that is plotted.
fn most(samples: &[Sample], of: impl Fn(&Snapshot) -> &[(&'static str, u64)]) -> Vec<&'static str> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Vec::new() };
    let before = |name| count(of(&first.seen), name);
    let mut grown: Vec<(u64, &'static str)> = of(&last.seen)
        .iter()
        .map(|(name, count)| (count.saturating_sub(before(name)), *name))
        .filter(|(more, _)| *more > 0)
        .collect();
    grown.sort_by(|one, other| other.cmp(one));
    grown.into_iter().take(LINES_MAX).map(|(_, name)| name).collect()
}

fn count(of: &[(&'static str, u64)], wanted: &str) -> u64 {
    of.iter().find(|(name, _)| *name == wanted).map_or(0, |(_, count)| *count)
}

fn plots(samples: &[Sample]) -> Vec<Plot> {
    let times: Vec<i64> = samples.iter().skip(1).map(|sample| sample.at.seconds()).collect();
    let plot = |id, title: &str, unit, series| Plot {
        id,
        title: title.to_owned(),
        unit,
        times: times.clone(),
        series,
    };
    let rate = |name: &'static str, of: fn(&Snapshot) -> &[(&'static str, u64)]| {
        series(name, rates(samples, |seen| count(of(seen), name)))
    };
    let reasons: fn(&Snapshot) -> &[(&'static str, u64)] = |seen| &seen.inactive;
    let grants: fn(&Snapshot) -> &[(&'static str, u64)] = |seen| &seen.issued;
    let by_reason: Vec<Series> =
        most(samples, reasons).into_iter().map(|name| rate(name, reasons)).collect();
    let by_grant: Vec<Series> =
        most(samples, grants).into_iter().map(|name| rate(name, grants)).collect();
    let kinds: Vec<&'static str> = samples
        .last()
        .map(|last| last.seen.rows.iter().map(|(kind, _)| *kind).take(LINES_MAX).collect())
        .unwrap_or_default();
    let rows = |kind: &'static str| {
        let values = samples.iter().skip(1);
        series(kind, values.map(|sample| Some(count(&sample.seen.rows, kind) as f64)).collect())
    };
    let lag = samples.iter().skip(1).map(|sample| Some(sample.seen.purge_lag_seconds as f64));
    vec![
        plot(
            "introspections",
            "Introspections",
            "per second",
            vec![
                series("active", rates(samples, |seen| seen.active)),
                series("inactive", rates(samples, Snapshot::inactive_count)),
            ],
        ),
        plot("reasons", "Inactive, by reason", "per second", by_reason),
        plot(
            "latency",
            "Time to introspect",
            "ms",
            vec![
                series("p50", quantiles(samples, Label::Introspect, 0.5)),
                series("p99", quantiles(samples, Label::Introspect, 0.99)),
            ],
        ),
        plot("issued", "Tokens issued, by grant", "per second", by_grant),
        plot("rows", "Rows stored", "rows", kinds.into_iter().map(rows).collect()),
        plot("lag", "Purge lag", "seconds", vec![series("lag", lag.collect())]),
    ]
}
