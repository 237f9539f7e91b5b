//! What a run has found: figures beside their bars, and the measurements that they come from.

mod json;
mod markdown;
mod table;

use std::path::Path;

use crate::{load::Seen, usage::Memory};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// Only shown.
    None,
}

impl Bar {
    /// `None` where nothing is asked.
    pub fn is_met(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtMost(most) => Some(figure <= most),
            Self::AtLeast(least) => Some(figure >= least),
            Self::None => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Times,
    Share,
    Megabytes,
    Seconds,
    PerSecond,
    Bytes,
    Milliseconds,
}

impl Unit {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Times => "×",
            Self::Share => "%",
            Self::Megabytes => "MB",
            Self::Seconds => "s",
            Self::PerSecond => "/s",
            Self::Bytes => "bytes",
            Self::Milliseconds => "ms",
        }
    }

    /// With as many digits as can be believed.
    pub fn show(self, figure: f64) -> String {
        match self {
            Self::Times => format!("{figure:.2}×"),
            Self::Share => format!("{:.0} %", figure * 100.0),
            Self::Megabytes => format!("{figure:.1} MB"),
            Self::Seconds => format!("{figure:.3} s"),
            Self::PerSecond => format!("{figure:.0}/s"),
            Self::Bytes => format!("{figure:.0} bytes"),
            Self::Milliseconds => format!("{figure:.2} ms"),
        }
    }
}

/// One figure. A row that could not be taken says why; it is not met then.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub row: &'static str,
    pub what: String,
    pub unit: Unit,
    pub bar: Bar,
    pub found: Result<f64, String>,
}

impl Figure {
    pub fn verdict(&self) -> &'static str {
        match self.found.as_ref().map(|found| self.bar.is_met(*found)) {
            Ok(Some(true)) => "met",
            Ok(Some(false)) => "MISS",
            Ok(None) => "",
            Err(_) => "not run",
        }
    }
}

/// What one server did under one load, over all rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub row: &'static str,
    pub who: String,
    /// Microseconds of processor time for each request; of the median round.
    pub cpu_us: f64,
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub answers: u64,
    pub resident_mb: f64,
    pub anonymous_mb: f64,
}

impl Measurement {
    pub fn of(row: &'static str, who: &str, cpu_us: f64, seen: &Seen, memory: Memory) -> Self {
        Self {
            row,
            who: who.to_owned(),
            cpu_us,
            per_second: seen.per_second(),
            p50_us: seen.latencies.percentile(0.5),
            p99_us: seen.latencies.percentile(0.99),
            p999_us: seen.latencies.percentile(0.999),
            answers: seen.latencies.count(),
            resident_mb: memory.resident,
            anonymous_mb: memory.anonymous,
        }
    }

    pub fn per_core_second(&self) -> f64 {
        1e6 / self.cpu_us
    }
}

#[derive(Default)]
pub struct Report {
    /// The machine and the command, for whoever compares two reports.
    pub circumstances: Vec<(String, String)>,
    pub figures: Vec<Figure>,
    pub measurements: Vec<Measurement>,
}

/// With commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Report {
    pub fn figure(
        &mut self,
        row: &'static str,
        what: impl Into<String>,
        unit: Unit,
        bar: Bar,
        found: f64,
    ) {
        self.push(Figure { row, what: what.into(), unit, bar, found: Ok(found) });
    }

    pub fn not_run(&mut self, row: &'static str, what: &str, unit: Unit, bar: Bar, why: &str) {
        self.push(Figure { row, what: what.to_owned(), unit, bar, found: Err(why.to_owned()) });
    }

    fn push(&mut self, figure: Figure) {
        eprintln!("  {}", table::line(&figure));
        self.figures.push(figure);
    }

    pub fn measurement(&mut self, measurement: Measurement) {
        eprintln!("    {}", table::measured(&measurement));
        self.measurements.push(measurement);
    }

    /// Whether every bar is met that could be measured.
    pub fn is_met(&self) -> bool {
        self.figures.iter().all(|figure| figure.verdict() != "MISS")
    }

    pub fn text(&self) -> String {
        table::render(self)
    }

    /// `results.json` and `results.md`.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("results.json"), json::render(self))?;
        std::fs::write(folder.join("results.md"), markdown::render(self))
    }
}

#[cfg(test)]
pub fn sample() -> Report {
    let mut report = Report::default();
    report.circumstances.push(("cores".to_owned(), "2".to_owned()));
    report.figure("hot", "introspection | bare", Unit::Times, Bar::AtMost(1.6), 1.5);
    report.figure("issue", "share", Unit::Share, Bar::AtLeast(0.6), 0.5);
    report.figure("size", "bytes", Unit::Bytes, Bar::None, 151.4);
    report.not_run("backup", "p99", Unit::Times, Bar::AtMost(1.5), "no such command");
    let seen = Seen { answers: 10, span: std::time::Duration::from_secs(2), ..Seen::default() };
    report.measurement(Measurement::of("hot", "vidimus", 12.5, &seen, Memory::default()));
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_on_its_line() {
        assert_eq!(Bar::AtMost(1.6).is_met(1.6), Some(true));
        assert_eq!(Bar::AtMost(1.6).is_met(1.61), Some(false));
        assert_eq!(Bar::AtLeast(15.0).is_met(15.0), Some(true));
        assert_eq!(Bar::AtLeast(15.0).is_met(14.9), Some(false));
        assert_eq!(Bar::None.is_met(1.0), None);
        assert_eq!(Bar::AtMost(1.6).is_met(f64::NAN), Some(false));
    }

    #[test]
    fn verdicts_follow_and_one_miss_is_a_miss() {
        let report = sample();
        let verdicts: Vec<_> = report.figures.iter().map(Figure::verdict).collect();
        assert_eq!(verdicts, ["met", "MISS", "", "not run"]);
        assert!(!report.is_met());
        assert!(Report::default().is_met());
    }

    #[test]
    fn a_core_second_is_a_million_microseconds() {
        assert!((sample().measurements[0].per_core_second() - 80_000.0).abs() < 1e-6);
        assert!((sample().measurements[0].per_second - 5.0).abs() < 1e-9);
    }

    #[test]
    fn long_numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (10_000_000, "10,000,000")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn both_files_are_written() {
        let folder = tempfile::tempdir().expect("a folder");
        sample().write(&folder.path().join("new")).expect("written");
        for name in ["results.json", "results.md"] {
            assert!(folder.path().join("new").join(name).is_file(), "{name}");
        }
    }
}
