//! Work beside the requests, on threads of its own: it takes the processor when they leave it.

/// The kindest there is: a sixtieth of a processor that others want as well.
const NICEST: i32 = 19;
/// A tenth of it.
const NICE: i32 = 10;

/// For the calling thread, as long as it lives. Where the system refuses, it is as quick as any other.
pub fn yield_to_all() {
    let _ = rustix::process::setpriority_process(None, NICEST);
}

/// The same, for work that must not stand still: a log grows until it is done.
pub fn yield_to_requests() {
    let _ = rustix::process::setpriority_process(None, NICE);
}
