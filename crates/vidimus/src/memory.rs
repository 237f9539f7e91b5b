//! Where the process gets its memory from, and who else may look at it.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Never two megabytes at once: the system clears them first, and whoever asked waits for two
/// milliseconds, a hundred times as long as an introspection takes. It has to be said before much
/// was asked for.
pub fn take_it_by_the_page() {
    // Where it cannot be said, nothing but the slowest answers are slower.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// What is in memory stays there: no core file is written, and no other process of the same user
/// may look (SEC-264). Keys and passwords are in it.
pub fn keep_it_to_ourselves() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Lowering a limit is anybody's right; where it fails all the same, the next line is enough.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn sec_264_nothing_dumps_us() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        super::keep_it_to_ourselves();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }

    #[test]
    fn no_page_is_a_huge_one() {
        super::take_it_by_the_page();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(status.lines().any(|line| line == "THP_enabled:\t0"), "{status}");
    }
}
