//! SEC-234: HTTP/2 floods, frame by frame, over cleartext by prior knowledge.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vidimus_e2e::binary::workspace;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::vitals::Peak;

use crate::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    form_request, frame, preface, request, starved,
};
use crate::{MB, alone, crowd, good_traffic, patience};

/// How long an attacker goes on if nobody stops it.
const FLOOD: Duration = Duration::from_secs(3);

/// Of each kind, one after the other.
const ATTACKERS: usize = 100;

#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed(Duration),
    /// The server takes no more: the flood waits in the attacker's own socket.
    Stalled,
    Endured,
}

/// Writes what `more` makes until the server has had enough; reads or ignores what it says.
fn flood(address: &str, opening: &[u8], mut more: impl FnMut() -> Vec<u8>, reads: bool) -> End {
    let mut stream = TcpStream::connect(address).expect("the server accepts");
    stream.set_nonblocking(true).expect("non-blocking");
    let start = Instant::now();
    let mut pending = [preface(), opening.to_vec()].concat();
    let mut progress = start;
    let mut said = Vec::new();
    while start.elapsed() < FLOOD {
        if pending.is_empty() {
            pending = more();
        }
        match stream.write(&pending) {
            Ok(written) => {
                pending.drain(..written);
                progress = Instant::now();
            }
            Err(fault) if fault.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => return End::Closed(start.elapsed()),
        }
        if reads && hears_the_end(&mut stream, &mut said) {
            return End::Closed(start.elapsed());
        }
    }
    if progress.elapsed() > FLOOD / 3 { End::Stalled } else { End::Endured }
}

/// GOAWAY, or the end of the stream.
fn hears_the_end(stream: &mut TcpStream, said: &mut Vec<u8>) -> bool {
    let mut bytes = [0; 65_536];
    match stream.read(&mut bytes) {
        Ok(0) => return true,
        Ok(count) => said.extend_from_slice(&bytes[..count]),
        Err(fault) => return fault.kind() != ErrorKind::WouldBlock,
    }
    while said.len() >= 9 {
        let length = u32::from_be_bytes([0, said[0], said[1], said[2]]) as usize;
        if said[3] == GOAWAY {
            return true;
        }
        if said.len() < 9 + length {
            break;
        }
        said.drain(..9 + length);
    }
    false
}

fn rapid_resets(next: &mut u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..500 {
        bytes.extend(frame(HEADERS, END_HEADERS, *next, &form_request()));
        bytes.extend(frame(RST_STREAM, 0, *next, &8_u32.to_be_bytes()));
        *next += 2;
    }
    bytes
}

fn assert_closed(name: &str, turn: usize, end: &End) {
    if turn == 0 {
        eprintln!("{name}: {end:?}");
    }
    let limit = Duration::from_secs(1) * patience().min(2);
    assert!(matches!(end, End::Closed(after) if *after <= limit), "{name}: {end:?}");
}

#[test]
fn sec_234_floods_end_their_connection_and_harm_nobody() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    assert!(speaks_http2(&address), "HTTP/2 by prior knowledge");
    let good = good_traffic(&subject);
    let peak = Peak::watch(subject.server.pid());

    // Each attacker is stopped in a moment, and comes again.
    for turn in 0..ATTACKERS {
        let mut next = 1;
        let end = flood(&address, b"", || rapid_resets(&mut next), true);
        assert_closed("rapid reset", turn, &end);

        let opening = frame(HEADERS, 0, 1, &form_request());
        let more = || frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y'].repeat(3000));
        assert_closed("endless CONTINUATION", turn, &flood(&address, &opening, more, true));
        let more = || frame(CONTINUATION, 0, 1, b"").repeat(1000);
        assert_closed("empty CONTINUATION", turn, &flood(&address, &opening, more, true));

        let opening = frame(HEADERS, END_HEADERS, 1, &form_request());
        let more = || frame(DATA, 0, 1, b"").repeat(1000);
        assert_closed("empty DATA", turn, &flood(&address, &opening, more, true));
    }
    let risen = peak.risen_bytes();
    assert!(risen <= 32 * MB, "{risen} bytes more");
    good.stop().assert_unharmed("HTTP/2 floods");
}

/// Each of these asks for one small frame back. Whoever does not read is held in its own socket;
/// whoever reads is closed for saying so much and asking nothing.
#[test]
fn sec_234_frames_that_want_an_answer_cost_no_memory_and_harm_nobody() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let good = good_traffic(&subject);
    let peak = Peak::watch(subject.server.pid());
    for (name, one) in [
        ("SETTINGS", frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9])),
        ("PING", frame(PING, 0, 0, b"12345678")),
        ("frames of no known kind", frame(0x42, 0, 0, &[0; 16])),
    ] {
        let unread = flood(&address, b"", || one.repeat(1000), false);
        eprintln!("{name}, answers not read: {unread:?}");
        assert!(unread != End::Endured, "{name}");
        assert_closed(name, 0, &flood(&address, b"", || one.repeat(1000), true));
    }
    // Answers that nobody lets out.
    let mut waiting = crowd::open(&address, 10);
    for stream in &mut waiting {
        stream.write_all(&starved()).expect("the requests are taken");
    }
    std::thread::sleep(Duration::from_secs(1));
    let risen = peak.risen_bytes();
    eprintln!("one-byte windows: {risen} bytes more");
    assert!(risen <= 32 * MB, "{risen} bytes more");
    good.stop().assert_unharmed("SETTINGS, PING and one-byte windows");
}

fn speaks_http2(address: &str) -> bool {
    let mut stream = TcpStream::connect(address).expect("the server accepts");
    let asked = frame(HEADERS, END_STREAM | END_HEADERS, 1, &request("GET", "/livez"));
    stream.write_all(&[preface(), asked].concat()).expect("the request is taken");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let mut said = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return false,
            Ok(count) => said.extend_from_slice(&bytes[..count]),
        }
        // Indexed `:status: 200` opens the answer's HEADERS (RFC 7541 appendix A, entry 8).
        if said.windows(6).any(|w| w[..2] == [HEADERS, END_HEADERS] && w[2..6] == [0, 0, 0, 1]) {
            return said.contains(&0x88);
        }
    }
}

#[test]
fn sec_234_the_http2_crate_has_its_fixes() {
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock")).expect("Cargo.lock");
    let mut found = false;
    for (line, after) in lock.lines().zip(lock.lines().skip(1)) {
        let Some(version) = after.strip_prefix("version = \"") else { continue };
        if line != "name = \"h2\"" {
            continue;
        }
        let numbers: Vec<u32> = version
            .trim_end_matches('"')
            .split('.')
            .map(|number| number.parse().expect("a plain version"))
            .collect();
        assert!(numbers >= vec![0, 4, 16], "h2 {version}");
        found = true;
    }
    assert!(found, "h2 is not in Cargo.lock");
}
