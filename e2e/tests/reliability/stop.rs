//! REL-018: a stop that drops nothing it had accepted, says so first, and can be forced.

use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::Signal;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;

use crate::alone;

const CLIENTS: usize = 500;
const ROUNDS: usize = 3;
const STOP_MAX: Duration = Duration::from_secs(10);

struct Client {
    connection: Connection,
    /// What is still to be sent: the last byte of a slow request.
    rest: Vec<u8>,
}

/// A third in the middle of a body, a third just sent, a third kept alive without a request.
fn clients(subject: &Subject) -> Vec<Client> {
    let whole = subject.issue().bytes(&subject.server.address());
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|_| {
            let mut connection = subject.server.connect();
            let answer = connection.exchange(&Request::get("/livez")).expect("an answer");
            assert_eq!(answer.status, 200);
            Client { connection, rest: Vec::new() }
        })
        .collect();
    for (turn, client) in clients.iter_mut().enumerate() {
        let (now, later) = match turn % 3 {
            0 => whole.split_at(whole.len() - 1),
            1 => (whole.as_slice(), [].as_slice()),
            _ => continue,
        };
        client.connection.send(now).expect("the request is taken");
        client.rest = later.to_vec();
    }
    clients
}

/// 503 to somebody who asks on a connection that was open before; then the end.
fn readiness_goes(mut connection: Connection) -> bool {
    let mut seen = false;
    let start = Instant::now();
    while start.elapsed() < STOP_MAX {
        match connection.exchange(&Request::get("/readyz")) {
            Ok(answer) if answer.status == 503 => {
                seen = true;
                assert_eq!(answer.header("connection"), Some("close"));
            }
            Ok(answer) => {
                assert!(!seen && answer.status == 200, "{} after 503", answer.status);
            }
            Err(_) => break,
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    seen
}

fn round(subject: &mut Subject) {
    let mut clients = clients(subject);
    let mut readiness = subject.server.connect();
    assert_eq!(readiness.exchange(&Request::get("/readyz")).expect("an answer").status, 200);
    let start = Instant::now();
    let watching = std::thread::spawn(move || readiness_goes(readiness));
    subject.server.signal(Signal::Terminate);
    std::thread::sleep(Duration::from_millis(200));
    let (mut answered, mut ended) = (0, 0);
    for (turn, client) in clients.iter_mut().enumerate() {
        if turn % 3 == 2 {
            ended += usize::from(asks_late(&mut client.connection, subject));
            continue;
        }
        let _ = client.connection.stream().write_all(&client.rest);
        let answer = client.connection.receive(false);
        let answer = answer.unwrap_or_else(|fault| panic!("client {turn} was dropped: {fault}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        if turn % 3 == 0 {
            assert_eq!(answer.header("connection"), Some("close"), "client {turn}");
        }
        answered += 1;
    }
    drop(clients);
    let status = subject.server.wait(STOP_MAX + Duration::from_secs(1));
    let took = start.elapsed();
    eprintln!("{answered} answered, {ended} kept alive and ended, stopped in {took:?}");
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
    assert!(took <= STOP_MAX, "stopped in {took:?}");
    assert!(watching.join().expect("the watcher"), "nobody was told by /readyz");
}

/// A request on a kept connection while the server stops: a whole answer, or none of it.
fn asks_late(connection: &mut Connection, subject: &Subject) -> bool {
    match connection.exchange(&subject.introspect("nonsense")) {
        Ok(answer) => {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(answer.header("connection"), Some("close"));
            false
        }
        Err(fault) => {
            let gone = [
                ErrorKind::UnexpectedEof,
                ErrorKind::ConnectionReset,
                ErrorKind::BrokenPipe,
                ErrorKind::ConnectionAborted,
            ];
            assert!(gone.contains(&fault.kind()), "{fault}");
            true
        }
    }
}

#[test]
fn rel_018_a_stop_drops_nothing_that_was_accepted() {
    let _alone = alone();
    let mut subject = Subject::start(&Setup::new(Store::Sqlite));
    for turn in 0..ROUNDS {
        if turn > 0 {
            subject.server.restart();
        }
        round(&mut subject);
    }
}

#[test]
#[ignore = "soak"]
fn rel_018_fifty_stops_drop_nothing() {
    let _alone = alone();
    let mut subject = Subject::start(&Setup::new(Store::Sqlite));
    for turn in 0..50 {
        if turn > 0 {
            subject.server.restart();
        }
        round(&mut subject);
    }
}

/// One who never ends its request holds the stop until the deadline, or a second signal.
#[test]
fn rel_018_a_second_signal_forces_the_end() {
    let _alone = alone();
    let mut subject = Subject::start(&Setup::new(Store::Memory));
    let mut slow = subject.server.connect();
    let whole = subject.issue().bytes(&subject.server.address());
    slow.send(&whole[..whole.len() - 1]).expect("the request is taken");
    std::thread::sleep(Duration::from_millis(100));
    subject.server.signal(Signal::Terminate);
    let early = subject.server.wait(Duration::from_secs(2));
    assert_eq!(early, None, "ended although a request was under way");
    subject.server.signal(Signal::Terminate);
    assert!(subject.server.wait(Duration::from_secs(2)).is_some(), "still there");
}

#[test]
fn rel_018_the_deadline_ends_it_as_well() {
    let mut subject = Subject::start(&Setup::new(Store::Memory));
    let mut slow = subject.server.connect();
    let whole = subject.issue().bytes(&subject.server.address());
    slow.send(&whole[..whole.len() - 1]).expect("the request is taken");
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    subject.server.signal(Signal::Terminate);
    let ended = subject.server.wait(STOP_MAX + Duration::from_secs(2));
    assert!(ended.is_some(), "still there after {:?}", start.elapsed());
}
