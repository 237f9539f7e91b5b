//! Work beside the requests, on threads of its own: it takes the processor when they leave it.

/// The kindest there is.
const NICE: i32 = 19;

/// For the calling thread, as long as it lives. Where the system refuses, it is as quick as any other.
pub fn yield_to_all() {
    let _ = rustix::process::setpriority_process(None, NICE);
}
