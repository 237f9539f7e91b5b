//! REL-021: a backup under 200 writes a second holds whatever was acknowledged before it began, as of
//! one moment, and is restored into a clean place.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::postgres;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, active, admin_token, must_be_active};
use vidimus_e2e::traffic::Traffic;

use crate::backup::{Site, assert_consistent, config, done, open};
use crate::{alone, cycle, many, patient};

const ROUNDS: &str = "VIDIMUS_BACKUP_ROUNDS";
const WRITERS: u32 = 4;
/// 200 writes a second of all of them.
const EVERY: Duration = Duration::from_millis(20);
const ROWS: &str = "VIDIMUS_BACKUP_ROWS";
const OTHER_ROWS: u32 = 100_000;
/// Acknowledged before the backup begins, however long that takes here.
const WRITES_BEFORE: u32 = 250;
const AFTER: Duration = Duration::from_millis(300);
/// A gigabyte in a minute, and what a small one takes whatever its size.
const BYTES_PER_SECOND_MIN: f64 = 17.9e6;
const RESTORED_MAX: Duration = Duration::from_secs(1);

/// What a client knows of one token.
struct Kept {
    token: String,
    refresh: Option<String>,
    issued: Instant,
    /// When the revocation was sent, and when it was acknowledged.
    revoked: Option<(Instant, Instant)>,
}

struct Writer<'a> {
    subject: &'a Subject,
    admin: &'a str,
    server: Connection,
    written: &'a AtomicU32,
    kept: Vec<Kept>,
}

impl Writer<'_> {
    fn send(&mut self, request: &Request) -> Response {
        let answer = self.server.exchange(request).expect("an answer");
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
        self.written.fetch_add(1, Ordering::Relaxed);
        answer
    }

    fn write(&mut self, turn: usize) {
        match turn % 5 {
            3 => {
                let Some(at) = self.kept.iter().rposition(|kept| kept.revoked.is_none()) else {
                    return;
                };
                let kept = &self.kept[at];
                let text = kept.refresh.as_ref().unwrap_or(&kept.token);
                let request = self.subject.revoke(text);
                let sent = Instant::now();
                self.send(&request);
                self.kept[at].revoked = Some((sent, Instant::now()));
            }
            4 => {
                let answer = self.send(&self.subject.mint_family(self.admin));
                self.keep(&answer, Some(answer.member("refresh_token")));
            }
            _ => {
                let answer = self.send(&self.subject.issue());
                self.keep(&answer, None);
            }
        }
    }

    fn keep(&mut self, answer: &Response, refresh: Option<String>) {
        let token = answer.member("access_token");
        self.kept.push(Kept { token, refresh, issued: Instant::now(), revoked: None });
    }

    fn run(mut self, done: &AtomicBool) -> Vec<Kept> {
        for turn in 0.. {
            if done.load(Ordering::Relaxed) {
                break;
            }
            let start = Instant::now();
            self.write(turn);
            std::thread::sleep(EVERY.saturating_sub(start.elapsed()));
        }
        self.kept
    }
}

fn fill(subject: &mut Subject, store: &Store) {
    subject.token();
    let rows = cycle::count(ROWS, OTHER_ROWS);
    if *store == Store::Sqlite {
        subject.server.terminate();
        many::fill(&subject.server, rows, true);
        return subject.server.restart();
    }
    let statement = format!(
        "INSERT INTO token (key, tenant, kind, hash, client, scope, issued_at, expires_at) \
         SELECT t.key - i * 4096::bigint, tenant, kind, sha256(i::text::bytea), client, scope, issued_at, \
         expires_at + 86400000 FROM (SELECT * FROM token ORDER BY key LIMIT 1) t, \
         generate_series(1, {rows}) AS i"
    );
    let programs = Programs::find().expect("programs");
    postgres::run(&programs, subject.server.store_url(), &statement).expect("rows");
}

fn backed_up_and_restored(store: Store, to: &Store) {
    let setup = Setup::new(store.clone());
    let mut subject = Subject::start(&setup);
    fill(&mut subject, &store);
    let admin = admin_token(&subject.server);
    let site = Site::new(to, &setup.master_key);
    let file = site.path("taken.backup");
    let (finish, written) = (AtomicBool::new(false), AtomicU32::new(0));
    let good = subject.token();
    let look = || {
        let (address, request) = (subject.server.address(), subject.introspect(&good));
        Traffic::start(&address, request, Duration::from_millis(2), must_be_active)
    };
    let (mut begun, mut ended) = (Instant::now(), Instant::now());
    let mut kept = Vec::new();
    let mut made = serde_json::Value::Null;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let server = subject.server.connect();
                let (subject, admin, written) = (&subject, &*admin, &written);
                let writer = Writer { subject, admin, server, written, kept: Vec::new() };
                scope.spawn(|| writer.run(&finish))
            })
            .collect();
        let quiet = look();
        while written.load(Ordering::Relaxed) < WRITES_BEFORE {
            std::thread::sleep(EVERY);
        }
        quiet.stop().assert_unharmed("writes alone");
        let during = look();
        begun = Instant::now();
        made = done("backup", &config(&subject.server), &file, &[]);
        ended = Instant::now();
        during.stop().assert_unharmed("a backup");
        std::thread::sleep(AFTER);
        finish.store(true, Ordering::Relaxed);
        kept.extend(writers.into_iter().flat_map(|writer| writer.join().expect("a writer")));
    });
    eprintln!("backup from {store:?}: {made}");
    assert_consistent(&open(&file));
    // Nothing of the first place is needed any more but the master key.
    subject.server.kill();
    let restored = done("restore", &site.config(), &file, &["--keep-tokens"]);
    eprintln!("restored to {to:?}: {restored}");
    let figure = |name: &str| restored[name].as_f64().expect("a number");
    let limit = RESTORED_MAX + Duration::from_secs_f64(figure("bytes") / BYTES_PER_SECOND_MIN);
    let limit = patient(limit).as_secs_f64();
    assert!(figure("seconds") <= limit, "{} s, at most {limit} s", figure("seconds"));
    assert_eq!(restored["rows"], made["rows"]);
    all_is_there(&site.serve(&subject, &setup), &kept, begun, ended);
}

fn all_is_there(subject: &Subject, kept: &[Kept], begun: Instant, ended: Instant) {
    let mut server = subject.server.connect();
    let mut is_active = |text: &str| {
        let answer = server.exchange(&subject.introspect(text)).expect("an answer");
        active(&answer).unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()))
    };
    let (mut before, mut revoked) = (0, 0);
    for one in kept {
        let verdict = is_active(&one.token);
        if let Some(refresh) = &one.refresh {
            assert_eq!(is_active(refresh), verdict, "half a family: {}", one.token);
        }
        let lives_long = one.revoked.is_none_or(|(sent, _)| sent > ended);
        let was_revoked = one.revoked.is_some_and(|(_, acknowledged)| acknowledged < begun);
        if one.issued < begun {
            before += 1;
            revoked += u32::from(was_revoked);
            assert!(verdict || !lives_long, "acknowledged before, and gone: {}", one.token);
            assert!(!verdict || !was_revoked, "revoked before, and good again: {}", one.token);
        }
        assert!(one.issued < ended || !verdict, "issued after the end, and there: {}", one.token);
    }
    eprintln!("{before} tokens of before the start are there, {revoked} of them revoked");
    assert!(before > 50 && revoked > 10, "{before} tokens, {revoked} revoked");
}

fn rounds(store: &Store, to: &Store) {
    let _alone = alone();
    for _ in 0..cycle::count(ROUNDS, 1) {
        backed_up_and_restored(store.clone(), to);
    }
}

#[test]
fn rel_021_a_backup_under_writes_holds_what_was_acknowledged_on_sqlite() {
    rounds(&Store::Sqlite, &Store::Sqlite);
}

#[test]
fn rel_021_a_backup_under_writes_holds_what_was_acknowledged_on_postgres() {
    rounds(&Store::Postgres, &Store::Postgres);
}
