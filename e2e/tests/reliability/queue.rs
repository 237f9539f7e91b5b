//! REL-027, the queues: a disk or a database that stands still fills what waits for it, and whoever
//! comes then is sent away at once, with 503 and Retry-After; those who ask only go on. So they do
//! beside a flood of secrets that are slow to compare.

use std::io::ErrorKind;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::postgres;
use vidimus_e2e::programs::Programs;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{Subject, admin_token, create, must_be_active};
use vidimus_e2e::traffic::Traffic;
use vidimus_e2e::vitals::{Peak, descriptors_max, processor_time};

use crate::trace::Trap;
use crate::{alone, patient};

/// More than may wait, and be written in one go.
const WRITERS: usize = 6_000;
const WAITING_MAX: usize = 5_500;
const AT_A_TIME: usize = 64;
const DESCRIPTORS: u64 = 2 * WRITERS as u64 + 1_000;
/// The limit on what a request, its connection and its place in the queue take.
const BYTES_EACH_MAX: u64 = 64 * 1024;
/// How long the disk stands still, unless it is let go before.
const STILL: Duration = Duration::from_secs(40);
const REFUSED_MAX: Duration = Duration::from_secs(2);

/// Before any server is started, which gets the same limit.
fn allow_descriptors() {
    if descriptors_max() >= DESCRIPTORS {
        return;
    }
    let pid = std::process::id().to_string();
    let limit = format!("--nofile={DESCRIPTORS}:");
    let raised = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
    assert!(
        raised.is_ok_and(|status| status.success()),
        "needs {DESCRIPTORS} descriptors: raise the hard limit of `ulimit -n`"
    );
}

struct Writer {
    connection: Connection,
    answer: Option<Response>,
}

/// Each with its request sent; few enough at a time that none has to knock twice, a second later.
fn writers(subject: &Subject, count: usize) -> Vec<Writer> {
    let address = subject.server.address();
    let bytes = subject.issue().bytes(&address);
    let send = |turn| {
        if turn % AT_A_TIME == AT_A_TIME - 1 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut connection = Connection::open(&address).expect("the server accepts");
        connection.send(&bytes).expect("sends");
        Writer { connection, answer: None }
    };
    (0..count).map(send).collect()
}

/// Takes whatever answers are there.
fn look(writers: &mut [Writer]) {
    for writer in writers.iter_mut().filter(|writer| writer.answer.is_none()) {
        let stream = writer.connection.stream();
        stream.set_nonblocking(true).expect("a socket");
        let there = stream.peek(&mut [0]);
        stream.set_nonblocking(false).expect("a socket");
        match there {
            Ok(_) => writer.answer = Some(writer.connection.receive(false).expect("an answer")),
            Err(fault) if fault.kind() == ErrorKind::WouldBlock => {}
            Err(fault) => panic!("the connection is gone: {fault}"),
        }
    }
    std::thread::sleep(Duration::from_millis(5));
}

fn answered(writers: &[Writer], status: u16) -> usize {
    let answers = writers.iter().filter_map(|writer| writer.answer.as_ref());
    answers.filter(|answer| answer.status == status).count()
}

/// All that were answered: with a token, or sent away as they should be.
fn assert_sent_away_well(writers: &[Writer]) {
    for answer in writers.iter().filter_map(|writer| writer.answer.as_ref()) {
        assert!([200, 503].contains(&answer.status), "{} {}", answer.status, answer.text());
        if answer.status == 503 {
            let seconds = answer.header("Retry-After").and_then(|text| text.parse::<u32>().ok());
            assert!(seconds.is_some_and(|seconds| seconds >= 1), "Retry-After: {seconds:?}");
            assert_eq!(answer.member("error"), "temporarily_unavailable");
        }
    }
}

#[test]
fn rel_027_a_full_write_queue_sends_away_with_retry_after() {
    let _alone = alone();
    allow_descriptors();
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    let introspection = subject.introspect(&subject.token());
    let trap = Trap::delay(subject.server.pid(), "fdatasync,fsync", STILL);
    let peak = Peak::watch(subject.server.pid());
    // The first of these is what the disk stands still for.
    let mut writers = writers(&subject, 1);
    std::thread::sleep(Duration::from_millis(200));
    let address = subject.server.address();
    let every = Duration::from_millis(20);
    let good = Traffic::start(&address, introspection, every, must_be_active);
    writers.extend(self::writers(&subject, WRITERS));
    let (start, limit) = (Instant::now(), patient(REFUSED_MAX));
    while answered(&writers, 503) < WRITERS - WAITING_MAX {
        assert!(start.elapsed() < limit, "{} of {WRITERS} sent away", answered(&writers, 503));
        look(&mut writers);
    }
    let sent_away = start.elapsed();
    assert_eq!(answered(&writers, 200), 0, "a token before its sync");
    // Whoever comes now as well, and at once.
    let start = Instant::now();
    let late = subject.server.exchange(&subject.issue());
    let took = start.elapsed();
    assert_eq!(late.status, 503, "{}", late.text());
    assert!(took <= patient(Duration::from_millis(100)), "sent away after {took:?}");
    good.stop().assert_unharmed("a disk that stands still");
    trap.release();
    let start = Instant::now();
    while writers.iter().any(|writer| writer.answer.is_none()) {
        assert!(start.elapsed() < patient(REFUSED_MAX), "some are never answered");
        look(&mut writers);
    }
    assert_sent_away_well(&writers);
    let (served, refused) = (answered(&writers, 200), answered(&writers, 503));
    eprintln!(
        "{served} waited and were served, {refused} sent away in {sent_away:?}; {} MB",
        peak.risen_bytes() / 1_000_000
    );
    assert!(served > 0 && served <= WAITING_MAX, "{served} waited, at most {WAITING_MAX}");
    let bytes = peak.risen_bytes();
    assert!(bytes <= WRITERS as u64 * BYTES_EACH_MAX, "{bytes} bytes more");
    // And then it goes on.
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn rel_027_a_database_that_takes_no_writes_sends_away_with_retry_after() {
    const WRITERS: usize = 600;
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Postgres));
    let introspection = subject.introspect(&subject.token());
    let (url, programs) = (subject.server.store_url().to_owned(), Programs::find());
    let still = std::thread::spawn(move || {
        let lock = "BEGIN; LOCK TABLE token IN EXCLUSIVE MODE; SELECT pg_sleep(6); ROLLBACK";
        postgres::run(&programs.expect("programs"), &url, lock)
    });
    std::thread::sleep(Duration::from_millis(500));
    let address = subject.server.address();
    let every = Duration::from_millis(20);
    let good = Traffic::start(&address, introspection, every, must_be_active);
    let mut writers = writers(&subject, WRITERS);
    let start = Instant::now();
    while !still.is_finished() {
        look(&mut writers);
    }
    still.join().expect("the lock").expect("the lock");
    let (during, held) = (answered(&writers, 503), start.elapsed());
    good.stop().assert_unharmed("a table that takes no writes");
    while writers.iter().any(|writer| writer.answer.is_none()) {
        assert!(start.elapsed() < held + Duration::from_secs(10), "some are never answered");
        look(&mut writers);
    }
    assert_sent_away_well(&writers);
    eprintln!("{during} of {WRITERS} sent away within {held:?}");
    assert!(during >= WRITERS / 2, "only {during} of {WRITERS} were sent away in {held:?}");
    assert!(subject.is_active(&subject.token()));
}

/// What a client whose secret somebody chose costs, wrong each time.
fn guess(turn: usize) -> Request {
    let secret = format!("a-secret-that-nobody-chose-{turn:08}");
    let form = [("grant_type", "client_credentials")];
    Request::post("/oauth2/token").basic("chosen", &secret).form(&form)
}

/// For as long as it lasts; how many were compared, and how many sent away.
fn flood(address: &str) -> (usize, usize) {
    const GUESSERS: usize = 32;
    const LENGTH: Duration = Duration::from_secs(3);
    let (compared, sent_away) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for guesser in 0..GUESSERS {
            let (compared, sent_away, start) = (&compared, &sent_away, Instant::now());
            scope.spawn(move || {
                let mut connection = Connection::open(address).expect("the server accepts");
                for turn in (guesser..).step_by(GUESSERS) {
                    if start.elapsed() > LENGTH {
                        return;
                    }
                    let answer = connection.exchange(&guess(turn)).expect("an answer");
                    let is_busy = answer.status == 503 && answer.header("Retry-After").is_some();
                    assert!(answer.status == 401 || is_busy, "{} {}", answer.status, answer.text());
                    if is_busy { sent_away } else { compared }.fetch_add(1, Relaxed);
                }
            });
        }
    });
    (compared.into_inner(), sent_away.into_inner())
}

#[test]
fn rel_027_a_flood_of_slow_secrets_leaves_those_who_ask_alone() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    let chosen = json!({"client_id": "chosen", "grant_types": ["client_credentials"],
        "client_secret": "a-secret-that-somebody-chose"});
    create(&subject.server, &admin_token(&subject.server), "clients", &chosen);
    let (token, address) = (subject.token(), subject.server.address());
    let every = Duration::from_millis(5);
    let good = || Traffic::start(&address, subject.introspect(&token), every, must_be_active);
    let quiet = good();
    std::thread::sleep(Duration::from_secs(1));
    let quiet = quiet.stop();
    let (good, pid) = (good(), subject.server.pid());
    let (start, before) = (Instant::now(), processor_time(pid));
    let (compared, sent_away) = flood(&address);
    let (took, used) = (start.elapsed(), processor_time(pid) - before);
    let during = good.stop();
    during.assert_unharmed("a flood of slow secrets");
    eprintln!("{compared} compared, {sent_away} sent away, {used:?} of processor in {took:?}");
    assert!(compared > 0, "nobody was compared");
    // One comparison at a time, however many wait.
    assert!(used < took * 3 / 2, "{used:?} of processor in {took:?}");
    let most = quiet.percentile(0.99) * 3 / 2 + patient(Duration::from_millis(5));
    let p99 = during.percentile(0.99);
    assert!(p99 <= most, "p99 {p99:?} beside the flood, at most {most:?}");
}
