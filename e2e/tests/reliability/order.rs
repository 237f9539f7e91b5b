//! REL-004: no answer leaves before the fsync that covers its row, and one fsync covers many.

use std::collections::{HashMap, HashSet};

use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;

use crate::alone;
use crate::trace::{Step, Tracing, steps};

const CONNECTIONS: usize = 16;
const ISSUANCES: usize = 1000;
const KEY_CHARS: usize = 11;

/// SQLite's varint of a row's key (file format, §1.6): nine bytes at this size.
type Varint = [u8; 9];

fn issue(subject: &Subject) -> Vec<String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|first| {
                scope.spawn(move || {
                    let mut connection = subject.server.connect();
                    let turns = (first..ISSUANCES).step_by(CONNECTIONS);
                    let mut ask = || connection.exchange(&subject.issue()).expect("an answer");
                    turns.map(|_| ask().member("access_token")).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client")).collect()
    })
}

/// The row's key stands in base62 behind the token's prefix, and in the table as its rowid.
fn varint(token: &str) -> Varint {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => byte - b'a' + 36,
    };
    let digits = token.bytes().skip("vat_".len()).take(KEY_CHARS);
    let key = digits.fold(0_u64, |key, byte| key * 62 + u64::from(digit(byte)));
    assert!(key >= 1 << 56, "a key of less than nine bytes: {token}");
    let mut bytes = [0; 9];
    let [.., low] = key.to_be_bytes();
    bytes[8] = low;
    for (place, byte) in bytes[..8].iter_mut().rev().enumerate() {
        *byte = u8::try_from((key >> (8 + 7 * place)) & 0x7f).expect("seven bits") | 0x80;
    }
    bytes
}

#[derive(Default)]
struct Order {
    /// When a row was first in the log.
    logged: HashMap<Varint, u64>,
    writes: u64,
    /// What each sync that is under way will cover.
    syncing: HashMap<u32, u64>,
    covered: u64,
    syncs: usize,
    answers: HashSet<String>,
    violations: Vec<String>,
}

impl Order {
    fn take(&mut self, step: Step, issued: &HashSet<Varint>) {
        match step {
            Step::Logged(bytes) => {
                self.writes += 1;
                let rows = bytes.windows(9).filter_map(|window| Varint::try_from(window).ok());
                for row in rows.filter(|row| issued.contains(row)) {
                    self.logged.entry(row).or_insert(self.writes);
                }
            }
            Step::SyncBegins(thread) => {
                self.syncing.insert(thread, self.writes);
            }
            Step::SyncEnds(thread) => {
                let covers = self.syncing.remove(&thread).expect("a sync begins first");
                self.covered = self.covered.max(covers);
                self.syncs += 1;
            }
            Step::Sends(text) => self.answers_with(&text),
        }
    }

    fn answers_with(&mut self, text: &str) {
        let Some(at) = text.find("vat_") else { return };
        let token: String = text[at..].chars().take("vat_".len() + KEY_CHARS).collect();
        match self.logged.get(&varint(&token)) {
            Some(&written) if written <= self.covered => {}
            Some(_) => self.violations.push(format!("{token}… left before its fsync")),
            None => self.violations.push(format!("{token}… left before its row was in the log")),
        }
        self.answers.insert(token);
    }
}

#[test]
fn rel_004_every_answer_follows_the_fsync_that_covers_it() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    subject.token();
    let file = subject.server.directory().join("trace");
    let tracing = Tracing::attach(subject.server.pid(), &file);
    let tokens = issue(&subject);
    tracing.detach();
    let issued: HashSet<_> = tokens.iter().map(|token| varint(token)).collect();
    assert_eq!(issued.len(), ISSUANCES);
    let mut order = Order::default();
    steps(&file).for_each(|step| order.take(step, &issued));
    eprintln!("{} answers, {} fsyncs, {} writes", order.answers.len(), order.syncs, order.writes);
    assert_eq!(order.answers.len(), ISSUANCES, "answers seen");
    assert!(order.violations.is_empty(), "{:#?}", order.violations);
    assert!(order.syncs < ISSUANCES, "{} fsyncs for {ISSUANCES} answers", order.syncs);
}

/// An answer that leaves too early is found, or the test above proves nothing.
#[test]
fn rel_004_an_answer_before_its_fsync_is_found() {
    let token = "vat_0zzzzzzzzzz";
    let issued = HashSet::from([varint(token)]);
    let logged = || Step::Logged([b"page".as_slice(), &varint(token)].concat());
    let sends = || Step::Sends(format!("sendto(1<socket:[2]>, \"{token}rest\""));
    let violations = |steps: Vec<Step>| {
        let mut order = Order::default();
        steps.into_iter().for_each(|step| order.take(step, &issued));
        order.violations.len()
    };
    let (begins, ends) = (|| Step::SyncBegins(1), || Step::SyncEnds(1));
    assert_eq!(violations(vec![logged(), begins(), ends(), sends()]), 0);
    assert_eq!(violations(vec![logged(), begins(), sends(), ends()]), 1);
    assert_eq!(violations(vec![begins(), logged(), ends(), sends()]), 1);
    assert_eq!(violations(vec![begins(), ends(), sends()]), 1);
}
