//! What stands in a table or beside a name: text, code, a tag, a moment.

use vidimus_core::time::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    Note,
    Plain,
}

impl Tone {
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Note => "note",
            Self::Plain => "plain",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    None,
    Text(String),
    Code(String),
    Codes(Vec<String>),
    Tag(Tone, String),
    /// In seconds since 1970.
    When(i64),
    Link {
        to: String,
        text: String,
    },
}

impl Cell {
    pub fn text(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty()).map_or(Self::None, |text| Self::Text(text.to_owned()))
    }

    pub fn machine(&self) -> String {
        match self {
            Self::When(seconds) => when(*seconds).0,
            _ => String::new(),
        }
    }

    pub fn said(&self) -> String {
        match self {
            Self::When(seconds) => when(*seconds).1,
            _ => String::new(),
        }
    }
}

/// A browser by the name that people know.
pub fn browser(agent: &str) -> String {
    crate::agent::agent(agent, crate::words::choose(&[], &[]))
}

/// For machines (RFC 3339), and for people: UTC, because logs say so too.
pub fn when(seconds: i64) -> (String, String) {
    let time = Time::from_seconds(seconds);
    let ((year, month, day), (hour, minute, second)) = (time.date(), time.clock());
    (
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    )
}

pub fn day(seconds: i64) -> String {
    let (year, month, day) = Time::from_seconds(seconds).date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// How long a moment lies back, or ahead.
pub fn ago(seconds: i64, now: i64) -> String {
    let away = now.saturating_sub(seconds);
    let (amount, unit) = match away.unsigned_abs() {
        s if s < 120 => (s, "s"),
        s if s < 7200 => (s / 60, "min"),
        s if s < 172_800 => (s / 3600, "h"),
        s => (s / 86_400, "days"),
    };
    if away < 0 { format!("in {amount} {unit}") } else { format!("{amount} {unit} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_in_logs() {
        assert_eq!(when(951_827_696).0, "2000-02-29T12:34:56Z");
        assert_eq!(when(951_827_696).1, "2000-02-29 12:34:56");
        assert_eq!(ago(100, 130), "30 s ago");
        assert_eq!(ago(100_000, 0), "in 27 h");
        assert_eq!(ago(0, 864_000), "10 days ago");
    }
}
