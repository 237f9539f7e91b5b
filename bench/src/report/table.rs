//! The report for a terminal.

use super::{Bar, Figure, Measurement, Report};

pub fn bar(figure: &Figure) -> String {
    match figure.bar {
        Bar::AtMost(most) => format!("≤ {}", figure.unit.show(most)),
        Bar::AtLeast(least) => format!("≥ {}", figure.unit.show(least)),
        Bar::None => String::new(),
    }
}

pub fn found(figure: &Figure) -> String {
    figure.found.as_ref().map_or_else(Clone::clone, |found| figure.unit.show(*found))
}

pub fn line(figure: &Figure) -> String {
    let (verdict, found, bar) = (figure.verdict(), found(figure), bar(figure));
    format!("{verdict:7} {found:>12} {bar:>12}  {}: {}", figure.row, figure.what)
}

pub fn measured(measurement: &Measurement) -> String {
    let Measurement { who, cpu_us, per_second, p50_us, p99_us, p999_us, .. } = measurement;
    format!(
        "{cpu_us:8.1} µs {:8.0}/core-s {per_second:8.0}/s  p50 {p50_us:7.0} p99 {p99_us:7.0} \
         p99.9 {p999_us:7.0} µs  {:6.0} MB  {who}",
        measurement.per_core_second(),
        measurement.resident_mb,
    )
}

pub fn render(report: &Report) -> String {
    let mut text = String::new();
    let mut row = "";
    for measurement in &report.measurements {
        if measurement.row != row {
            row = measurement.row;
            text.push_str(&format!("\n{row}\n"));
        }
        text.push_str(&format!("  {}\n", measured(measurement)));
    }
    text.push_str("\nfigures\n");
    for figure in &report.figures {
        text.push_str(&format!("  {}\n", line(figure)));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    #[test]
    fn every_figure_is_a_line_with_its_bar_and_verdict() {
        let text = super::render(&sample());
        for wanted in [
            "met            1.50×      ≤ 1.60×  hot: introspection | bare",
            "MISS            50 %       ≥ 60 %  issue: share",
            "151 bytes               size: bytes",
            "not run no such command      ≤ 1.50×  backup: p99",
            "12.5 µs    80000/core-s        5/s",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }
}
