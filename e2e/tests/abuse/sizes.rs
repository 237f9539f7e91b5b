//! SEC-231: too many parameters, headers too many or too large, a URL too long.

use std::time::{Duration, Instant};

use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, form};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::vitals::Peak;

use crate::{MB, alone, patience};

const SAMPLES: usize = 9;

/// Status and the median time of whole exchanges, each on a connection of its own.
fn measured(address: &str, request: &Request) -> (u16, Duration) {
    let bytes = request.bytes(address);
    let mut times = Vec::new();
    let mut status = 0;
    for _ in 0..SAMPLES {
        let mut connection = Connection::open(address).expect("connection");
        let start = Instant::now();
        // The server may answer and close before all of it is sent.
        let _ = connection.send(&bytes);
        status = connection.receive(false).expect("an answer").status;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (status, times[SAMPLES / 2])
}

fn parameters(count: usize) -> String {
    let pairs: Vec<_> = (0..count).map(|n| format!("p{n}=")).collect();
    pairs.join("&")
}

fn with_headers(count: usize) -> Request {
    let request = Request::get("/livez");
    (0..count).fold(request, |request, n| request.header(&format!("X-{n}"), "v"))
}

#[test]
fn sec_231_more_than_the_limits_is_refused_quickly() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let peak = Peak::watch(subject.server.pid());
    let posted = |count: usize| {
        let kind = "application/x-www-form-urlencoded";
        let body = form(&[("grant_type", "client_credentials")]) + "&" + &parameters(count - 1);
        Request::post("/oauth2/token").header("Content-Type", kind).body(body)
    };
    let url = |bytes: usize| Request::get(&format!("/{}", "u".repeat(bytes - 1)));
    let large = |bytes: usize| Request::get("/livez").header("X", &"v".repeat(bytes));
    let cases = [
        ("65 parameters", posted(65), [400, 400]),
        ("8,000 parameters", posted(8_000), [400, 400]),
        ("100,000 parameters", posted(100_000), [413, 413]),
        ("70 headers", with_headers(70), [431, 431]),
        ("10,000 headers", with_headers(10_000), [431, 400]),
        ("17 kB of one header", large(17_000), [431, 431]),
        ("1 MB of one header", large(1_000_000), [431, 400]),
        ("a URL of 8,193 bytes", url(8_193), [414, 414]),
        ("a URL of 64 kB", url(65_000), [414, 431]),
        ("a URL of 1 MB", url(1_000_000), [414, 431]),
    ];
    let limit = Duration::from_millis(2) * patience();
    for (name, request, statuses) in cases {
        let (status, took) = measured(&address, &request);
        eprintln!("{name}: {status} in {took:?}");
        assert!(statuses.contains(&status), "{name}: {status}");
        assert!(took <= limit, "{name}: {took:?}, at most {limit:?}");
    }
    assert!(peak.risen_bytes() <= 16 * MB, "{} bytes more", peak.risen_bytes());
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn sec_231_the_limits_themselves_are_taken() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let status = |request: &Request| measured(&address, request).0;
    let token = subject.token();
    let mut introspection = subject.introspect(&token);
    introspection.body.extend(format!("&{}", parameters(63)).into_bytes());
    assert_eq!(status(&introspection), 200);
    introspection.body.extend(b"&one=more");
    assert_eq!(status(&introspection), 400);
    // `Host` is one of the 64.
    assert_eq!(status(&with_headers(63)), 200);
    assert_eq!(status(&with_headers(64)), 431);
    assert_eq!(status(&Request::get(&format!("/{}", "u".repeat(8_191)))), 404);
    assert_eq!(status(&Request::get("/livez").header("X", &"v".repeat(16_000))), 200);
}
