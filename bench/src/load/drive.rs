//! The one loop that drives all lanes.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use mio::{Events, Poll};

use super::{
    Between, Drip, End, Expect, Lane, Pace, Seen, answer,
    connection::{Came, Connection, buffer},
};

/// How long answers are waited for once nothing more is sent.
const LAST_ANSWERS: Duration = Duration::from_secs(60);
/// Between two looks at a lane whose latencies count. Who looks later sees his own delay.
const BLIND: Duration = Duration::from_micros(100);
/// Events of a disturbance between two such looks.
const BESIDE: usize = 4;
/// Events at once, where none is measured before another.
const TOGETHER: usize = 256;

struct State {
    sent: u64,
    seen: Seen,
    idle: Vec<usize>,
    /// When those are due that have no connection yet.
    waiting: VecDeque<Instant>,
    /// Of the next that is not due yet.
    next: Instant,
    outstanding: u64,
}

struct Loop<'lanes, 'a> {
    lanes: &'lanes mut [Lane<'a>],
    states: Vec<State>,
    connections: Vec<Connection>,
    spins: bool,
    /// Of the first lane, where nobody sleeps: it does not wait behind what is beside it.
    first: Poll,
    rest: Poll,
    /// When the first lane was looked at again after the load itself had stood still.
    blind_until: Instant,
    end: End,
    start: Instant,
    sending: bool,
}

/// Drives the lanes until the end, and says what each has seen.
///
/// # Panics
/// If an answer is not what its lane expects.
pub fn drive(
    lanes: &mut [Lane<'_>],
    mut drip: Option<&mut Drip>,
    end: End,
    between: Between,
) -> Vec<Seen> {
    let spins = between == Between::Spin;
    let mut it = Loop::open(lanes, end, spins);
    let (wait, beside) = match between {
        Between::Spin => (Duration::ZERO, BESIDE),
        Between::Sleep => (Duration::from_millis(100), TOGETHER),
    };
    let (mut first, mut rest) = (Events::with_capacity(TOGETHER), Events::with_capacity(beside));
    let mut bytes = buffer();
    it.begin();
    let mut looked = it.start;
    while it.goes_on() {
        let now = Instant::now();
        if spins && now - looked > BLIND {
            it.blind_until = now;
        }
        looked = now;
        if spins {
            poll(&mut it.first, &mut first, Duration::ZERO);
            first.iter().for_each(|event| it.act(event, &mut bytes));
        }
        it.send_what_is_due(now);
        if let Some(drip) = drip.as_deref_mut() {
            drip.act(now);
        }
        poll(&mut it.rest, &mut rest, wait);
        rest.iter().for_each(|event| it.act(event, &mut bytes));
    }
    let span = it.start.elapsed();
    it.states.into_iter().map(|state| Seen { span, ..state.seen }).collect()
}

/// No events, if a signal came between.
fn poll(poll: &mut Poll, events: &mut Events, wait: Duration) {
    match poll.poll(events, Some(wait)) {
        Err(fault) if fault.kind() == std::io::ErrorKind::Interrupted => events.clear(),
        result => result.expect("epoll"),
    }
}

impl<'lanes, 'a> Loop<'lanes, 'a> {
    fn open(lanes: &'lanes mut [Lane<'a>], end: End, spins: bool) -> Self {
        let (first, rest) = (Poll::new().expect("epoll"), Poll::new().expect("epoll"));
        let (mut connections, mut states) = (Vec::new(), Vec::new());
        for (number, lane) in lanes.iter().enumerate() {
            let mut idle = Vec::new();
            let registry = if spins && number == 0 { first.registry() } else { rest.registry() };
            for place in 0..lane.connections {
                let at = connections.len();
                connections.push(Connection::open(&lane.address, number, place, registry, at));
                idle.push(at);
            }
            let (waiting, next) = (VecDeque::new(), Instant::now());
            let seen = Seen::default();
            states.push(State { sent: 0, seen, idle, waiting, next, outstanding: 0 });
        }
        let start = Instant::now();
        Self {
            lanes,
            states,
            connections,
            spins,
            first,
            rest,
            blind_until: start,
            end,
            start,
            sending: true,
        }
    }

    fn begin(&mut self) {
        self.start = Instant::now();
        self.blind_until = self.start;
        for lane in 0..self.lanes.len() {
            self.states[lane].next = self.start;
            if self.lanes[lane].pace == Pace::Closed {
                for at in std::mem::take(&mut self.states[lane].idle) {
                    self.send_next(at, self.start);
                }
            }
        }
    }

    fn goes_on(&mut self) -> bool {
        let over = match self.end {
            End::After(count) => self.states[0].sent >= count,
            End::For(span) => self.start.elapsed() >= span,
        };
        if over && self.sending {
            self.sending = false;
            // Once more round: what was due until the end is not all sent yet.
            return true;
        }
        // Only the lanes that are measured are heard to the end, what was due and could not be sent yet
        // as well: it would hide how long the server stood still.
        let heard = |(lane, state): (&Lane<'_>, &State)| {
            lane.expect == Expect::Anything || state.outstanding == 0 && state.waiting.is_empty()
        };
        if self.sending || !self.lanes.iter().zip(&self.states).all(heard) {
            let limit = match self.end {
                End::After(_) => Duration::from_secs(3600),
                End::For(span) => span + LAST_ANSWERS,
            };
            assert!(self.start.elapsed() < limit, "answers are missing");
            return true;
        }
        false
    }

    fn send_what_is_due(&mut self, now: Instant) {
        let until = match self.end {
            End::For(span) => now.min(self.start + span),
            End::After(_) => now,
        };
        for lane in 0..self.lanes.len() {
            let Pace::PerSecond(rate) = self.lanes[lane].pace else { continue };
            let measured = self.lanes[lane].expect != Expect::Anything;
            let state = &mut self.states[lane];
            let pause = Duration::from_secs_f64(1.0 / rate);
            while (self.sending || measured) && state.next <= until {
                state.waiting.push_back(state.next);
                state.next += pause;
            }
            if !self.sending && !measured {
                state.waiting.clear();
            }
            while let Some(due) = self.states[lane].waiting.front().copied() {
                let Some(at) = self.states[lane].idle.pop() else { break };
                self.states[lane].waiting.pop_front();
                self.send_next(at, due);
            }
        }
    }

    fn send_next(&mut self, at: usize, due: Instant) {
        let connection = &mut self.connections[at];
        let (lane, state) = (&mut self.lanes[connection.lane], &mut self.states[connection.lane]);
        let (place, number) = (connection.place, state.sent);
        state.sent += 1;
        state.outstanding += 1;
        connection.send(due, |out| lane.requests.write(place, number, out));
    }

    fn act(&mut self, event: &mio::event::Event, bytes: &mut [u8]) {
        let at = event.token().0;
        if event.is_writable() {
            self.connections[at].write();
        }
        if !event.is_readable() {
            return;
        }
        match self.connections[at].read(bytes) {
            Came::Part => {}
            Came::Whole(answer) => self.answered(at, &answer),
            Came::Closed => self.closed(at),
        }
    }

    fn answered(&mut self, at: usize, answer: &answer::Answer) {
        let now = Instant::now();
        let connection = &mut self.connections[at];
        let number = connection.lane;
        let (lane, state) = (&mut self.lanes[number], &mut self.states[number]);
        let Some(since) = connection.since.take() else { return };
        state.outstanding -= 1;
        state.seen.answers += 1;
        if since < self.blind_until {
            state.seen.unseen += 1;
        } else {
            state.seen.latencies.add(now - since);
        }
        let body = &connection.input[answer.body.clone()];
        match lane.expect {
            Expect::Body(wanted) => assert!(
                answer.status == 200 && answer::find(body, wanted.as_bytes()).is_some(),
                "an answer that the bench does not expect: {}",
                String::from_utf8_lossy(&connection.input)
            ),
            Expect::Anything => state.seen.refusals += u64::from(answer.status != 200),
        }
        lane.requests.answered(connection.place, body);
        if answer.closes {
            let poll = if self.spins && number == 0 { &self.first } else { &self.rest };
            connection.reopen(&lane.address, poll.registry(), at);
        }
        if lane.pace != Pace::Closed {
            state.idle.push(at);
        } else if self.sends_more() {
            self.send_next(at, now);
        }
    }

    fn sends_more(&self) -> bool {
        match self.end {
            End::After(count) => self.states[0].sent < count,
            End::For(_) => self.sending,
        }
    }

    /// Between requests a server may; in the middle of one only a disturbance may be cut off.
    fn closed(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        let number = connection.lane;
        let (lane, state) = (&self.lanes[number], &mut self.states[number]);
        if connection.since.is_some() {
            assert!(lane.expect == Expect::Anything, "{} closed under a request", lane.address);
            state.outstanding -= 1;
            state.seen.refusals += 1;
            if lane.pace != Pace::Closed {
                state.idle.push(at);
            }
        }
        let poll = if self.spins && number == 0 { &self.first } else { &self.rest };
        connection.reopen(&lane.address, poll.registry(), at);
        if lane.pace == Pace::Closed && self.sends_more() {
            self.send_next(at, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::load::requests::Rendered;

    /// Answers every request of every connection with the same bytes.
    fn parrot(answer: &'static [u8]) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                std::thread::spawn(move || {
                    let mut bytes = [0; 1024];
                    while stream.read(&mut bytes).is_ok_and(|n| n > 0) {
                        stream.write_all(answer).expect("written");
                    }
                });
            }
        });
        address
    }

    const YES: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes";
    const NO: &[u8] = b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn a_closed_loop_sends_just_so_many() {
        let requests = Rendered(vec![b"GET / HTTP/1.1\r\n\r\n".to_vec()]);
        let mut lanes = [Lane {
            address: parrot(YES),
            connections: 3,
            pace: Pace::Closed,
            requests: Box::new(requests),
            expect: Expect::Body("yes"),
        }];
        let seen = drive(&mut lanes, None, End::After(100), Between::Sleep);
        assert_eq!(seen[0].answers, 100);
        assert_eq!(seen[0].latencies.count(), 100);
    }

    #[test]
    fn an_open_loop_keeps_its_rate_beside_a_disturbance() {
        let bytes = b"GET / HTTP/1.1\r\n\r\n".to_vec();
        let (one, other) = (Rendered(vec![bytes.clone()]), Rendered(vec![bytes]));
        let mut lanes = [
            Lane {
                address: parrot(YES),
                connections: 4,
                pace: Pace::PerSecond(1000.0),
                requests: Box::new(one),
                expect: Expect::Body("yes"),
            },
            Lane {
                address: parrot(NO),
                connections: 2,
                pace: Pace::Closed,
                requests: Box::new(other),
                expect: Expect::Anything,
            },
        ];
        let seen = drive(&mut lanes, None, End::For(Duration::from_millis(300)), Between::Spin);
        assert!((300..=301).contains(&seen[0].answers), "{}", seen[0].answers);
        assert_eq!(seen[0].refusals, 0);
        assert_eq!(seen[1].refusals, seen[1].answers);
    }

    #[test]
    #[should_panic(expected = "does not expect")]
    fn a_wrong_answer_ends_the_bench() {
        let requests = Rendered(vec![b"GET / HTTP/1.1\r\n\r\n".to_vec()]);
        let mut lanes = [Lane {
            address: parrot(NO),
            connections: 1,
            pace: Pace::Closed,
            requests: Box::new(requests),
            expect: Expect::Body("yes"),
        }];
        drive(&mut lanes, None, End::After(1), Between::Sleep);
    }
}
