//! SEC-233: peers that are slow on purpose. Every deadline is waited for at the same time.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::vitals::{anonymous_bytes, descriptors, descriptors_max};

use crate::{MB, alone, crowd, frames, good_traffic};

const DRIP: Duration = Duration::from_secs(5);
/// The bars, and what a busy machine and our own looking add.
const SLACK: Duration = Duration::from_secs(3);
const HEADER_MAX: Duration = Duration::from_secs(15);
const BODY_MAX: Duration = Duration::from_secs(30);
const IDLE_MAX: Duration = Duration::from_secs(60);

/// hyper keeps two buffers of 8 KiB for each connection that has had a request; the rest is its
/// state, ours, and what the allocator rounds up.
const IDLE_BYTES_MAX: u64 = 40_000;
/// With a request under way.
const SLOW_BYTES_MAX: u64 = 64_000;

struct Counts {
    idle: usize,
    header: usize,
    body: usize,
    deaf: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Says nothing more.
    Silent,
    /// One byte now and then.
    Drips,
    /// Sends requests and reads no answer.
    Deaf,
}

struct Slow {
    stream: TcpStream,
    manner: Manner,
    since: Instant,
    dripped: Instant,
    /// How much of the requests is sent.
    sent: usize,
    closed: Option<Duration>,
}

struct Class {
    name: &'static str,
    limit: Duration,
    peers: Vec<Slow>,
}

impl Class {
    fn new(
        name: &'static str,
        limit: Duration,
        manner: Manner,
        streams: Vec<TcpStream>,
        opening: &[u8],
    ) -> Self {
        let begin = |mut stream: TcpStream| {
            stream.write_all(opening).expect("the opening is taken");
            stream.set_nonblocking(true).expect("non-blocking");
            let now = Instant::now();
            Slow { stream, manner, since: now, dripped: now, sent: 0, closed: None }
        };
        Self { name, limit, peers: streams.into_iter().map(begin).collect() }
    }

    fn look(&mut self) {
        self.peers.iter_mut().filter(|peer| peer.closed.is_none()).for_each(Slow::look);
    }

    fn is_over(&self) -> bool {
        let late = |peer: &Slow| peer.since.elapsed() > self.limit + SLACK;
        self.peers.iter().all(|peer| peer.closed.is_some() || late(peer))
    }

    fn report(&self) -> Result<(), String> {
        let mut times: Vec<_> = self.peers.iter().filter_map(|peer| peer.closed).collect();
        times.sort_unstable();
        eprintln!(
            "{}: {} of {} closed, from {:?} to {:?}",
            self.name,
            times.len(),
            self.peers.len(),
            times.first(),
            times.last()
        );
        let in_time = times.iter().filter(|time| **time <= self.limit + SLACK).count();
        if in_time == self.peers.len() {
            return Ok(());
        }
        let open = self.peers.len() - in_time;
        Err(format!("{}: {open} still open after {:?}", self.name, self.limit + SLACK))
    }
}

impl Slow {
    fn look(&mut self) {
        let ended = match self.manner {
            Manner::Silent => self.read_ends(),
            Manner::Drips => {
                let due = self.dripped.elapsed() >= DRIP;
                if due {
                    self.dripped = Instant::now();
                }
                self.read_ends() || (due && refused(self.stream.write(b"a")))
            }
            Manner::Deaf => self.sends_on(),
        };
        if ended {
            self.closed = Some(self.since.elapsed());
        }
    }

    /// As much as is taken; the time counts from the moment when nothing was.
    fn sends_on(&mut self) -> bool {
        for _ in 0..AT_ONCE {
            match self.stream.write(&REQUESTS.as_bytes()[self.sent..]) {
                Ok(written) => {
                    self.sent = (self.sent + written) % REQUESTS.len();
                    self.since = Instant::now();
                }
                Err(fault) => return fault.kind() != ErrorKind::WouldBlock,
            }
        }
        false
    }

    fn read_ends(&mut self) -> bool {
        let mut bytes = [0; 4096];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(fault) => return fault.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

fn refused(written: std::io::Result<usize>) -> bool {
    written.is_err_and(|fault| fault.kind() != ErrorKind::WouldBlock)
}

/// Three requests each; more would starve the other classes of our looks.
const AT_ONCE: usize = 100;
const REQUESTS: &str = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n\
     GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n\
     GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD: &str = "POST /oauth2/token HTTP/1.1\r\nHost: a\r\n\
     Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na";

fn classes(address: &str, counts: &Counts) -> Vec<Class> {
    let idle = crowd::open(address, counts.idle);
    let once = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let open = |count| crowd::open(address, count);
    let starved = open(counts.deaf);
    vec![
        Class::new("idle, kept alive", IDLE_MAX, Manner::Silent, idle, once),
        Class::new("silent from the start", IDLE_MAX, Manner::Silent, open(counts.deaf), b""),
        Class::new(
            "headers, a byte now and then",
            HEADER_MAX,
            Manner::Drips,
            open(counts.header),
            b"GET /livez HTTP/1.1\r\nX: ",
        ),
        Class::new("headers begun", HEADER_MAX, Manner::Silent, open(counts.deaf), b"GET /liv"),
        Class::new(
            "body, a byte now and then",
            BODY_MAX,
            Manner::Drips,
            open(counts.body),
            HEAD.as_bytes(),
        ),
        Class::new("reading no answer", BODY_MAX, Manner::Deaf, open(counts.deaf), b""),
        Class::new(
            "HTTP/2 without a window",
            IDLE_MAX,
            Manner::Silent,
            starved,
            &frames::starved(),
        ),
    ]
}

fn wait_out(counts: &Counts) {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let good = good_traffic(&subject);
    std::thread::sleep(Duration::from_millis(200));
    let pid = subject.server.pid();
    let (open_before, before) = (descriptors(pid), anonymous_bytes(pid));
    let mut classes = classes(&address, counts);
    std::thread::sleep(Duration::from_secs(1));
    let peers: usize = classes.iter().map(|class| class.peers.len()).sum();
    let risen = anonymous_bytes(pid).saturating_sub(before);
    eprintln!("{peers} slow peers: {risen} bytes more");
    let deadline = Instant::now() + IDLE_MAX + SLACK;
    while Instant::now() < deadline && !classes.iter().all(Class::is_over) {
        classes.iter_mut().for_each(Class::look);
        std::thread::sleep(Duration::from_millis(100));
    }
    let failures: Vec<_> = classes.iter().filter_map(|class| class.report().err()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    drop(classes);
    good.stop().assert_unharmed("slow peers");
    assert!(subject.is_active(&subject.token()));
    let most = peers as u64 * SLOW_BYTES_MAX + 8 * MB;
    assert!(risen <= most, "{risen} bytes for {peers} slow peers, at most {most}");
    let open_after = descriptors(pid);
    assert!(open_after <= open_before + 2, "{open_after} descriptors, {open_before} before");
}

#[test]
fn sec_233_slow_peers_are_closed_in_time_and_harm_nobody() {
    let _alone = alone();
    wait_out(&Counts { idle: 300, header: 200, body: 200, deaf: 10 });
}

#[test]
fn sec_233_an_idle_connection_costs_little() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let address = subject.server.address();
    let before = anonymous_bytes(subject.server.pid());
    let idle = crowd::each(&address, 2_000, |_, mut connection| {
        assert_eq!(connection.exchange(&Request::get("/livez")).expect("an answer").status, 200);
        connection
    });
    let risen = anonymous_bytes(subject.server.pid()) - before;
    let each = risen / idle.len() as u64;
    eprintln!("{each} bytes for each idle connection");
    assert!(each <= IDLE_BYTES_MAX, "{each} bytes, at most {IDLE_BYTES_MAX}");
}

#[test]
#[ignore = "soak"]
fn sec_233_thousands_of_slow_peers() {
    let _alone = alone();
    assert!(descriptors_max() >= 18_000, "needs 18,000 descriptors: `ulimit -n 20000`");
    wait_out(&Counts { idle: 10_000, header: 2_000, body: 2_000, deaf: 50 });
}
