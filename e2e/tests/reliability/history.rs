//! What clients know about each token, and what that allows an introspection to say: the
//! invariants I1 to I8 as a chain unknown → active → inactive.

use std::sync::{Mutex, PoisonError};

use vidimus_e2e::http::Request;

/// What the one who holds the token may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Issued with an answer, and nothing was done to it since: active.
    Active,
    /// A revocation was begun and its outcome is not known: either, but the same for ever.
    Open,
    /// Revoked with an answer, or seen inactive: never active again.
    Inactive,
}

#[derive(Clone, Debug)]
pub struct Held {
    pub token: String,
    /// The refresh token of its family, where it has one.
    pub refresh: Option<String>,
    pub known: Known,
}

impl Held {
    /// Takes a verdict in; `Err` names the invariant that it breaks.
    pub fn seen(&mut self, active: bool) -> Result<(), String> {
        match (self.known, active) {
            (Known::Active, true) | (Known::Inactive | Known::Open, false) => {
                if !active {
                    self.known = Known::Inactive;
                }
                Ok(())
            }
            // Whoever has seen it active after the fault holds it to that.
            (Known::Open, true) => Ok(()),
            (Known::Active, false) => {
                Err(format!("I1: acknowledged, not revoked, and inactive: {}", self.token))
            }
            (Known::Inactive, true) => {
                Err(format!("I2/I4/I6: revoked and active again: {}", self.token))
            }
        }
    }
}

/// A request that may succeed once (I5).
pub struct Used {
    pub request: Request,
    /// Acknowledged so far.
    pub successes: u32,
}

/// Everything that was ever acknowledged in one run, and what was found wrong.
#[derive(Default)]
pub struct History {
    held: Mutex<Vec<Held>>,
    used: Mutex<Vec<Used>>,
    violations: Mutex<Vec<String>>,
}

impl History {
    pub fn violated(&self, what: String) {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub fn keep(&self, held: Vec<Held>) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).extend(held);
    }

    pub fn used(&self, used: Used) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push(used);
    }

    /// Takes out what everybody holds.
    pub fn gather(&self) -> (Vec<Held>, Vec<Used>) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        (held, used)
    }

    /// # Panics
    /// If an invariant was broken.
    pub fn assert_kept(&self, after: &str) {
        let violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(violations.is_empty(), "{after}: {violations:#?}");
    }
}

#[test]
fn the_chain_goes_one_way() {
    let held = |known| Held { token: "t".to_owned(), refresh: None, known };
    assert!(held(Known::Active).seen(true).is_ok());
    assert!(held(Known::Active).seen(false).is_err());
    assert!(held(Known::Inactive).seen(true).is_err());
    let mut open = held(Known::Open);
    assert!(open.seen(true).is_ok());
    assert!(open.seen(false).is_ok());
    assert!(open.seen(true).is_err());
}
