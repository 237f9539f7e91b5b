//! Connections that ask about the same tokens as fast as they can, so that whatever a server keeps
//! ready is ready: and no answer to a request that began after a token's end may call it active, none
//! that came before it inactive.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};

use crate::world::{INACTIVE, World};

const CONNECTIONS: usize = 8;
/// Ended tokens that are asked about still: what follows must not bring them back.
const REMEMBERED: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);
/// A busy machine may keep a store from answering in time, now and then: once in so many answers.
const SENT_AWAY_IN_MIN: usize = 200;

const LIVE: u8 = 0;
const ENDING: u8 = 1;
const ENDED: u8 = 2;

/// A token that everybody asks about.
pub struct Asked {
    what: String,
    request: Request,
    fate: AtomicU8,
    /// Answers to requests that began in its present fate.
    answers: AtomicUsize,
}

impl Asked {
    /// Does what ends these, and everything else that it ends is no matter here.
    pub fn end(these: &[&Arc<Self>], act: impl FnOnce()) {
        these.iter().for_each(|one| one.fate.store(ENDING, SeqCst));
        act();
        for one in these {
            one.answers.store(0, SeqCst);
            one.fate.store(ENDED, SeqCst);
        }
    }

    /// Until every connection has asked, and again.
    pub fn await_asked(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.answers.load(SeqCst) < 2 * CONNECTIONS {
            assert!(Instant::now() < deadline, "nobody asks about {}", self.what);
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// What is wrong with this answer, to a request that was sent in the given fate.
    fn judge(&self, sent: u8, answer: &Response) -> Option<String> {
        let said = format!("{}: {} {}", self.what, answer.status, answer.text());
        let active = match answer.status {
            200 if answer.json()["active"] == json!(true) => true,
            200 if answer.text() == INACTIVE => false,
            // The tenant is off, or gone.
            401 | 404 if self.fate.load(SeqCst) != LIVE => false,
            // No verdict, and no more than that: a store that did not answer in time.
            503 if answer.header("Retry-After").is_some() => return None,
            _ => return Some(said),
        };
        let wrong = (active && sent == ENDED) || (!active && self.fate.load(SeqCst) == LIVE);
        wrong.then_some(said)
    }
}

/// Everybody who asks, on one node or several.
pub struct Askers {
    live: Mutex<Vec<Arc<Asked>>>,
    ended: Mutex<Vec<Arc<Asked>>>,
    done: AtomicBool,
    answers: AtomicUsize,
    sent_away: AtomicUsize,
    violations: Mutex<Vec<String>>,
}

/// Runs `act` while they ask.
///
/// # Panics
/// If one was told what was not so.
pub fn while_asked(nodes: &[&World], test: &str, act: impl FnOnce(&Askers)) {
    let askers = Askers {
        live: Mutex::default(),
        ended: Mutex::default(),
        done: AtomicBool::new(false),
        answers: AtomicUsize::new(0),
        sent_away: AtomicUsize::new(0),
        violations: Mutex::default(),
    };
    std::thread::scope(|scope| {
        for turn in 0..CONNECTIONS {
            let (askers, address) = (&askers, nodes[turn % nodes.len()].server.address());
            scope.spawn(move || askers.ask(&address, turn));
        }
        let _stop = Stop(&askers.done);
        act(&askers);
    });
    let violations = askers.violations.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (answers, sent_away) = (askers.answers.into_inner(), askers.sent_away.into_inner());
    assert!(violations.is_empty(), "{} of {answers}: {violations:#?}", violations.len());
    assert!(sent_away * SENT_AWAY_IN_MIN <= answers, "{sent_away} of {answers} sent away");
    eprintln!("{test}: {answers} answers, {sent_away} sent away, all of them right");
}

/// Also where the test panics, or its threads would ask for ever.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

impl Askers {
    /// From now on everybody asks this, and is told that the token is active.
    pub fn watch(&self, what: &str, request: Request) -> Arc<Asked> {
        let asked = Arc::new(Asked {
            what: what.to_owned(),
            request,
            fate: AtomicU8::new(LIVE),
            answers: AtomicUsize::new(0),
        });
        lock(&self.live).push(Arc::clone(&asked));
        asked
    }

    /// Nobody asks about it as one that lives; if it ended, then for a while as one that did.
    pub fn forget(&self, asked: &Arc<Asked>) {
        lock(&self.live).retain(|one| !Arc::ptr_eq(one, asked));
        if asked.fate.load(SeqCst) == ENDED {
            let mut ended = lock(&self.ended);
            ended.push(Arc::clone(asked));
            if ended.len() > REMEMBERED {
                ended.remove(0);
            }
        }
    }

    fn ask(&self, address: &str, first: usize) {
        let mut connection = Connection::open(address).expect("the server accepts");
        for turn in first.. {
            if self.done.load(SeqCst) {
                return;
            }
            // Mostly the newest, which is about to end.
            let asked = match turn % 4 {
                0 | 1 => newest(&self.live, turn),
                2 => any(&self.live, turn / 4),
                _ => any(&self.ended, turn / 4),
            };
            match asked {
                Some(asked) => self.ask_one(&mut connection, &asked),
                None => std::thread::yield_now(),
            }
        }
    }

    fn ask_one(&self, connection: &mut Connection, asked: &Asked) {
        let sent = asked.fate.load(SeqCst);
        let answer = connection.exchange(&asked.request).expect("an answer");
        if let Some(violation) = asked.judge(sent, &answer) {
            lock(&self.violations).push(violation);
        }
        self.answers.fetch_add(1, SeqCst);
        if answer.status == 503 {
            self.sent_away.fetch_add(1, SeqCst);
            return;
        }
        if sent != ENDING && asked.fate.load(SeqCst) == sent {
            asked.answers.fetch_add(1, SeqCst);
        }
    }
}

fn lock<T>(these: &Mutex<T>) -> MutexGuard<'_, T> {
    these.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One of the last two: an access token and the refresh token of its family.
fn newest(these: &Mutex<Vec<Arc<Asked>>>, turn: usize) -> Option<Arc<Asked>> {
    lock(these).iter().rev().take(2).nth(turn % 2).cloned()
}

fn any(these: &Mutex<Vec<Arc<Asked>>>, turn: usize) -> Option<Arc<Asked>> {
    let these = lock(these);
    these.get(turn % these.len().max(1)).cloned()
}

/// Who asks in vain would prove nothing.
#[test]
fn a_stale_answer_is_found_and_so_is_an_early_one() {
    let answer = |status, body: &str| Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    };
    let (active, inactive) = (answer(200, r#"{"active":true}"#), answer(200, INACTIVE));
    let asked = Asked {
        what: "a token".to_owned(),
        request: Request::get("/"),
        fate: AtomicU8::new(LIVE),
        answers: AtomicUsize::new(0),
    };
    let is_wrong = |sent, answer: &Response| asked.judge(sent, answer).is_some();
    assert!(!is_wrong(LIVE, &active) && is_wrong(LIVE, &inactive), "while it lives");
    assert!(is_wrong(LIVE, &answer(401, "{}")) && is_wrong(LIVE, &answer(503, "{}")));
    let retry = ("Retry-After".to_owned(), "1".to_owned());
    let away = Response { headers: vec![retry], ..answer(503, "{}") };
    assert!(!is_wrong(LIVE, &away), "no verdict");
    asked.fate.store(ENDING, SeqCst);
    assert!(!is_wrong(LIVE, &active) && !is_wrong(ENDING, &inactive), "as it ends");
    asked.fate.store(ENDED, SeqCst);
    assert!(!is_wrong(ENDING, &active), "asked before the end");
    assert!(is_wrong(ENDED, &active) && !is_wrong(ENDED, &inactive), "asked after it");
}
