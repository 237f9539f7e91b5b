//! Prometheus' text format, version 0.0.4. A sample has the labels of its metric: they are zipped.

use std::fmt::{Display, Write as _};

use super::cells::{Latency, SECONDS};
use super::table::Metric;

pub struct Samples<'a> {
    metric: &'a Metric,
    text: &'a mut String,
}

impl<'a> Samples<'a> {
    pub fn begin(metric: &'a Metric, text: &'a mut String) -> Self {
        let Metric { name, help, kind, .. } = metric;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
        Self { metric, text }
    }

    pub fn add(&mut self, labels: &[&str], value: impl Display) {
        self.line("", labels, None, value);
    }

    pub fn histogram(&mut self, labels: &[&str], latency: &Latency) {
        let ends = SECONDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(&latency.below) {
            self.line("_bucket", labels, Some(&end), count);
        }
        self.line("_sum", labels, None, latency.sum_seconds);
        self.line("_count", labels, None, latency.count());
    }

    fn line(&mut self, suffix: &str, labels: &[&str], end: Option<&str>, value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.metric.name);
        let named = self.metric.labels.iter().copied().zip(labels.iter().copied());
        let mut before = '{';
        for (name, value) in named.chain(end.map(|end| ("le", end))) {
            let _ = write!(self.text, "{before}{name}=\"");
            escape(value, self.text);
            self.text.push('"');
            before = ',';
        }
        self.text.push_str(if before == ',' { "} " } else { " " });
        let _ = writeln!(self.text, "{value}");
    }
}

fn escape(value: &str, text: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Kind;
    use super::*;

    #[test]
    fn a_value_cannot_end_its_label() {
        let metric = Metric {
            name: "m",
            kind: Kind::Counter,
            labels: &["client"],
            help: "Help.",
            samples: |_, _| {},
        };
        let mut text = String::new();
        Samples::begin(&metric, &mut text).add(&["a\"} 1\nx\\"], 2);
        assert_eq!(text, "# HELP m Help.\n# TYPE m counter\nm{client=\"a\\\"} 1\\nx\\\\\"} 2\n");
    }
}
