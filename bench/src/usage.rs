//! What processes use, before and after.

use std::time::{Duration, Instant};

use vidimus_e2e::vitals;

/// Of the processes that together answer: the scheduler's nanoseconds of every thread. One that has just
/// ended counts no more.
pub fn processor(pids: &[u32]) -> Duration {
    let tasks = pids.iter().filter_map(|pid| std::fs::read_dir(format!("/proc/{pid}/task")).ok());
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

/// A process, and perhaps all that another one has started: a database's backends come and go.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    own: u32,
    root: Option<u32>,
}

impl Processes {
    pub const fn of(pid: u32) -> Self {
        Self { own: pid, root: None }
    }

    pub const fn and_tree(self, root: u32) -> Self {
        Self { root: Some(root), ..self }
    }

    pub fn now(self) -> Vec<u32> {
        let mut pids = self.root.map(tree).unwrap_or_default();
        pids.retain(|pid| *pid != self.own);
        pids.push(self.own);
        pids
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    pub resident: f64,
    /// The process's own; the rest is files that it has mapped or runs, which the system can take back.
    pub anonymous: f64,
}

impl Memory {
    /// In MB.
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
    pub fn of(pids: &[u32]) -> Self {
        let sum = |of: fn(u32) -> u64| pids.iter().map(|pid| of(*pid)).sum::<u64>() as f64 / 1e6;
        Self { resident: sum(vitals::resident_bytes), anonymous: sum(vitals::anonymous_bytes) }
    }
}

/// Waits until a process does nothing by itself any more, such as counting its rows at the start.
pub fn settle(pids: &[u32]) {
    let (look, limit) = (Duration::from_millis(200), Instant::now() + Duration::from_secs(60));
    let mut calm = 0;
    while calm < 2 && Instant::now() < limit {
        let before = processor(pids);
        std::thread::sleep(look);
        calm = if processor(pids) - before < look / 20 { calm + 1 } else { 0 };
    }
}

/// A process and all that it has started.
pub fn tree(root: u32) -> Vec<u32> {
    let mut pids = vec![root];
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The program's name, in brackets, may hold spaces; state and parent follow it.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut at = 0;
    while at < pids.len() {
        let parent = pids[at];
        pids.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    pids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_some_time_and_none_other_uses_none() {
        assert!(processor(&[std::process::id()]) > Duration::ZERO);
        assert_eq!(processor(&[]), Duration::ZERO);
    }

    #[test]
    fn a_tree_has_its_children() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep");
        let pids = tree(std::process::id());
        assert!(pids.contains(&child.id()) && pids[0] == std::process::id());
        let me = Processes::of(std::process::id());
        assert_eq!(me.now(), [std::process::id()]);
        let mut with_children = me.and_tree(std::process::id()).now();
        assert!(with_children.contains(&child.id()));
        with_children.retain(|pid| *pid == std::process::id());
        assert_eq!(with_children.len(), 1, "nothing counts twice");
        child.kill().and_then(|()| child.wait()).expect("ended");
    }
}
