//! Sixteen clients that issue by several grants, refresh, revoke and introspect until the server is gone,
//! and then read everything back.

use std::sync::atomic::{AtomicBool, Ordering};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::subject::active;

use crate::fault::{Acknowledged, Fault, Phase};
use crate::ground::Ground;
use crate::history::{Held, History, Known, Used};
use crate::seed::Seed;

pub const THREADS: usize = 16;
const REFRESH_TOKEN: &str = "vrt_";

/// Shared by the threads of one cycle.
pub struct Work<'a> {
    pub ground: &'a Ground,
    pub admin: &'a str,
    pub history: &'a History,
    pub fault: &'a Fault,
    pub done: &'a AtomicBool,
}

impl Work<'_> {
    /// Until `done` is set or the server is gone; what it holds then is known to the history.
    pub fn run(&self, mut seed: Seed) {
        let mut held = Vec::new();
        if let Ok(mut connection) = Connection::open(&self.ground.subject.server.address()) {
            while !self.done.load(Ordering::Relaxed) {
                if self.step(&mut connection, &mut seed, &mut held).is_none() {
                    break;
                }
            }
        }
        self.history.keep(held);
    }

    /// `None` once there is no answer any more.
    fn step(&self, server: &mut Connection, seed: &mut Seed, held: &mut Vec<Held>) -> Option<()> {
        let pick = seed.below(held.len());
        match seed.below(14) {
            0..=3 => self.issue(server, held),
            4 => self.mint_family(server, held),
            5 => self.use_once(server, seed),
            12 => self.bring(server, seed, held),
            13 if !held.is_empty() => self.refresh(server, held, pick),
            6..=8 if !held.is_empty() => self.revoke(server, &mut held[pick]),
            9 => self.never_issued(server, seed, held.get(pick)),
            _ if !held.is_empty() => self.introspect(server, &mut held[pick]),
            _ => self.issue(server, held),
        }
    }

    fn write(
        &self,
        server: &mut Connection,
        request: &Request,
    ) -> Option<(Response, Acknowledged)> {
        let sent = self.fault.phase();
        let answer = self.ask(server, request)?;
        let acknowledged = self.fault.judge(sent, answer.status < 300);
        if acknowledged == Acknowledged::Wrongly {
            let text = String::from_utf8_lossy(&request.body);
            self.history.violated(format!("I1: acknowledged without a disk: {text}"));
        }
        Some((answer, acknowledged))
    }

    fn ask(&self, server: &mut Connection, request: &Request) -> Option<Response> {
        let answer = server.exchange(request).ok()?;
        // A server that loses its store says so (500, 503); nothing else may go wrong.
        let expected = [200, 201, 500, 503].contains(&answer.status);
        assert!(expected, "{} {}", answer.status, answer.text());
        Some(answer)
    }

    fn issue(&self, server: &mut Connection, held: &mut Vec<Held>) -> Option<()> {
        let (answer, acknowledged) = self.write(server, &self.ground.subject.issue())?;
        let refresh = |_: &Response| None;
        held.extend(hold(&answer, acknowledged, refresh));
        Some(())
    }

    fn mint_family(&self, server: &mut Connection, held: &mut Vec<Held>) -> Option<()> {
        let request = self.ground.subject.mint_family(self.admin);
        let (answer, acknowledged) = self.write(server, &request)?;
        held.extend(hold(&answer, acknowledged, |answer| Some(answer.member("refresh_token"))));
        Some(())
    }

    /// A family is revoked by its refresh token; its access token must follow (I6).
    fn revoke(&self, server: &mut Connection, one: &mut Held) -> Option<()> {
        if one.token.starts_with(REFRESH_TOKEN) {
            // Used up already; whoever brought it again would end what it was exchanged for.
            return Some(());
        }
        let revoked = one.refresh.as_ref().unwrap_or(&one.token);
        let request = self.ground.subject.revoke(revoked);
        if one.known != Known::Active {
            // What is revoked already needs no disk; whoever says so is held to it.
            if self.ask(server, &request)?.status < 300 {
                one.known = Known::Inactive;
            }
            return Some(());
        }
        one.known = Known::Open;
        if self.write(server, &request)?.1 == Acknowledged::Yes {
            one.known = Known::Inactive;
        }
        Some(())
    }

    /// I5: whatever became of the first use, it counts.
    fn use_once(&self, server: &mut Connection, seed: &mut Seed) -> Option<()> {
        let request = self.ground.once(seed.next());
        let answer = self.write(server, &request);
        let yes = |(_, acknowledged): &(_, _)| *acknowledged == Acknowledged::Yes;
        let successes = u32::from(answer.as_ref().is_some_and(yes));
        self.history.used(Used { request, successes });
        answer.map(drop)
    }

    /// The same for an assertion that is the grant; the token is as good as any.
    fn bring(&self, server: &mut Connection, seed: &mut Seed, held: &mut Vec<Held>) -> Option<()> {
        let request = self.ground.bring(seed.next());
        let answer = self.write(server, &request);
        let mut successes = 0;
        if let Some((answer, acknowledged)) = &answer {
            held.extend(hold(answer, *acknowledged, |_| None));
            successes = u32::from(*acknowledged == Acknowledged::Yes);
        }
        self.history.used(Used { request, successes });
        answer.map(drop)
    }

    /// The family goes on with what comes back, and what went in is used up. Where nothing comes back,
    /// it may be.
    fn refresh(&self, server: &mut Connection, held: &mut Vec<Held>, pick: usize) -> Option<()> {
        let one = &mut held[pick];
        if one.known != Known::Active {
            return Some(());
        }
        let Some(used) = one.refresh.take() else { return Some(()) };
        let (answer, acknowledged) = self.write(server, &self.ground.refresh(&used))?;
        if acknowledged == Acknowledged::Yes {
            one.token = answer.member("access_token");
            one.refresh = Some(answer.member("refresh_token"));
            held.push(Held { token: used, refresh: None, known: Known::Inactive });
        }
        Some(())
    }

    fn introspect(&self, server: &mut Connection, one: &mut Held) -> Option<()> {
        let answer = server.exchange(&self.ground.subject.introspect(&one.token)).ok()?;
        if self.fault.phase() == Phase::Before
            && let Some(verdict) = active(&answer)
            && let Err(violation) = one.seen(verdict)
        {
            self.history.violated(violation);
        }
        Some(())
    }

    /// I3: somebody's row with another secret, and a text of the right shape.
    fn never_issued(
        &self,
        server: &mut Connection,
        seed: &mut Seed,
        like: Option<&Held>,
    ) -> Option<()> {
        let mut forged = like.map_or_else(|| "vat_".to_owned(), |held| held.token.clone());
        let at = seed.below(forged.len());
        let other = if forged.as_bytes()[at] == b'A' { "B" } else { "A" };
        forged.replace_range(at..=at, other);
        let answer = server.exchange(&self.ground.subject.introspect(&forged)).ok()?;
        if active(&answer) == Some(true) {
            self.history.violated(format!("I3: never issued and active: {forged}"));
        }
        Some(())
    }
}

fn hold(
    answer: &Response,
    acknowledged: Acknowledged,
    refresh: impl FnOnce(&Response) -> Option<String>,
) -> Option<Held> {
    let known = match acknowledged {
        Acknowledged::Yes => Known::Active,
        Acknowledged::No => return None,
        Acknowledged::Unclear | Acknowledged::Wrongly => Known::Open,
    };
    Some(Held { token: answer.member("access_token"), refresh: refresh(answer), known })
}

/// Reads every token twice, from the other end the second time: as the invariants say, and the same
/// both times (I8). A member of a revoked family is read as well (I6).
pub fn read_twice(ground: &Ground, history: &History, held: &mut [Held]) {
    let share = held.len().div_ceil(THREADS).max(1);
    std::thread::scope(|scope| {
        for part in held.chunks_mut(share) {
            scope.spawn(|| read_part(ground, history, part));
        }
    });
}

fn read_part(ground: &Ground, history: &History, part: &mut [Held]) {
    let mut connection = ground.subject.server.connect();
    let mut read = |token: &str| verdict(&mut connection, &ground.subject.introspect(token));
    let first: Vec<_> = part.iter().map(|one| read(&one.token)).collect();
    for (one, first) in part.iter_mut().zip(first).rev() {
        let second = read(&one.token);
        if first != second {
            history.violated(format!("I8: {first}, then {second}: {}", one.token));
        }
        if let Err(violation) = one.seen(first).and_then(|()| one.seen(second)) {
            history.violated(violation);
        }
        let refresh = one.refresh.as_ref().map(|refresh| read(refresh));
        if refresh.is_some_and(|refresh| refresh != second) {
            history.violated(format!("I6: half a family is active: {}", one.token));
        }
        // What was read after the fault stays so.
        one.known = if second { Known::Active } else { Known::Inactive };
    }
    for one in part.iter().filter(|one| one.known == Known::Active).step_by(4) {
        if verdict(&mut connection, &ground.introspect_elsewhere(&one.token)) {
            history.violated(format!("I7: active in another tenant: {}", one.token));
        }
    }
}

/// I5: each assertion again, twice: it never succeeds more than once in all.
pub fn use_again(ground: &Ground, history: &History, used: &mut [Used]) {
    let mut connection = ground.subject.server.connect();
    for one in used {
        for _ in 0..2 {
            let answer = connection.exchange(&one.request).expect("an answer after the restart");
            assert!([200, 400, 401].contains(&answer.status), "{}", answer.text());
            one.successes += u32::from(answer.status == 200);
        }
        if one.successes > 1 {
            let text = String::from_utf8_lossy(&one.request.body);
            history.violated(format!("I5: used {} times: {text}", one.successes));
        }
    }
}

fn verdict(connection: &mut Connection, request: &Request) -> bool {
    let answer = connection.exchange(request).expect("an answer after the restart");
    active(&answer).unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()))
}
