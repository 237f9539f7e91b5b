//! Callers that ask about many tokens we never issued (RFC 7662 §4 on token fishing): an alert
//! when one does so more often than any honest mistake.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vidimus_core::{introspect::Reason, time::Time};

const MISSES_PER_MINUTE_MAX: u32 = 1000;
/// Callers are authenticated, so their number is the operator's; bounded all the same.
const CALLERS_MAX: usize = 10_000;

#[derive(Default)]
pub struct Guessing {
    minute: Mutex<Minute>,
}

#[derive(Default)]
struct Minute {
    number: i64,
    misses: HashMap<String, u32>,
}

impl Guessing {
    /// Whether this miss is the one too many: once a minute for each caller.
    pub fn alerts(&self, caller: &str, reason: &Reason, now: Time) -> bool {
        if !matches!(reason, Reason::Malformed | Reason::Unknown | Reason::Forged) {
            return false;
        }
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.seconds() / 60;
        if minute.number != number || minute.misses.len() > CALLERS_MAX {
            *minute = Minute { number, misses: HashMap::new() };
        }
        if let Some(misses) = minute.misses.get_mut(caller) {
            *misses = misses.saturating_add(1);
            return *misses == MISSES_PER_MINUTE_MAX + 1;
        }
        minute.misses.insert(caller.to_owned(), 1);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_141_a_caller_that_guesses_is_noticed_once_a_minute() {
        let guessing = Guessing::default();
        let now = Time::from_seconds(1_800_000_000);
        let alerts = |caller: &str, now| {
            (0..3000).filter(|_| guessing.alerts(caller, &Reason::Unknown, now)).count()
        };
        assert_eq!(alerts("rs1", now), 1);
        assert_eq!(alerts("rs1", now), 0);
        assert_eq!(alerts("rs2", now), 1);
        assert_eq!(alerts("rs1", now.plus_seconds(60)), 1);
    }

    #[test]
    fn expired_and_foreign_tokens_are_no_guesses() {
        let guessing = Guessing::default();
        let now = Time::from_seconds(1_800_000_000);
        for _ in 0..3000 {
            assert!(!guessing.alerts("rs1", &Reason::Expired { at: now }, now));
            assert!(!guessing.alerts("rs1", &Reason::WrongAudience, now));
        }
    }
}
