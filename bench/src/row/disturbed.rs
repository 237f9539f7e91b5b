//! The p99 of introspection by turns in quiet and under a disturbance: at a fixed moderate rate, where
//! latency counts from when a request was due, so that nothing hides behind a server that stands still;
//! and by as many requests as one core can answer.

use std::{
    process::{Child, Stdio},
    time::Duration,
};

use vidimus_e2e::{binary, server::Server};

use crate::{
    arithmetic::{median, ratio},
    bench::Bench,
    ground::Ground,
    load::{Between, Drip, End, Expect, Lane, Pace, drive, requests::Rendered},
    report::{Bar, Measurement, Unit, grouped},
    row::{
        hot::ACTIVE,
        issue::{self, TOKEN},
    },
    usage::{Memory, Used, settle},
};

/// How introspection is asked for meanwhile.
struct Asked {
    how: &'static str,
    pace: Pace,
    connections: usize,
}

const ASKED: [Asked; 2] = [
    // Less than a tenth of what one core can do.
    Asked { how: "5,000/s", pace: Pace::PerSecond(5000.0), connections: 32 },
    Asked { how: "all it can", pace: Pace::Closed, connections: 64 },
];
const ISSUES_PER_SECOND: f64 = 10_000.0;
/// More than one core can hash.
const GUESSES_PER_SECOND: f64 = 200.0;
const GUESSES: usize = 500;
const SLOW_BYTE_EVERY: Duration = Duration::from_secs(1);

/// Quiet and disturbed, the rounds of each.
#[derive(Default)]
struct Both {
    quiet: Vec<f64>,
    disturbed: Vec<f64>,
}

/// A server under one kind of load.
struct Probe<'a> {
    row: &'static str,
    asked: &'a Asked,
    server: &'a Server,
    ground: &'a Ground,
}

impl Probe<'_> {
    /// One second of it that nobody looks at.
    fn warm_up(&self, bench: &Bench) {
        drive(&mut [self.lane(bench)], None, End::For(Duration::from_secs(1)), Between::Spin);
    }

    fn lane<'a>(&self, bench: &Bench) -> Lane<'a> {
        Lane {
            address: self.server.address(),
            connections: self.asked.connections,
            pace: self.asked.pace,
            requests: Box::new(self.ground.hot(bench.scale.hot, &self.server.address())),
            expect: ACTIVE,
        }
    }

    /// Introspection, and whatever else goes on; its p99 in µs.
    fn p99(
        &self,
        bench: &mut Bench,
        who: &str,
        beside: Option<Lane<'_>>,
        drip: Option<&mut Drip>,
    ) -> f64 {
        let mut lanes = vec![self.lane(bench)];
        lanes.extend(beside);
        let span = Duration::from_secs(bench.scale.disturbed_seconds);
        let before = Used::now(&[self.server.pid()]);
        let all = drive(&mut lanes, drip, End::For(span), Between::Spin);
        let used = Used::now(&[self.server.pid()]).since(&before);
        let seen = &all[0];
        for other in &all[1..] {
            let (rate, refused) = (other.per_second(), other.refusals);
            eprintln!("    beside it {rate:.0}/s, {refused} of {} refused", other.answers);
        }
        if seen.unseen > 0 {
            let (unseen, answers) = (seen.unseen, seen.answers);
            eprintln!("    {unseen} of {answers} not counted: the load itself stood still");
        }
        // Of everything that the server did meanwhile, by the introspections: tells how busy it was.
        #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
        let cpu_us = used.as_secs_f64() * 1e6 / seen.answers as f64;
        let memory = Memory::of(&[self.server.pid()]);
        let who = format!("{}, {who}", self.asked.how);
        bench.report.measurement(Measurement::of(self.row, &who, cpu_us, seen, memory));
        seen.latencies.percentile(0.99)
    }
}

/// `p99`: in quiet, and disturbed.
fn turns(
    bench: &mut Bench,
    row: &'static str,
    what: &str,
    most: f64,
    mut p99: impl FnMut(&mut Bench, &Asked, bool) -> f64,
) {
    for asked in &ASKED {
        let mut both = Both::default();
        for _ in 0..bench.scale.rounds {
            both.quiet.push(p99(bench, asked, false));
            both.disturbed.push(p99(bench, asked, true));
        }
        let what = format!(
            "p99 of introspection, {}, {what}, {:.2} ms, against quiet, {:.2} ms",
            asked.how,
            median(&both.disturbed) / 1000.0,
            median(&both.quiet) / 1000.0
        );
        let found = ratio(&both.disturbed, &both.quiet);
        bench.report.figure(row, what, Unit::Times, Bar::AtMost(most), found);
    }
}

/// `beside` is driven while introspection is disturbed.
fn beside(
    bench: &mut Bench,
    row: &'static str,
    what: &str,
    most: f64,
    lane: impl Fn(&Ground, &Server) -> Lane<'static>,
) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    Probe { row, asked: &ASKED[0], server: &server, ground: &ground }.warm_up(bench);
    turns(bench, row, what, most, |bench, asked, disturbed| {
        let probe = Probe { row, asked, server: &server, ground: &ground };
        if !disturbed {
            return probe.p99(bench, "quiet", None, None);
        }
        let p99 = probe.p99(bench, what, Some(lane(&ground, &server)), None);
        settle(&[server.pid()]);
        p99
    });
    drop(server);
    bench.keep_small(ground);
}

pub fn issue(bench: &mut Bench) {
    beside(
        bench,
        "during-issue",
        "during 10,000 durable issues a second",
        3.0,
        |ground, server| Lane {
            address: server.address(),
            connections: issue::CONNECTIONS,
            pace: Pace::PerSecond(ISSUES_PER_SECOND),
            requests: Box::new(Rendered(vec![ground.cast.issue().bytes(&server.address())])),
            expect: TOKEN,
        },
    );
}

pub fn login_flood(bench: &mut Bench) {
    let what = "under 200 wrong secrets a second";
    beside(bench, "during-login-flood", what, 1.5, |ground, server| {
        let guess = |number| ground.cast.guess(number).bytes(&server.address());
        Lane {
            address: server.address(),
            connections: issue::CONNECTIONS,
            pace: Pace::PerSecond(GUESSES_PER_SECOND),
            requests: Box::new(Rendered((0..GUESSES).map(guess).collect())),
            expect: Expect::Anything,
        }
    });
}

pub fn slow(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let (row, count) = ("slow-connections", bench.scale.slow_connections);
    let what = format!("beside {count} slow connections");
    Probe { row, asked: &ASKED[0], server: &server, ground: &ground }.warm_up(bench);
    turns(bench, row, &what, 2.0, |bench, asked, disturbed| {
        let probe = Probe { row, asked, server: &server, ground: &ground };
        if !disturbed {
            return probe.p99(bench, "quiet", None, None);
        }
        let mut drip = Drip::open(&server.address(), count, SLOW_BYTE_EVERY);
        let p99 = probe.p99(bench, &what, None, Some(&mut drip));
        eprintln!("    {} of them cut off and opened again", drip.reopened);
        drop(drip);
        settle(&[server.pid()]);
        p99
    });
    drop(server);
    bench.keep_small(ground);
}

pub fn backup(bench: &mut Bench) {
    let row = "during-backup";
    let ground = bench.big();
    let server = ground.serve(bench.pins);
    settle(&[server.pid()]);
    Probe { row, asked: &ASKED[0], server: &server, ground: &ground }.warm_up(bench);
    turns(bench, row, "during a backup", 1.5, |bench, asked, disturbed| {
        let probe = Probe { row, asked, server: &server, ground: &ground };
        if !disturbed {
            return probe.p99(bench, "quiet", None, None);
        }
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
        let mut copying = start_backup(bench, &server, folder.path());
        let p99 = probe.p99(bench, "during a backup of the whole file", None, None);
        let early = copying.try_wait().expect("its own child");
        assert!(early.is_none_or(|status| status.success()), "the backup failed");
        eprintln!("    backup {}", if early.is_some() { "was done by then" } else { "goes on" });
        let _ = copying.kill().and_then(|()| copying.wait());
        p99
    });
    drop(server);
    bench.keep_big(ground);
}

/// On the server's core, as on a machine that has no other.
fn start_backup(bench: &Bench, server: &Server, folder: &std::path::Path) -> Child {
    let mut command = bench.pins.command(binary::path());
    command
        .args(["backup", "--config"])
        .arg(server.directory().join("vidimus.toml"))
        .arg(folder.join("copy.db"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("a backup")
}

/// Quiet, nothing is swept; under the purge everything that has expired goes, as fast as it may.
pub fn purge(bench: &mut Bench) {
    let ground = bench.big();
    let row = "during-purge";
    let keep = [("purge.keep_seconds", "31536000"), ("purge.interval_seconds", "86400")];
    let sweep = [("purge.keep_seconds", "0"), ("purge.interval_seconds", "1")];
    let what = format!("under a purge of {} tokens", grouped(ground.expired.count));
    turns(bench, row, &what, 1.5, |bench, asked, disturbed| {
        let (settings, who) = if disturbed { (sweep, what.as_str()) } else { (keep, "quiet") };
        let server = ground.serve_with(bench.pins, &settings);
        if !disturbed {
            settle(&[server.pid()]);
        }
        let probe = Probe { row, asked, server: &server, ground: &ground };
        probe.warm_up(bench);
        probe.p99(bench, who, None, None)
    });
    let left = crate::fill::sqlite::expired_before_now(&ground.file());
    assert!(left > 0 || bench.options.quick, "the purge was over before it was measured");
    eprintln!("    {left} expired tokens are left");
    // What it consumed is not there for another row.
    drop(ground);
}
