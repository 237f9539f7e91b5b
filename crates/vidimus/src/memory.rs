//! Where the process gets its memory from.

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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn no_page_is_a_huge_one() {
        super::take_it_by_the_page();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(status.lines().any(|line| line == "THP_enabled:\t0"), "{status}");
    }
}
