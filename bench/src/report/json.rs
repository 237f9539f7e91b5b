//! The report for programs.

use serde_json::{Map, Value, json};

use super::{Bar, Figure, Measurement, Report};

pub fn render(report: &Report) -> String {
    let circumstances: Map<String, Value> = report
        .circumstances
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let figures: Vec<Value> = report.figures.iter().map(figure).collect();
    let measurements: Vec<Value> = report.measurements.iter().map(measurement).collect();
    let whole = json!({
        "circumstances": circumstances, "figures": figures, "measurements": measurements,
    });
    format!("{whole:#}\n")
}

fn figure(figure: &Figure) -> Value {
    let (at_most, at_least) = match figure.bar {
        Bar::AtMost(most) => (Some(most), None),
        Bar::AtLeast(least) => (None, Some(least)),
        Bar::None => (None, None),
    };
    json!({
        "row": figure.row,
        "what": figure.what,
        "unit": figure.unit.text(),
        "figure": figure.found.as_ref().ok(),
        "not_run": figure.found.as_ref().err(),
        "at_most": at_most,
        "at_least": at_least,
        "met": figure.found.as_ref().ok().and_then(|found| figure.bar.is_met(*found)),
    })
}

fn measurement(measurement: &Measurement) -> Value {
    json!({
        "row": measurement.row,
        "who": measurement.who,
        "cpu_us": measurement.cpu_us,
        "per_core_second": measurement.per_core_second(),
        "per_second": measurement.per_second,
        "p50_us": measurement.p50_us,
        "p99_us": measurement.p99_us,
        "p999_us": measurement.p999_us,
        "answers": measurement.answers,
        "resident_mb": measurement.resident_mb,
        "anonymous_mb": measurement.anonymous_mb,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::report::sample;

    #[test]
    fn a_program_can_read_every_figure() {
        let told: Value = serde_json::from_str(&super::render(&sample())).expect("JSON");
        assert_eq!(told["circumstances"]["cores"], "2");
        assert_eq!(told["figures"][0]["met"], json!(true));
        assert_eq!(told["figures"][1]["at_least"], json!(0.6));
        assert_eq!(told["figures"][3]["not_run"], "no such command");
        assert_eq!(told["figures"][3]["figure"], Value::Null);
        assert_eq!(told["measurements"][0]["cpu_us"], json!(12.5));
    }
}
