//! An introspection: a node reads the request, looks into its memory or asks a database, and answers. Looks
//! that arrive while a statement is under way go together in the next.

use super::{
    cores::Side,
    costs,
    event::{Event, Request},
    line::{self, PRIMARY, REPLICA},
    model::Model,
    options::Load,
};

impl Model {
    pub fn asked(&mut self, node: usize) {
        self.next_arrival(node);
        if self.nodes[node].inside >= costs::CALLERS_MAX {
            self.seen.refused += u64::from(self.is_warm());
            return;
        }
        self.nodes[node].inside += 1;
        let rank = self.popularity.pick(&mut self.random);
        let request = Request { node, rank, asked: self.schedule.now, of_primary: false };
        self.job(node, Side::Node, costs::READ, Event::Read(request));
    }

    pub fn read(&mut self, request: Request) {
        if self.popularity.remembers(request.rank, &mut self.random) {
            let position = self.nodes[request.node].feed.position(self.schedule.now);
            if !self.options.bound || position + costs::BOUND >= request.asked {
                self.judge(&request, position);
                self.seen.by_cache += u64::from(self.is_warm());
                self.job(request.node, Side::Node, costs::ANSWER, Event::Answered(request));
                return;
            }
        }
        self.look(request);
    }

    fn look(&mut self, request: Request) {
        let now = self.schedule.now;
        let may = !request.of_primary
            && self.options.replicas > 0
            && now >= self.nodes[request.node].replica_from
            && self.random.unit() < self.options.replica_share;
        let first = line::number(request.node, if may { REPLICA } else { PRIMARY }, 0);
        let lines = first..first + costs::LINES;
        let number = lines.clone().find(|number| !self.lines[*number].is_full());
        let number = number.unwrap_or(first);
        if !self.lines[number].wait(request) {
            self.seen.refused += u64::from(self.is_warm());
            self.nodes[request.node].inside -= 1;
            return;
        }
        self.begin(number);
    }

    fn begin(&mut self, number: usize) {
        if self.lines[number].begin() {
            self.turn(line::node(number), Side::Node, costs::SEND, Event::Sent(number));
        }
    }

    pub fn reached(&mut self, number: usize) {
        let (node, whom, now) = (line::node(number), line::whom(number), self.schedule.now);
        let replica = self.replica(node);
        let line = &mut self.lines[number];
        line.position = if whom == PRIMARY { now } else { self.replicas[replica].position(now) };
        let token = if self.options.hot { costs::TOKEN_HOT } else { costs::TOKEN };
        let looks = line.under_way.len() as u64;
        let cost = costs::STATEMENT + token * looks;
        if self.is_warm() {
            let away = 2 * self.way() + costs::SEND + cost + costs::RECEIVE;
            self.seen.under_way[whom] += looks * away;
        }
        let database = self.database(node, whom);
        self.turn(database, Side::Database, cost, Event::Executed(number));
    }

    pub fn handed_out(&mut self, number: usize) {
        let (now, whom, warm) = (self.schedule.now, line::whom(number), self.is_warm());
        let line = &mut self.lines[number];
        let (requests, position) = (std::mem::take(&mut line.under_way), line.position);
        if warm {
            self.seen.statements += 1;
        }
        for request in requests {
            if whom == REPLICA && self.options.bound && !knows(position, request.asked) {
                self.seen.too_old += u64::from(warm);
                self.nodes[request.node].replica_from = now + costs::SAMPLE;
                self.look(Request { of_primary: true, ..request });
                continue;
            }
            let by = if whom == PRIMARY {
                &mut self.seen.by_primary
            } else {
                &mut self.seen.by_replicas
            };
            *by += u64::from(warm);
            self.judge(&request, position);
            self.job(request.node, Side::Node, costs::ANSWER, Event::Answered(request));
        }
        self.begin(number);
    }

    /// What is said of it is what was so at this position.
    fn judge(&mut self, request: &Request, position: u64) {
        if let Some(revoked) = self.revoked.get(&request.rank)
            && revoked.committed > position
            && revoked.acknowledged.saturating_add(costs::BOUND) < request.asked
        {
            self.seen.violations += 1;
        }
    }

    pub fn answered(&mut self, request: Request) {
        self.nodes[request.node].inside -= 1;
        if self.is_warm() {
            self.seen.answered(self.schedule.now - request.asked);
        }
        if let Load::Closed(_) = self.options.load {
            self.schedule.after(costs::TURNAROUND, Event::Asked { node: request.node });
        }
    }
}

/// Whether who has replayed up to this position knows all that had been acknowledged a bound before the
/// request: it has passed a place to which the primary had written later than that, as the node asked it.
fn knows(position: u64, asked: u64) -> bool {
    position >= asked.saturating_sub(costs::BOUND).next_multiple_of(costs::SAMPLE)
}
