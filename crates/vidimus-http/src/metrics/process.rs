//! What the system says of this process; nothing where it does not say.

use std::fs;

/// Of `/proc`: the kernel's interface for programs has no other page or tick on any machine we
/// are built for.
const PAGE_BYTES: u64 = 4096;
const TICKS_PER_SECOND: f64 = 100.0;

pub fn resident_memory_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE_BYTES)
}

pub fn open_fds() -> Option<usize> {
    // The directory that is being read is one of them.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}

pub fn max_fds() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

pub fn cpu_seconds() -> Option<f64> {
    let (user, system) = (field(14)?, field(15)?);
    Some((user + system) / TICKS_PER_SECOND)
}

/// Numbered as proc(5) does. The second may hold anything, even spaces, but ends with the last `)`.
fn field(number: usize) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    rest.split(' ').nth(number - 3)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_knows_this_process() {
        assert!(resident_memory_bytes().unwrap() > 1 << 20);
        assert!((3..10_000).contains(&open_fds().unwrap()));
        assert!(max_fds().unwrap() > 10);
        assert!(cpu_seconds().unwrap() >= 0.0);
    }
}
