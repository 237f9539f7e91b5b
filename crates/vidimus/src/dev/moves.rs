//! How somebody says where the clock is to go.

#[derive(Debug, PartialEq, Eq)]
pub enum Move {
    Show,
    /// Seconds, forwards or back.
    By(i64),
    /// To the machine's clock.
    Back,
    /// Seconds since 1970.
    To(i64),
}

const DAY_SECONDS: i64 = 86_400;
const UNITS: [(char, i64); 5] =
    [('s', 1), ('m', 60), ('h', 3600), ('d', DAY_SECONDS), ('w', 7 * DAY_SECONDS)];

impl Move {
    /// # Errors
    /// What was expected.
    pub fn read(by: &str, to: Option<&str>) -> Result<Self, String> {
        let extra = |to: &str| format!("{to}: only `clock set` takes a time");
        match (by, to) {
            ("set", Some(time)) => moment(time).map(Self::To).ok_or_else(|| {
                format!("{time} is no time such as 2030-01-31T12:00:00Z or 1900000000")
            }),
            ("set", None) => Err("`clock set` takes a time".to_owned()),
            (_, Some(to)) => Err(extra(to)),
            ("show", None) => Ok(Self::Show),
            ("now", None) => Ok(Self::Back),
            (by, None) => span(by)
                .map(Self::By)
                .ok_or_else(|| format!("{by} is no move such as +2h, -30m, now, set TIME or show")),
        }
    }
}

/// `+1d12h`: a sign, then numbers with their units.
fn span(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(end)?;
        let mut behind = behind.chars();
        let unit = behind.next()?;
        let (_, each) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(*each)?)?;
        rest = behind.as_str();
    }
    (text.len() > 1).then_some(sign * seconds)
}

/// RFC 3339, in UTC or with an offset; or seconds since 1970.
fn moment(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let separators = [(4, "-"), (7, "-"), (13, ":"), (16, ":")];
    let separated = separators.iter().all(|(at, c)| text.get(*at..at + 1) == Some(c));
    let between = matches!(text.get(10..11), Some("T" | "t" | " "));
    if !separated || !between {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let known = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..61).contains(&second);
    let seconds = days(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    let east = match text.get(19..)? {
        "Z" | "z" => 0,
        offset => {
            let (sign, offset) = match offset.split_at_checked(1)? {
                ("+", offset) => (1, offset),
                ("-", offset) => (-1, offset),
                _ => return None,
            };
            let (hours, minutes) = offset.split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60)
        }
    };
    known.then_some(seconds - east)
}

/// Since 1970 in the Gregorian calendar. A year begins in March here, so that the leap day is its last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::time::Time;

    #[test]
    fn moves_are_read_as_people_write_them() {
        for (by, to, expected) in [
            ("show", None, Move::Show),
            ("now", None, Move::Back),
            ("+2h", None, Move::By(7200)),
            ("-1d12h", None, Move::By(-129_600)),
            ("+90s", None, Move::By(90)),
            ("set", Some("1900000000"), Move::To(1_900_000_000)),
            ("set", Some("2030-03-17T17:46:40Z"), Move::To(1_900_000_000)),
            ("set", Some("2030-03-17T18:46:40+01:00"), Move::To(1_900_000_000)),
        ] {
            assert_eq!(Move::read(by, to), Ok(expected), "{by} {to:?}");
        }
        for (by, to) in [
            ("2h", None),
            ("+", None),
            ("+2", None),
            ("+2y", None),
            ("tomorrow", None),
            ("set", None),
            ("now", Some("2030-01-01T00:00:00Z")),
            ("set", Some("2030-13-01T00:00:00Z")),
            ("set", Some("2030-01-01")),
            ("+99999999999999999999h", None),
        ] {
            assert!(Move::read(by, to).is_err(), "{by} {to:?}");
        }
    }

    #[test]
    fn moments_are_what_they_are_printed_as() {
        for seconds in [0, 951_782_400, 1_709_164_800, 1_795_230_245, 4_107_542_399] {
            assert_eq!(moment(&Time::from_seconds(seconds).rfc_3339()), Some(seconds));
        }
    }
}
