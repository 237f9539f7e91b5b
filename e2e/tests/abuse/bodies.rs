//! SEC-230: bodies beyond the limit, with every way to announce them.

use std::io::Write;
use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::vitals::Peak;

use crate::{MB, alone, crowd, good_traffic};

const LIMIT: usize = 64 * 1024;
const CROWD: usize = 500;

fn head(framing: &str) -> String {
    format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: as.example\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{framing}\r\n\r\n"
    )
}

/// Sends as much as is taken until an answer comes; says how much that was.
fn pour(connection: &mut Connection, framing: &str, bytes: u64) -> (u64, Response) {
    let chunked = framing.starts_with("Transfer-Encoding");
    connection.send(head(framing).as_bytes()).expect("the head is taken");
    let reading = connection.stream().try_clone().expect("a second handle");
    let mut sent = 0;
    let answered = |wait: Duration| {
        reading.set_read_timeout(Some(wait)).expect("a timeout");
        !matches!(reading.peek(&mut [0]), Err(fault) if fault.kind() == std::io::ErrorKind::WouldBlock)
    };
    let piece = vec![b'a'; 16 * 1024];
    while sent < bytes && !answered(Duration::from_micros(1)) {
        let size = if chunked { format!("{:x}\r\n", piece.len()) } else { String::new() };
        let end: &[u8] = if chunked { b"\r\n" } else { b"" };
        let mut writing = connection.stream();
        if [size.as_bytes(), &piece, end]
            .iter()
            .try_for_each(|part| writing.write_all(part))
            .is_err()
        {
            break;
        }
        sent += piece.len() as u64;
    }
    answered(Duration::from_secs(60));
    reading.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    (sent, connection.receive(false).expect("an answer before the end"))
}

#[test]
fn sec_230_a_body_beyond_the_limit_is_refused_after_the_limit() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let peak = Peak::watch(subject.server.pid());
    for bytes in [65_537, MB, 1000 * MB] {
        for framing in [format!("Content-Length: {bytes}"), "Transfer-Encoding: chunked".to_owned()]
        {
            let mut connection = Connection::open(&address).expect("connection");
            let (sent, answer) = pour(&mut connection, &framing, bytes);
            assert_eq!(answer.status, 413, "{framing} of {bytes}: {}", answer.text());
            assert_eq!(answer.header("connection"), Some("close"), "{framing}");
            assert_eq!(answer.member("error"), "invalid_request");
            // What the two sockets and the farewell hold; the server's own reading ends at 64 KiB.
            assert!(sent <= 16 * MB, "{framing} of {bytes}: {sent} bytes were taken");
        }
    }
    assert!(peak.risen_bytes() <= 16 * MB, "{} bytes more", peak.risen_bytes());
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn sec_230_the_limit_itself_is_taken_and_one_byte_more_is_not() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    for (bytes, status) in [(LIMIT, 401), (LIMIT + 1, 413)] {
        let mut body = b"grant_type=client_credentials&x=".to_vec();
        body.resize(bytes, b'a');
        let mut plain = Connection::open(&address).expect("connection");
        plain.send(head(&format!("Content-Length: {bytes}")).as_bytes()).expect("head");
        let _ = plain.send(&body);
        assert_eq!(plain.receive(false).expect("answer").status, status, "{bytes} bytes");

        // The end is not sent: the limit alone must bring the answer.
        let mut chunked = Connection::open(&address).expect("connection");
        chunked.send(head("Transfer-Encoding: chunked").as_bytes()).expect("head");
        let end = if status == 401 { "0\r\n\r\n" } else { "" };
        let body = [format!("{bytes:x}\r\n").as_bytes(), &body, b"\r\n", end.as_bytes()].concat();
        chunked.send(&body).expect("body");
        let start = Instant::now();
        assert_eq!(chunked.receive(false).expect("answer").status, status, "{bytes} chunked");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[test]
fn sec_230_nobody_is_asked_for_a_body_that_is_refused_anyway() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let mut refused = Connection::open(&address).expect("connection");
    let expecting = |bytes| head(&format!("Content-Length: {bytes}\r\nExpect: 100-continue"));
    refused.send(expecting(1_000_000_000).as_bytes()).expect("head");
    assert_eq!(first_status(&mut refused), 413);

    let mut asked = Connection::open(&address).expect("connection");
    asked.send(expecting(29).as_bytes()).expect("head");
    assert_eq!(first_status(&mut asked), 100);
    asked.send(b"grant_type=client_credentials").expect("body");
    assert_eq!(asked.receive(false).expect("answer").status, 401);
}

/// Looks without taking: 100 or the answer itself.
fn first_status(connection: &mut Connection) -> u16 {
    let mut line = [0; 12];
    let deadline = Instant::now() + Duration::from_secs(10);
    while connection.stream().peek(&mut line).expect("an answer") < line.len() {
        assert!(Instant::now() < deadline, "no status line");
    }
    std::str::from_utf8(&line[9..]).expect("ASCII").parse().expect("a status")
}

#[test]
fn sec_230_lengths_that_lie_or_make_no_sense_are_refused() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let lengths = ["-1", "+5", "0x10", "1e3", "18446744073709551616", "5, 6", "abc", "5 5", ""];
    for framing in lengths.map(|length| format!("Content-Length: {length}")) {
        refused(&address, &framing, "a=b&c");
    }
    for chunks in
        ["fffffffffffffffff\r\na=b", "-1\r\na", "x\r\na=b", "3\r\na=bXX0\r\n\r\n", "3 a=b"]
    {
        refused(&address, "Transfer-Encoding: chunked", chunks);
    }
    // Shorter than announced, then the end: nobody waits for the rest.
    let mut short = Connection::open(&address).expect("connection");
    short.send(format!("{}a=b", head("Content-Length: 100")).as_bytes()).expect("send");
    short.stream().shutdown(std::net::Shutdown::Write).expect("shutdown");
    if let Ok(answer) = short.receive(false) {
        assert_eq!(answer.status, 400);
    }
    assert!(subject.is_active(&subject.token()));
}

fn refused(address: &str, framing: &str, body: &str) {
    let mut connection = Connection::open(address).expect("connection");
    connection.send(format!("{}{body}", head(framing)).as_bytes()).expect("send");
    let answer = connection.receive(false).unwrap_or_else(|fault| panic!("{framing}: {fault}"));
    assert_eq!(answer.status, 400, "{framing} {body}");
    assert!(connection.closed_within(Duration::from_secs(5)).expect("wait"), "{framing} {body}");
}

#[test]
fn sec_230_five_hundred_at_once_cost_no_memory_and_harm_nobody() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let good = good_traffic(&subject);
    // What connections cost is SEC-233's; here it is what bodies add.
    let mut kept = crowd::each(&address, CROWD, |_, mut connection| {
        assert_eq!(connection.exchange(&Request::get("/livez")).expect("an answer").status, 200);
        connection
    });
    let peak = Peak::watch(subject.server.pid());
    let announcement = format!("{}{}", head("Content-Length: 1000000000"), "a".repeat(16_384));
    for connection in &mut kept {
        connection.send(announcement.as_bytes()).expect("sent");
    }
    for connection in &mut kept {
        assert_eq!(connection.receive(false).expect("an answer").status, 413);
    }
    let refused = crowd::each(&address, CROWD, |_, mut connection| {
        pour(&mut connection, "Content-Length: 1000000", MB).1.status
    });
    assert_eq!(refused, vec![413; CROWD]);
    drop(kept);
    let risen = peak.risen_bytes();
    eprintln!("{risen} bytes more for announced bodies");
    assert!(risen <= 16 * MB, "{risen} bytes more for announced bodies");

    // As much as anybody may send without a refusal, and no more comes: the limit times the crowd.
    let mut waiting = crowd::open(&address, CROWD);
    for stream in &mut waiting {
        let start = format!("{}fff0\r\n", head("Transfer-Encoding: chunked"));
        stream.write_all(&[start.as_bytes(), &[b'a'; 0xfff0]].concat()).expect("send");
    }
    std::thread::sleep(Duration::from_millis(500));
    let risen = peak.risen_bytes();
    let most = 2 * (CROWD * LIMIT) as u64 + 16 * MB;
    assert!(risen <= most, "{risen} bytes more for {CROWD} bodies under way, at most {most}");
    drop(waiting);
    good.stop().assert_unharmed("large bodies");
}
