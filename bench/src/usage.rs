//! What processes use, before and after.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use vidimus_e2e::vitals;

/// Of the kernel's accounts for processes (`getconf CLK_TCK`; 100 on every Linux of today).
const TICK: Duration = Duration::from_millis(10);

/// What the processes that together answer have used so far.
pub struct Used {
    /// To the nanosecond, of every thread that lives.
    threads: BTreeMap<PathBuf, u64>,
    /// To the tick, of those as well that have ended.
    ticks: u64,
}

impl Used {
    pub fn now(pids: &[u32]) -> Self {
        let tasks =
            pids.iter().filter_map(|pid| std::fs::read_dir(format!("/proc/{pid}/task")).ok());
        let thread = |task: std::fs::DirEntry| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            Some((task.path(), text.split(' ').next()?.parse().ok()?))
        };
        Self {
            threads: tasks.flatten().flatten().filter_map(thread).collect(),
            ticks: pids.iter().filter_map(|pid| ticks(*pid)).sum(),
        }
    }

    pub fn since(&self, before: &Self) -> Duration {
        if before.threads.keys().all(|thread| self.threads.contains_key(thread)) {
            let sum = |used: &Self| used.threads.values().sum::<u64>();
            return Duration::from_nanos(sum(self).saturating_sub(sum(before)));
        }
        TICK * u32::try_from(self.ticks.saturating_sub(before.ticks)).unwrap_or(u32::MAX)
    }
}

/// utime and stime.
fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name, in brackets, may hold spaces; eleven fields lie between it and these.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
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
    /// In MB. What processes share, such as a database its buffers, is divided among them.
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
    pub fn of(pids: &[u32]) -> Self {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        if let [one] = *pids {
            let (resident, anonymous) = (vitals::resident_bytes(one), vitals::anonymous_bytes(one));
            return Self { resident: mb(resident), anonymous: mb(anonymous) };
        }
        let sum = |name| mb(pids.iter().map(|pid| share_bytes(*pid, name)).sum());
        Self { resident: sum("Pss:"), anonymous: sum("Pss_Anon:") }
    }
}

/// 0 once the process is gone.
fn share_bytes(pid: u32, name: &str) -> u64 {
    let shares = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = shares.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Waits until a process does nothing by itself any more, such as counting its rows at the start.
pub fn settle(pids: &[u32]) {
    let (look, limit) = (Duration::from_millis(200), Instant::now() + Duration::from_secs(60));
    let mut calm = 0;
    while calm < 2 && Instant::now() < limit {
        let before = Used::now(pids);
        std::thread::sleep(look);
        calm = if Used::now(pids).since(&before) < look / 20 { calm + 1 } else { 0 };
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

    /// Fifty milliseconds of this thread's own, however many it shares its core with.
    fn work() {
        let own = || {
            let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
            text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).expect("nanoseconds")
        };
        let start = own();
        while own() - start < 50_000_000 {}
    }

    #[test]
    fn what_is_used_is_told_to_the_nanosecond() {
        let before = Used::now(&[std::process::id()]);
        work();
        assert!(Used::now(&[std::process::id()]).since(&before) > Duration::from_millis(5));
        assert_eq!(Used::now(&[]).since(&Used::now(&[])), Duration::ZERO);
    }

    #[test]
    fn what_a_thread_used_that_has_ended_still_counts() {
        let (begin, begun) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            begun.recv().expect("begun");
            work();
        });
        let before = Used::now(&[std::process::id()]);
        begin.send(()).expect("sent");
        thread.join().expect("ended");
        let after = Used::now(&[std::process::id()]);
        assert!(after.since(&before) >= TICK, "{:?}", after.since(&before));
    }

    #[test]
    fn a_tree_has_its_children() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep");
        let pids = tree(std::process::id());
        assert!(pids.contains(&child.id()) && pids[0] == std::process::id());
        let (one, both) = (Memory::of(&pids[..1]), Memory::of(&pids));
        assert!(both.anonymous > 0.0 && both.resident < 1.5 * one.resident, "{one:?} {both:?}");
        let me = Processes::of(std::process::id());
        assert_eq!(me.now(), [std::process::id()]);
        let mut with_children = me.and_tree(std::process::id()).now();
        assert!(with_children.contains(&child.id()));
        with_children.retain(|pid| *pid == std::process::id());
        assert_eq!(with_children.len(), 1, "nothing counts twice");
        child.kill().and_then(|()| child.wait()).expect("ended");
    }
}
