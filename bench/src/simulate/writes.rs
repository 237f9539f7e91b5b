//! Issues, revocations and changes of configuration: all of them are the primary's.

use super::{
    cores::Side,
    costs,
    event::{Change, Event, Stream, Write},
    line::{PRIMARY, REPLICA},
    model::{Model, Revoked},
    options::Load,
};

impl Model {
    pub fn happen_of_writes(&mut self, event: Event) {
        match event {
            Event::Due(stream) => self.due(stream),
            Event::WriteBegun { node, change } => {
                let write = Write { node, due: self.schedule.now, change };
                self.turn(node, Side::Other, costs::WRITE_NODE / 2, Event::WriteRead(write));
            }
            Event::WriteRead(write) => self.schedule.after(self.way(), Event::WriteReached(write)),
            Event::WriteReached(write) => {
                let (primary, cost) = (self.database(write.node, PRIMARY), costs::WRITE_DATABASE);
                self.turn(primary, Side::Other, cost, Event::Written(write));
            }
            Event::Written(write) => {
                let wait = self.until_committed(&write);
                self.schedule.after(wait, Event::Committed(write));
            }
            Event::Committed(write) => self.committed(write),
            Event::WriteReturned(write) => {
                let (node, cost) = (write.node, costs::WRITE_NODE / 2);
                self.turn(node, Side::Other, cost, Event::Acknowledged(write));
            }
            Event::Acknowledged(write) => self.acknowledged(&write),
            Event::Reread { node } => {
                let whom = if self.options.replicas > 0 { REPLICA } else { PRIMARY };
                let database = self.database(node, whom);
                self.turn(node, Side::Other, costs::REREAD_NODE, Event::Nothing);
                self.turn(database, Side::Other, costs::REREAD_DATABASE, Event::Nothing);
            }
            _ => {}
        }
    }

    pub fn next_of(&mut self, stream: Stream) {
        let rate = match stream {
            Stream::Issues => self.options.issues,
            Stream::Revocations => self.options.revocations,
            Stream::Changes => self.options.changes,
        };
        if rate > 0.0 {
            let wait = self.wait(1e9 / rate);
            self.schedule.after(wait, Event::Due(stream));
        }
    }

    pub fn issue_again(&mut self, node: usize) {
        let begun = Event::WriteBegun { node, change: Change::Issue };
        self.schedule.after(costs::TURNAROUND, begun);
    }

    fn due(&mut self, stream: Stream) {
        self.next_of(stream);
        let node = self.random.below(self.options.nodes);
        let change = match stream {
            Stream::Issues => Change::Issue,
            Stream::Revocations => {
                Change::Revocation { rank: self.popularity.pick(&mut self.random) }
            }
            Stream::Changes => Change::Tenant(self.random.below(self.options.tenants)),
        };
        self.schedule.after(0, Event::WriteBegun { node, change });
    }

    /// Commits share an fsync; changes of one tenant wait for each other's.
    fn until_committed(&mut self, write: &Write) -> u64 {
        let Change::Tenant(tenant) = write.change else { return costs::FSYNC };
        let now = self.schedule.now;
        let held = &mut self.epochs[tenant];
        *held = now.max(*held) + costs::EPOCH_HOLD;
        *held - now
    }

    fn committed(&mut self, write: Write) {
        let replicas = self.options.nodes + 1..self.options.nodes + 1 + self.options.replicas;
        replicas.for_each(|pool| self.job(pool, Side::Other, costs::REPLAY, Event::Nothing));
        self.seen.replayed += u64::from(self.is_warm());
        match write.change {
            Change::Issue => {}
            Change::Revocation { rank } => {
                let committed = self.schedule.now;
                let revoked = Revoked { committed, acknowledged: u64::MAX };
                self.revoked.entry(rank).or_insert(revoked);
            }
            Change::Tenant(_) => {
                self.seen.changes += u64::from(self.is_warm());
                for node in 0..self.options.nodes {
                    self.schedule.after(self.way(), Event::Reread { node });
                }
            }
        }
        self.schedule.after(self.way(), Event::WriteReturned(write));
    }

    fn acknowledged(&mut self, write: &Write) {
        self.seen.acknowledged += u64::from(self.is_warm());
        match write.change {
            Change::Issue => {
                if let Load::ClosedIssues(_) = self.options.load {
                    if self.is_warm() {
                        self.seen.answered(self.schedule.now - write.due);
                    }
                    self.issue_again(write.node);
                }
            }
            Change::Revocation { rank } => {
                let now = self.schedule.now;
                if let Some(revoked) = self.revoked.get_mut(&rank) {
                    revoked.acknowledged = revoked.acknowledged.min(now);
                }
            }
            Change::Tenant(_) => {}
        }
    }
}
