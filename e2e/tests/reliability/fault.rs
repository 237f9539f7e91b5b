//! When the fault strikes, seen by those who are at work meanwhile.

use std::sync::atomic::{AtomicU8, Ordering};

/// A fault takes a moment. What is acknowledged during it may have been before it or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Before,
    During,
    After,
}

/// What a client may make of the answer to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    Yes,
    No,
    Unclear,
    /// By a server that had lost its disk already.
    Wrongly,
}

#[derive(Default)]
pub struct Fault(AtomicU8);

impl Fault {
    pub fn strikes(&self, act: impl FnOnce()) {
        self.0.store(1, Ordering::SeqCst);
        act();
        self.0.store(2, Ordering::SeqCst);
    }

    pub fn phase(&self) -> Phase {
        match self.0.load(Ordering::SeqCst) {
            0 => Phase::Before,
            1 => Phase::During,
            _ => Phase::After,
        }
    }

    /// `sent`: the phase before the request left. Now its answer is there.
    pub fn judge(&self, sent: Phase, succeeded: bool) -> Acknowledged {
        match (succeeded, sent, self.phase()) {
            (false, ..) => Acknowledged::No,
            (true, Phase::After, _) => Acknowledged::Wrongly,
            (true, _, Phase::Before) => Acknowledged::Yes,
            (true, ..) => Acknowledged::Unclear,
        }
    }
}
