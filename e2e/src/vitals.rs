//! What a process uses, from `/proc`: memory, processor time, descriptors, the limit on them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Resident memory; 0 once the process is gone.
pub fn resident_bytes(pid: u32) -> u64 {
    status_bytes(pid, "VmRSS:")
}

/// The part of it that is the process's own: code that is read in is not.
pub fn anonymous_bytes(pid: u32) -> u64 {
    status_bytes(pid, "RssAnon:")
}

fn status_bytes(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    let kib: u64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    kib * 1024
}

/// What the threads that still live have used so far (the scheduler's nanoseconds).
pub fn processor_time(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// How many descriptors this process, and what it starts, may have open.
pub fn descriptors_max() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.and_then(|number| number.parse().ok()).unwrap_or(u64::MAX)
}

/// The highest memory of a process's own while this lives, looked at every few milliseconds.
pub struct Peak {
    first: u64,
    highest: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    watching: Option<JoinHandle<()>>,
}

impl Peak {
    pub fn watch(pid: u32) -> Self {
        let first = anonymous_bytes(pid);
        let highest = Arc::new(AtomicU64::new(first));
        let done = Arc::new(AtomicBool::new(false));
        let watching = std::thread::spawn({
            let (highest, done) = (Arc::clone(&highest), Arc::clone(&done));
            move || {
                while !done.load(Ordering::Relaxed) {
                    highest.fetch_max(anonymous_bytes(pid), Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
        Self { first, highest, done, watching: Some(watching) }
    }

    /// How far it has risen above where it was at the start.
    pub fn risen_bytes(&self) -> u64 {
        self.highest.load(Ordering::Relaxed).saturating_sub(self.first)
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(watching) = self.watching.take() {
            let _ = watching.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        assert!(resident_bytes(pid) > 100_000);
        assert!(processor_time(pid) > Duration::ZERO);
        assert!(descriptors(pid) >= 3);
        assert!(descriptors_max() >= 3);
    }

    #[test]
    fn a_peak_is_seen_after_it_is_over() {
        let peak = Peak::watch(std::process::id());
        let mut bytes = vec![0_u8; 64 << 20];
        for byte in bytes.iter_mut().step_by(4096) {
            *byte = 1;
        }
        std::thread::sleep(Duration::from_millis(200));
        assert!(bytes.contains(&1));
        drop(bytes);
        assert!(peak.risen_bytes() > 32 << 20, "{}", peak.risen_bytes());
    }
}
