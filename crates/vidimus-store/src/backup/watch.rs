//! Who follows a long job: told how far it is, asked for pauses, and able to end it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Rows,
}

/// Nobody wants it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Its methods are cheap and are called often.
pub trait Watch: Send + Sync {
    /// A phase begins; a total of 0 is not known.
    fn begin(&self, doing: &'static str, unit: Unit, total: u64);
    fn advance(&self, by: u64);
    fn is_stopped(&self) -> bool;
    /// Between two steps beside a running server: gives it its turn, so many times as long as the
    /// step was.
    fn rest(&self, times: u32);
}

impl dyn Watch {
    pub fn step(&self, by: u64) -> Result<(), Stopped> {
        self.advance(by);
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }
}
