//! Lines over time as a picture that needs no script: told in words, and as a table beside it.

use super::cell::when;

pub struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

pub struct Plot {
    /// Of its elements.
    pub id: &'static str,
    pub title: String,
    pub unit: &'static str,
    pub times: Vec<i64>,
    pub series: Vec<Series>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Rows of the table beside it: more than that nobody reads.
const TOLD_MAX: usize = 12;

pub struct Line {
    pub class: String,
    pub path: String,
    pub name: String,
    /// The newest value.
    pub last: String,
}

pub struct Tick {
    pub at: String,
    pub text: String,
}

impl Plot {
    pub fn is_empty(&self) -> bool {
        self.times.len() < 2 || self.series.iter().all(|one| one.values.iter().all(Option::is_none))
    }

    fn top(&self) -> f64 {
        let values = self.series.iter().flat_map(|one| one.values.iter().flatten());
        nice(values.copied().fold(0.0, f64::max))
    }

    fn x(&self, at: usize) -> f64 {
        let last = self.times.len().saturating_sub(1).max(1);
        LEFT + (WIDTH - LEFT - 8.0) * at as f64 / last as f64
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / self.top())
    }

    pub fn lines(&self) -> Vec<Line> {
        const DASHES: [&str; 3] = ["", " dash", " dot"];
        let line = |(at, one): (usize, &Series)| {
            let dash = DASHES.get(at / 2 % 3).copied().unwrap_or_default();
            let last = one.values.iter().rev().find_map(|value| *value);
            Line {
                class: format!("line k{}{dash}", at % 6),
                path: self.path(one),
                name: one.name.clone(),
                last: last.map_or_else(|| "–".to_owned(), spelled),
            }
        };
        self.series.iter().enumerate().map(line).collect()
    }

    /// With gaps where nothing is known.
    fn path(&self, one: &Series) -> String {
        let mut path = String::new();
        let mut before = None;
        for (at, value) in one.values.iter().enumerate() {
            if let Some(value) = value {
                let verb = if before.is_some() { 'L' } else { 'M' };
                path.push_str(&format!("{verb}{:.1} {:.1}", self.x(at), self.y(*value)));
                let is_alone =
                    before.is_none() && one.values.get(at + 1).copied().flatten().is_none();
                // Nothing but a stroke is seen.
                path.push_str(if is_alone { "h.1" } else { "" });
            }
            before = *value;
        }
        path
    }

    pub fn levels(&self) -> Vec<Tick> {
        let top = self.top();
        let levels = [0.0, top / 2.0, top].into_iter();
        levels
            .map(|level| Tick { at: format!("{:.1}", self.y(level)), text: spelled(level) })
            .collect()
    }

    pub fn ticks(&self) -> Vec<Tick> {
        let last = self.times.len().saturating_sub(1);
        let mut places = vec![0, last / 2, last];
        // Few have no middle of their own.
        if last < 4 {
            places.remove(1);
        }
        places
            .into_iter()
            .filter_map(|at| {
                let text = when(*self.times.get(at)?).1;
                let clock = text.get(11..16).unwrap_or_default().to_owned();
                Some(Tick { at: format!("{:.1}", self.x(at)), text: clock })
            })
            .collect()
    }

    /// The picture in a sentence.
    pub fn told(&self) -> String {
        let parts: Vec<String> = self
            .series
            .iter()
            .map(|one| {
                let values = || one.values.iter().flatten().copied();
                let most = values().fold(0.0, f64::max);
                let last = values().next_back().unwrap_or(0.0);
                format!("{} {} now, {} at most", one.name, spelled(last), spelled(most))
            })
            .collect();
        format!("{} ({}): {}.", self.title, self.unit, parts.join("; "))
    }

    /// A few of its moments, each with its values.
    pub fn table(&self) -> Vec<(String, Vec<String>)> {
        let step = self.times.len().div_ceil(TOLD_MAX).max(1);
        let moments = self.times.iter().enumerate().rev().step_by(step);
        moments
            .map(|(at, time)| {
                let value = |one: &Series| {
                    let value = one.values.get(at).copied().flatten();
                    value.map_or_else(|| "–".to_owned(), spelled)
                };
                (when(*time).1, self.series.iter().map(value).collect())
            })
            .collect()
    }
}

/// One, two or five times a power of ten, not less than the value.
fn nice(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].into_iter();
    steps.map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

pub fn spelled(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    match value {
        v if v >= 10_000_000.0 => format!("{:.0} M", v / 1_000_000.0),
        v if v >= 10_000.0 => format!("{:.1} k", v / 1000.0),
        v if v >= 100.0 || v.fract() == 0.0 => format!("{v:.0}"),
        v if v >= 1.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_and_told() {
        let plot = Plot {
            id: "p",
            title: "Introspections".to_owned(),
            unit: "per second",
            times: vec![0, 60, 120],
            series: vec![Series {
                name: "active".to_owned(),
                values: vec![Some(1.0), None, Some(3.0)],
            }],
        };
        assert!(!plot.is_empty());
        assert_eq!(plot.top(), 5.0);
        let lines = plot.lines();
        assert_eq!(lines[0].path.matches('M').count(), 2, "a gap");
        assert_eq!(plot.told(), "Introspections (per second): active 3 now, 3 at most.");
        assert_eq!(plot.table()[0], ("1970-01-01 00:02:00".to_owned(), vec!["3".to_owned()]));
        assert_eq!(plot.ticks()[1].text, "00:02");
    }

    #[test]
    fn tops_are_round() {
        for (value, top) in [(0.0, 1.0), (0.3, 0.5), (1.0, 1.0), (7.0, 10.0), (101.0, 200.0)] {
            assert!((nice(value) - top).abs() < 1e-9, "{value}");
        }
        assert_eq!([spelled(0.0), spelled(12_345.0), spelled(0.25)], ["0", "12.3 k", "0.25"]);
    }
}
