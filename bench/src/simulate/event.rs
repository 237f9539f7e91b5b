//! What can happen, and what it is about.

#[derive(Clone, Copy)]
pub struct Request {
    pub node: usize,
    /// Of the token, by how often it is asked about.
    pub rank: u64,
    pub asked: u64,
    /// The replica was too far behind: only the primary will do.
    pub of_primary: bool,
}

#[derive(Clone, Copy)]
pub enum Change {
    Issue,
    Revocation {
        rank: u64,
    },
    /// Of configuration.
    Tenant(usize),
}

#[derive(Clone, Copy)]
pub struct Write {
    pub node: usize,
    pub due: u64,
    pub change: Change,
}

/// The streams that come whether or not what came before is answered.
#[derive(Clone, Copy)]
pub enum Stream {
    Issues,
    Revocations,
    Changes,
}

#[derive(Clone, Copy)]
pub enum Event {
    /// A request reaches a node.
    Asked {
        node: usize,
    },
    Read(Request),
    /// A statement's way: from a node to a database and back, by the number of its line.
    Sent(usize),
    Reached(usize),
    Executed(usize),
    Returned(usize),
    HandedOut(usize),
    Answered(Request),
    /// A write's way.
    Due(Stream),
    WriteBegun {
        node: usize,
        change: Change,
    },
    WriteRead(Write),
    WriteReached(Write),
    Written(Write),
    Committed(Write),
    WriteReturned(Write),
    Acknowledged(Write),
    /// A node reads configuration again.
    Reread {
        node: usize,
    },
    Nothing,
}
