//! The time, asked for once per request and handed down; the sandbox moves it.

use vidimus_core::time::Time;

pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge where time enters")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let milliseconds = since.map_or(0, |since| since.as_millis());
        Time(i64::try_from(milliseconds).unwrap_or(i64::MAX))
    }
}
