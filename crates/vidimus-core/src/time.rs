//! A moment, in milliseconds since 1970-01-01T00:00:00Z. Always an argument, never asked for here.

use serde::{Deserialize, Serialize};

const DAY_SECONDS: i64 = 86_400;

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// NumericDate (RFC 7519 §2), rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The end of a life that starts now. On a whole second, so that the `exp` a client reads is
    /// the exact moment at which we stop saying `active`.
    pub const fn expiry(self, ttl_seconds: i64) -> Self {
        Self::from_seconds(self.seconds().saturating_add(ttl_seconds))
    }

    /// Year, month and day in UTC, of the Gregorian calendar. A year begins in March here, so that the
    /// leap day is its last.
    pub const fn date(self) -> (i64, i64, i64) {
        let days = self.seconds().div_euclid(DAY_SECONDS) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march + 2) / 5 + 1;
        let (month, carry) = if march < 10 { (march + 3, 0) } else { (march - 9, 1) };
        (year + era * 400 + carry, month, day)
    }

    /// Hour, minute and second in UTC.
    pub const fn clock(self) -> (i64, i64, i64) {
        let second = self.seconds().rem_euclid(DAY_SECONDS);
        (second / 3600, second / 60 % 60, second % 60)
    }

    /// RFC 3339 §5.6, in UTC and with a `Z`: `2020-02-07T22:31:34Z`.
    pub fn rfc_3339(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.clock();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_names_that_everybody_gives_them() {
        for (seconds, text) in [
            (-1, "1969-12-31T23:59:59Z"),
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_581_114_694, "2020-02-07T22:31:34Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_795_230_245, "2026-11-21T03:04:05Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Time::from_seconds(seconds).rfc_3339(), text);
        }
    }
}
