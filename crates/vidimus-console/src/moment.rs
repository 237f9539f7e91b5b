//! A moment, for people and for programs: UTC, because the server does not know where its reader is.

use vidimus_core::time::Time;

use crate::words::Words;

pub struct Moment {
    /// RFC 3339.
    pub machine: String,
    pub text: String,
}

pub fn moment(time: Time, words: &Words) -> Moment {
    let (year, month, day) = time.date();
    let (hour, minute, _) = time.clock();
    let clock = format!("{hour:02}:{minute:02}");
    let key = format!("moment.{month}");
    let values = [
        ("day", &*day.to_string()),
        ("month", words.text(&key)),
        ("year", &*year.to_string()),
        ("time", &*clock),
    ];
    Moment {
        machine: format!("{year:04}-{month:02}-{day:02}T{clock}Z"),
        text: words.fill("moment.format", &values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::choose;

    #[test]
    fn moments_are_spelled_in_each_language() {
        for (seconds, machine, english, german) in [
            (0, "1970-01-01T00:00Z", "1 January 1970, 00:00 UTC", "1. Januar 1970, 00:00 UTC"),
            (
                951_827_696,
                "2000-02-29T12:34Z",
                "29 February 2000, 12:34 UTC",
                "29. Februar 2000, 12:34 UTC",
            ),
            (
                -1,
                "1969-12-31T23:59Z",
                "31 December 1969, 23:59 UTC",
                "31. Dezember 1969, 23:59 UTC",
            ),
            (
                1_772_323_200,
                "2026-03-01T00:00Z",
                "1 March 2026, 00:00 UTC",
                "1. März 2026, 00:00 UTC",
            ),
        ] {
            let time = Time::from_seconds(seconds);
            let told = moment(time, choose(&[], &[]));
            assert_eq!((told.machine.as_str(), told.text.as_str()), (machine, english));
            assert_eq!(moment(time, choose(&["de".to_owned()], &[])).text, german);
        }
    }
}
